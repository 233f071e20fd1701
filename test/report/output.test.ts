import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Output, OutputError } from '../../src/report/output.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-output-'))

function writeOutput(path: string, content: string): void {
  const output = Output.open(path)
  output.write(content)
  output.close()
}

const file = (name: string): string => join(directory, name)
afterAll(() => rmSync(directory, { recursive: true }))

test('text arrives in order, whatever its size', () => {
  const lines = Array.from({ length: 50_000 }, (_, line) => `${line} ${'é'.repeat(line % 30)}\n`)
  const large = 'x'.repeat(1 << 20)
  const output = Output.open(file('ordered'))
  for (const line of lines) output.write(line)
  output.write(large)
  output.write('end')
  output.close()
  expect(readFileSync(file('ordered'), 'utf8')).toBe(`${lines.join('')}${large}end`)
})

test('bytes are written as they are', () => {
  const output = Output.open(file('bytes'))
  output.write('a')
  output.writeBytes(Uint8Array.of(0, 255, 10))
  output.close()
  expect([...readFileSync(file('bytes'))]).toEqual([97, 0, 255, 10])
})

test('what a file held stays until something is written, and then is gone', () => {
  writeFileSync(file('kept'), 'what was there before')
  const output = Output.open(file('kept'))
  expect(readFileSync(file('kept'), 'utf8')).toBe('what was there before')
  output.write('new')
  output.close()
  expect(readFileSync(file('kept'), 'utf8')).toBe('new')
})

test('an output without content empties the file', () => {
  writeFileSync(file('emptied'), 'old')
  writeOutput(file('emptied'), '')
  expect(readFileSync(file('emptied'), 'utf8')).toBe('')
})

test('a path that cannot be written is an error at once', () => {
  expect(() => Output.open(file('no/such/file'))).toThrow(new OutputError(file('no/such/file'), 'ENOENT', ''))
  expect(() => Output.open(directory)).toThrow(`hookline: ${directory} cannot be written: it is a directory`)
})

test('a full disk is an error that names the file', () => {
  expect(() => writeOutput('/dev/full', 'more than nothing')).toThrow(
    'hookline: /dev/full cannot be written: no space is left on the device',
  )
})

test('a reader that goes away early is no error, and the writer is told', () => {
  execFileSync('mkfifo', [file('pipe')])
  const reader = openSync(file('pipe'), constants.O_RDONLY | constants.O_NONBLOCK)
  const output = Output.open(file('pipe'))
  output.write('read by nobody')
  expect(output.closed).toBe(false)
  closeSync(reader)
  output.close()
  expect(output.closed).toBe(true)
})
