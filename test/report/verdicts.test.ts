import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { BLOCK_OFFSET, BlockView } from '../../src/memory/block.js'
import { Memory } from '../../src/memory/memory.js'
import { OUTCOME_OFFSET, OUTCOME_SIZE } from '../../src/memory/outcome.js'
import { NO_COUNTER, PathState, PathVerdict, PathView } from '../../src/memory/path.js'
import { Reason } from '../../src/memory/reason.js'
import { RECORD_OFFSET, RECORD_SIZE } from '../../src/memory/record.js'
import { Output } from '../../src/report/output.js'
import { VerdictWriter } from '../../src/report/verdicts.js'
import { Hook } from '../../src/ruleset/ruleset.js'
import { At, hooks, places } from '../statistics/shards.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-verdicts-'))
afterAll(() => rmSync(directory, { recursive: true }))

const BLOCK = 0x1000
const RECORDS = 0x10000
const OUTCOMES = 0x20000
const PATHS = 0x30000
const RECEIVED = hooks(Hook.Prerouting, Hook.Input)

interface PathFacts {
  readonly hooks: number
  readonly verdict: PathVerdict
  readonly hook: number
  readonly where: number
  readonly state: PathState
  readonly reason: Reason
}

const accepted: PathFacts = {
  hooks: RECEIVED,
  verdict: PathVerdict.Accept,
  hook: Hook.Input + 1,
  where: At.InputSsh,
  state: PathState.New,
  reason: Reason.None,
}

const memory = Memory.create()
const block = new BlockView(memory, BLOCK)
block.firstPacket = 41n
block.records = RECORDS
block.outcomes = OUTCOMES

/** Adds a packet whose outcome is a path, or a reason. */
function add(atNs: bigint, outcome: PathFacts | Reason, mark: number, ctId: bigint): void {
  const index = memory.u32(BLOCK + BLOCK_OFFSET.recordCount)
  memory.setU32(BLOCK + BLOCK_OFFSET.recordCount, index + 1)
  memory.setU64(RECORDS + index * RECORD_SIZE + RECORD_OFFSET.atNs, atNs)
  const at = OUTCOMES + index * OUTCOME_SIZE
  memory.setU32(at + OUTCOME_OFFSET.mark, mark)
  memory.setU64(at + OUTCOME_OFFSET.ctId, ctId)
  memory.setU32(
    at + OUTCOME_OFFSET.path,
    typeof outcome === 'number' ? outcome : writePath(PATHS + index * 64, outcome),
  )
}

function writePath(at: number, facts: PathFacts): number {
  const path = new PathView(memory)
  path.at = at
  path.hooks = facts.hooks
  path.verdict = facts.verdict
  path.hook = facts.hook
  path.where = facts.where
  path.ctState = facts.state
  path.reason = facts.reason
  return at
}

add(1_795_391_549_000_000_007n, accepted, 0x10, 41n)
add(1_795_391_549_999_999_999n, { ...accepted, where: At.InputEstablished, state: PathState.Established }, 0, 41n)
add(1_795_391_550_000_000_000n, { ...accepted, verdict: PathVerdict.Reject, where: At.InputReject }, 0, 0n)
add(
  1_795_391_550_000_000_001n,
  { ...accepted, verdict: PathVerdict.Drop, where: At.InputPolicy, state: PathState.Invalid },
  0,
  0n,
)
add(
  1_795_391_550_000_000_002n,
  {
    hooks: hooks(Hook.Prerouting),
    verdict: PathVerdict.Route,
    hook: 0,
    where: NO_COUNTER,
    state: PathState.New,
    reason: Reason.NoRoute,
  },
  0,
  45n,
)
add(1_795_391_550_000_000_003n, Reason.NotIp, 0, 0n)
add(1_795_391_550_000_000_004n, Reason.FragmentKept, 0, 0n)
add(1_795_391_550_000_000_005n, Reason.OwnOutput, 0, 0n)
add(
  1_795_391_550_000_000_006n,
  { ...accepted, hooks: hooks(Hook.Output, Hook.Postrouting), hook: 0, where: NO_COUNTER, state: PathState.None },
  4_294_967_295,
  0n,
)

test('each packet has its line', () => {
  const file = join(directory, 'verdicts.tsv')
  const output = Output.open(file)
  const writer = new VerdictWriter(output, memory, places)
  writer.writeBlock(block)
  output.close()
  const lines = readFileSync(file, 'utf8').split('\n')
  expect(lines.map((line) => line.replaceAll('\t', ' | '))).toEqual([
    'packet | time | hooks | verdict | where | ctstate | ctid | mark',
    '41 | 1795391549.000000007 | PREROUTING,INPUT | ACCEPT | INPUT filter INPUT 2 | NEW | 41 | 16',
    '42 | 1795391549.999999999 | PREROUTING,INPUT | ACCEPT | INPUT filter INPUT 1 | ESTABLISHED | 41 | 0',
    '43 | 1795391550.000000000 | PREROUTING,INPUT | REJECT | INPUT filter INPUT 4 | NEW | - | 0',
    '44 | 1795391550.000000001 | PREROUTING,INPUT | DROP | INPUT filter INPUT policy | INVALID | - | 0',
    '45 | 1795391550.000000002 | PREROUTING | ROUTE | no route | NEW | 45 | 0',
    '46 | 1795391550.000000003 | - | IP | not IP | - | - | -',
    '47 | 1795391550.000000004 | - | STOLEN | fragment kept until its datagram is whole | - | - | -',
    '48 | 1795391550.000000005 | - | - | sent by the box on behalf of an earlier packet | - | - | -',
    '49 | 1795391550.000000006 | OUTPUT,POSTROUTING | ACCEPT | - | - | - | 4294967295',
    '',
  ])
})

test('blocks follow one another', () => {
  const file = join(directory, 'two.tsv')
  const output = Output.open(file)
  const writer = new VerdictWriter(output, memory, places)
  writer.writeBlock(block)
  block.firstPacket = 50n
  writer.writeBlock(block)
  output.close()
  const numbers = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split('\t')[0])
  expect(numbers.slice(1, -1).map(Number)).toEqual(Array.from({ length: 18 }, (_, index) => 41 + index))
})
