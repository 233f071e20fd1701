/**
 * Walking is the oracle of remembering: random rulesets of both families, aimed traffic, and the same outputs to the
 * byte whether every packet is walked or ways come from entries and from the cache of flows. HOOKLINE_SEEDS=1-200
 * tries other seeds.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writePcapng } from '../../src/capture/write.js'
import type { Report } from '../../src/statistics/report.js'
import { MODES } from '../kernel/random/modes.js'
import { randomNatTable } from '../kernel/random/nat.js'
import { Random } from '../kernel/random/random.js'
import { type RandomRuleset, randomRuleset } from '../kernel/random/ruleset.js'
import { randomTraffic } from '../kernel/random/traffic.js'
import { WORLDS } from '../kernel/random/world.js'
import { capturedPackets, type PlacedPacket } from '../kernel/scenario.js'

interface Replay {
  replay(options: Record<string, unknown>): Promise<{ readonly report: Report }>
}

const OUTPUTS = ['counters', 'counters6', 'conntrack', 'verdicts'] as const
const PACKETS = { 4: 2000, 6: 700 } as const
const [first, last = first] = (process.env['HOOKLINE_SEEDS'] ?? '1-6').split('-').map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)

const directory = mkdtempSync(join(tmpdir(), 'hookline-random-'))
afterAll(() => rmSync(directory, { recursive: true }))
const hookline = (await import(new URL('../../dist/src/index.js', import.meta.url).href)) as Replay

async function writeCapture(path: string, placed: readonly PlacedPacket[]): Promise<void> {
  const packets = capturedPackets(placed)
  const names = [...new Set(packets.map((packet) => packet.interface))]
  const ethernet = packets.some(({ linkType }) => linkType === 1)
  await writePcapng(
    path,
    names.map((name) => ({ name, linkType: ethernet ? 1 : 101 })),
    packets
      .filter(({ linkType }) => (linkType === 1) === ethernet)
      .map(({ atNs, bytes, original, interface: name }) => {
        return { interface: names.indexOf(name), atNs, bytes, original, direction: 0, comment: null }
      }),
  )
}

async function outputs(options: Record<string, unknown>): Promise<{ texts: string[]; report: Report }> {
  const files = Object.fromEntries(OUTPUTS.map((name) => [name, join(directory, name)]))
  const { report } = await hookline.replay({ ...options, ...files, workers: 1 })
  return { texts: OUTPUTS.map((name) => readFileSync(join(directory, name), 'utf8')), report }
}

test.each(seeds)('seed %i: remembered is walked', async (seed) => {
  const random = new Random(seed)
  const world = random.pick(WORLDS)
  const rules = randomRuleset(random, 4, world, MODES.plain, [])
  const rules6 = randomRuleset(random, 6, world, MODES.plain, [])
  // Every third one translates.
  const nat = (family: 4 | 6, { aims }: RandomRuleset): string =>
    seed % 3 === 0 ? randomNatTable(random, family, world, aims) : ''
  writeFileSync(join(directory, 'rules'), nat(4, rules) + rules.text)
  writeFileSync(join(directory, 'rules6'), nat(6, rules6) + rules6.text)
  const placed = [
    ...randomTraffic(random, world, 4, rules.aims, PACKETS[4]),
    ...randomTraffic(random, world, 6, rules6.aims, PACKETS[6]),
  ]
  await writeCapture(join(directory, 'capture.pcapng'), placed)
  const options = {
    captures: [join(directory, 'capture.pcapng')],
    rules: join(directory, 'rules'),
    rules6: join(directory, 'rules6'),
    local: [...world.own[4], ...world.own[6]],
    sysctl: Object.entries(world.sketch.sysctls ?? {}).map(([key, value]) => `${key}=${value}`),
  }
  const cached = await outputs(options)
  const walked = await outputs({ ...options, cache: false })
  expect(cached.texts).toEqual(walked.texts)
  expect(cached.report.walks).toBeLessThan(walked.report.walks)
})
