/**
 * Whole benchmarks of the built project, on a small capture: what is measured, not how fast it is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import { afterAll, expect, test } from 'vitest'
import { benchmark, type BenchmarkOptions } from '../../dist/src/benchmark/benchmark.js'
import { benchmarkText } from '../../dist/src/benchmark/terminal.js'

const CAPTURES = new URL('../../captures/server/', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'hookline-benchmark-'))
afterAll(() => rmSync(folder, { recursive: true }))

function rulesFile(name: string, rules: readonly string[]): string {
  const head = '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n'
  const file = join(folder, name)
  writeFileSync(file, `${head}${rules.map((rule) => `-A INPUT ${rule}\n`).join('')}COMMIT\n`)
  return file
}

const ESTABLISHED = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
const few = rulesFile('few.rules', [ESTABLISHED, '-p tcp -j ACCEPT'])
const many = rulesFile('many.rules', [
  ...Array.from({ length: 17 }, (_, index) => `-s 203.0.113.${index} -j DROP`),
  ESTABLISHED,
  '-p tcp -j ACCEPT',
])

function options(more: Partial<BenchmarkOptions>): BenchmarkOptions {
  const box = { captures: [`${CAPTURES}eth0.pcap`], box: `${CAPTURES}box`, vantage: 'tap' } as const
  return { ...box, workers: 1, rules: [few, many], runs: 2, halves: false, ...more }
}

test('each ruleset has its runs, its stages, its rules and its walks', async () => {
  const { result, interrupted, problem } = await benchmark(options({}))
  expect({ interrupted, problem }).toEqual({ interrupted: false, problem: null })
  const [first, second] = result?.rulesets ?? []
  expect(result?.packets).toBe(1168)
  expect([first.file, second.file]).toEqual([few, many])
  for (const ruleset of [first, second]) {
    expect(ruleset.packetsPerSecond).toHaveLength(2)
    expect(ruleset.packetsPerSecond.every((rate) => rate > 0)).toBe(true)
    expect(ruleset.stages.walk).toBeGreaterThan(0)
    expect(ruleset.walks.walked).toBeGreaterThan(0)
  }
  expect(first.againstFirst).toMatchObject({ median: 1, least: 1, most: 1 })
  // Seventeen rules that never match stand in front of those that decide.
  const asked = second.costliest.filter(({ matched, text }) => matched === 0 && text.includes('203.0.113'))
  expect(asked.length).toBeGreaterThan(4)
  expect(second.evaluatedPerPacket).toBeGreaterThan(first.evaluatedPerPacket + 5)
})

test('a ruleset cut in halves is asked about fewer rules', async () => {
  const { result } = await benchmark(options({ rules: [many], halves: true, runs: 1 }))
  const curve = result?.rulesets[0].halves ?? []
  expect(curve.map(({ rules }) => rules)).toEqual([19, 9])
  expect(curve[1].evaluatedPerPacket).toBeLessThan(curve[0].evaluatedPerPacket)
})

test('an interrupt before the first round leaves no result', async () => {
  const interrupt = new AbortController()
  interrupt.abort()
  expect(await benchmark(options({ signal: interrupt.signal }))).toMatchObject({ result: null, interrupted: true })
})

test('the figures on the terminal fit eighty columns and name every ruleset', async () => {
  const { result } = await benchmark(options({ halves: true, runs: 1 }))
  if (result === null) throw new Error('no result')
  const text = benchmarkText(result, { width: 80, colors: pc.createColors(false) })
  expect(text.split('\n').filter((line) => line.length > 80 && !line.includes(folder))).toEqual([])
  expect(text).toContain(few)
  expect(text).toContain('so few packets that most of what is measured is noise')
  expect(text).toContain(`Against ${few}, round by round`)
  expect(text).toMatch(/IPv4 filter INPUT \d+ /)
  expect(text).toContain('not cut in halves: there are too few IPv4 rules')
})
