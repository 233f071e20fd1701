/**
 * No extension is forgotten: each has a scenario, compared with the kernel, that tries its edges, in which a rule
 * with it matches some packets that are asked, and not others.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { replay } from '../../dist/src/replay.js'
import { findMatch, findTarget, matchNames, targetNames } from '../../src/extensions/all.js'
import { describeAgainstKernel } from './against-kernel.js'
import { writeBoxDirectory } from './box-directory.js'
import { NOT_ASKED } from './not-asked.js'
import { capturedPackets, type Scenario } from './scenario.js'
import { HEADER_EDGES } from './scenarios/header-edges.js'
import { LIMITS } from './scenarios/limit.js'
import { NAT } from './scenarios/nat.js'
import { REJECTS } from './scenarios/reject.js'
import { SENT } from './scenarios/sent.js'
import { SET_SCENARIOS } from './scenarios/sets.js'
import { STATEFUL } from './scenarios/stateful.js'
import { SURROUNDING_EDGES } from './scenarios/surrounding-edges.js'
import { TARGET_EDGES } from './scenarios/target-edges.js'

const SCENARIOS = [
  ...HEADER_EDGES,
  ...SURROUNDING_EDGES,
  ...TARGET_EDGES,
  ...LIMITS,
  ...STATEFUL,
  ...SET_SCENARIOS,
  ...NAT,
  ...REJECTS,
  ...SENT,
]
const FAMILIES = [4, 6] as const
/** It matches whatever comes. */
const ALWAYS = 'comment'

function extensionNames(): string[] {
  const names = FAMILIES.flatMap((family) => [
    ...matchNames(family).filter((name) => findMatch(name, family) !== null),
    ...targetNames(family).filter((name) => findTarget(name, family) !== null),
  ])
  return [...new Set(names)].sort()
}

/** The extensions of the scenario's rules that matched and that did not, as the replay counts. */
async function outcomes(scenario: Scenario): Promise<{ readonly hit: Set<string>; readonly missed: Set<string> }> {
  const directory = mkdtempSync(join(tmpdir(), 'hookline-edges-'))
  try {
    const box = join(directory, 'box')
    writeBoxDirectory(box, scenario.box, scenario)
    const packets = capturedPackets(scenario.packets)
    const keys = [...new Set(packets.map(({ interface: name, linkType }) => JSON.stringify({ name, linkType })))]
    const interfaces = keys.map((key) => JSON.parse(key) as { name: string | null; linkType: number })
    const written = packets.map(({ interface: name, linkType, atNs, bytes, original }) => ({
      interface: keys.indexOf(JSON.stringify({ name, linkType })),
      atNs,
      bytes,
      original,
      direction: 0,
      comment: null,
    }))
    const capture = join(directory, 'capture.pcapng')
    await writePcapng(capture, interfaces, written)
    const { report } = await replay({ captures: [capture], box, sysctl: scenario.sysctls, workers: 1 })
    const hit = new Set<string>()
    const missed = new Set<string>()
    for (const { text, packets: matching, evaluated } of report.rules) {
      for (const [, name] of text.matchAll(/ -[mj] (\S+)/g)) {
        if (matching > 0n) hit.add(name)
        if (matching < evaluated) missed.add(name)
      }
    }
    return { hit, missed }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describeAgainstKernel('every extension', () => {
  const edges = SCENARIOS.filter((scenario) => scenario.edges !== undefined)

  test('has a scenario for its edges, or a reason why the kernel is not asked', () => {
    const named = edges.flatMap((scenario) => scenario.edges ?? [])
    const reasons = Object.keys(NOT_ASKED)
    expect([...new Set([...named, ...reasons])].sort()).toEqual(extensionNames())
    expect(reasons.filter((name) => named.includes(name))).toEqual([])
  })

  test.each(edges)('is matched and not matched: $title', async (scenario) => {
    const { hit, missed } = await outcomes(scenario)
    const names = scenario.edges ?? []
    expect(names.filter((name) => !hit.has(name))).toEqual([])
    expect(names.filter((name) => name !== ALWAYS && !missed.has(name))).toEqual([])
  })
})
