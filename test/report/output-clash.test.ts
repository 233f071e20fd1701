import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { refuseClashes } from '../../src/report/output-clash.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-clash-'))
const file = (name: string): string => join(directory, name)
afterAll(() => rmSync(directory, { recursive: true }))

writeFileSync(file('capture'), 'bytes')
writeFileSync(file('old'), 'an output of before')
symlinkSync(file('capture'), file('symbolic'))
linkSync(file('capture'), file('hard'))

test.each(['capture', 'symbolic', 'hard'])('an output is not written over what is read: %s', (name) => {
  expect(() => refuseClashes({ verdicts: file(name) }, [file('capture')])).toThrow(
    `${file(name)} cannot be written: this replay reads it`,
  )
})

test('two outputs do not go to one place, whether it is there or not, or standard output', () => {
  for (const path of [file('old'), file('new'), '-']) {
    expect(() => refuseClashes({ json: path, verdicts: path }, [])).toThrow('--verdicts and --json name it')
  }
  expect(() => refuseClashes({ counters: file('new'), counters6: file('new') }, [])).toThrow('--counters6 name it')
})

test('outputs of their own, the counters of both families on standard output, and devices are fine', () => {
  const files = { counters: '-', counters6: '-', json: file('old'), pb: '/dev/null', verdicts: '/dev/stderr' }
  expect(() => refuseClashes(files, [file('capture'), '-', '/dev/null'])).not.toThrow()
})
