/**
 * Runs scenarios through the kernel and the built engine. Where there is no kernel to ask (not root, no namespaces),
 * the tests are skipped and say why; on CI they must run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { type Difference, printDifference } from '../../dist/src/kernel/difference.js'
import { whatIsMissing } from '../../dist/src/kernel/requirements.js'
import { verifyPackets } from '../../dist/src/kernel/verify.js'
import type { CapturedPacket } from '../../src/kernel/injection.js'
import { writeBoxDirectory } from './box-directory.js'
import { capturedPackets, type Scenario } from './scenario.js'

/** Differences shown of a scenario that fails. */
const SHOWN = 12
const REAL_TIME_TRIES = 3

/** `describe` for tests that need the kernel. */
export function describeAgainstKernel(name: string, define: () => void): void {
  const missing = whatIsMissing()
  if (missing.length === 0) {
    describe(name, define)
  } else if (process.env['CI'] === undefined || process.env['CI'] === '') {
    console.warn(`${name}: skipped: ${missing.join('; ')}`)
    describe.skip(name, define)
  } else {
    test(name, () => expect.fail(missing.join('; ')))
  }
}

/** Expects kernel and hookline to agree on the scenario, with and without remembered paths; keeps its files if not. */
export async function expectAgreement(scenario: Scenario): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'hookline-kernel-'))
  const box = join(directory, 'box')
  writeBoxDirectory(box, scenario.box, scenario)
  const packets = capturedPackets(scenario.packets)
  const pace = scenario.realTime === true ? 'capture' : 'fast'
  const randomPorts = scenario.randomPorts === true
  const settings = { box, pace, workers: 1, sysctl: scenario.sysctls ?? [], randomPorts } as const
  let differences: readonly Difference[] = []
  const tries = scenario.realTime === true ? REAL_TIME_TRIES : 1
  for (let done = 0; done < tries; done++) {
    if (done > 0) sayAgain(scenario.title, differences)
    const { differences: all } = await verifyPackets(packets, settings)
    differences = randomPorts ? withoutRandomPorts(all) : all
    if (differences.length === 0) break
  }
  if (differences.length > 0) {
    await keepCapture(join(directory, 'capture.pcapng'), packets)
    const shown = differences.slice(0, SHOWN).map(printDifference)
    expect.fail(`${differences.length} differences; box and capture are kept in ${directory}\n${shown.join('\n')}`)
  }
  rmSync(directory, { recursive: true })
}

/** What is asked once more, since a tick of the kernel's clock may have decided, is not kept silent. */
function sayAgain(title: string, differences: readonly Difference[]): void {
  const shown = differences.slice(0, SHOWN).map(printDifference)
  console.warn(`${title}: asked again after ${differences.length} differences\n${shown.join('\n')}`)
}

/** Connections that one side has and the other has too, but for the port or ICMP id that NAT gave them. */
function withoutRandomPorts(differences: readonly Difference[]): Difference[] {
  const missing = 'no such connection'
  const nameless = ({ where }: Difference): string => where.replace(/(?:dport|id)=\d+(?!.*(?:dport|id)=)/, '')
  const kept = [...differences]
  for (const ours of differences.filter(({ replay }) => replay === missing)) {
    const same = kept.findIndex((theirs) => theirs.kernel === missing && nameless(theirs) === nameless(ours))
    if (same < 0) continue
    kept.splice(same, 1)
    kept.splice(kept.indexOf(ours), 1)
  }
  return kept
}

async function keepCapture(path: string, packets: readonly CapturedPacket[]): Promise<void> {
  const keys = [...new Set(packets.map(({ interface: name, linkType }) => JSON.stringify({ name, linkType })))]
  const interfaces = keys.map((key) => JSON.parse(key) as { name: string | null; linkType: number })
  await writePcapng(
    path,
    interfaces,
    packets.map(({ interface: name, linkType, atNs, bytes, original }) => ({
      interface: keys.indexOf(JSON.stringify({ name, linkType })),
      atNs,
      bytes,
      original,
      direction: 0,
      comment: null,
    })),
  )
}
