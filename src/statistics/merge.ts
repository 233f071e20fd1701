/**
 * The shards' statistics become one report: each path's packets and bytes are added to every counter its walk bumped,
 * to the hooks and tables it passed, and to its verdict, its state and its reason.
 * Pure: the same shards in any order give the same report.
 */
import type { GuessPlace } from '../compile/guesses.js'
import { NO_COUNTER, PathFlag } from '../memory/path.js'
import { Reason, REASON_COUNT } from '../memory/reason.js'
import { ConntrackCounter } from '../memory/shard.js'
import type { CounterPlace } from './counter-place.js'
import { mergeComparisons } from './comparison.js'
import { Evaluations } from './evaluations.js'
import { Passages } from './passages.js'
import { heldAtMost, mergeOccupancy } from './occupancy.js'
import type {
  Conntrack,
  ConnectionCount,
  GuessCount,
  PathCount,
  Plan,
  Report,
  RuleCount,
  ShardStatistics,
  Table,
} from './report.js'
import { StateTally, VerdictTally } from './tally.js'
import { isCaptured, isGenerated, reasonText, stateName, verdictName, verdictOfReason } from './verdict.js'

/** What a report says beyond what the shards counted. */
export interface RunFacts {
  readonly captures: readonly string[]
  readonly packets: bigint
  readonly capturedBytes: bigint
  readonly wireBytes: bigint
  readonly firstNs: bigint
  readonly lastNs: bigint
  readonly kernel: string
  readonly vantage: 'arrival' | 'tap'
  readonly plan: Plan
  readonly interrupted: boolean
  /** Why the capture broke off; null when it did not. */
  readonly problem: string | null
  /** Transport checksums were verified. */
  readonly checksums: boolean
  readonly warnings: readonly string[]
  /** Limit and buckets of the table (0: none), and how long an expired entry may wait for its collection. */
  readonly table: { readonly limit: number; readonly buckets: number; readonly lagNs: bigint }
  /** Packets that no shard saw, indexed by `Reason`: the sums of `Block.reasons`. */
  readonly reasons: readonly bigint[]
  /** The box's own answers that no shard counted, since only all shards together tell which of them were sent. */
  readonly limitedAnswers: readonly PathCount[]
  readonly answersSuppressed: bigint
  /** What each number of a guess stands for. */
  readonly guessPlaces: readonly GuessPlace[]
}

/** Merges shards into a report; `places` says what each counter number stands for. */
export function merge(shards: readonly ShardStatistics[], facts: RunFacts, places: readonly CounterPlace[]): Report {
  const {
    table,
    reasons: unseen,
    limitedAnswers,
    interrupted,
    problem,
    checksums,
    warnings,
    guessPlaces,
    ...run
  } = facts
  const paths = [...shards.flatMap((shard) => shard.paths), ...limitedAnswers]
  const captured = paths.filter((path) => isCaptured(path.flags))
  const count = (counter: ConntrackCounter): bigint =>
    shards.reduce((sum, shard) => sum + (shard.counters[counter] ?? 0n), 0n)
  return {
    ...run,
    ending: problem !== null ? 'BROKEN_OFF' : interrupted ? 'INTERRUPTED' : 'COMPLETE',
    problem: problem ?? '',
    warnings: [...(checksums ? [] : [CHECKSUMS_OFF]), ...assumptions(captured), ...warnings],
    verdicts: verdicts(captured, unseen),
    reasons: reasons(captured, unseen),
    states: states(captured),
    hooks: passages(paths, places),
    rules: rules(paths, places),
    conntrack: conntrack(shards, count, table),
    pathHits: count(ConntrackCounter.PathHits),
    walks: count(ConntrackCounter.Walks),
    guesses: guesses(paths, guessPlaces, places),
    comparison: mergeComparisons(shards.map(({ comparison }) => comparison)),
    answers: paths.reduce((sum, path) => (isGenerated(path.flags) ? sum + path.packets : sum), 0n),
  }
}

const CHECKSUMS_OFF =
  'transport checksums were not verified, since captures taken on the sending machine carry wrong ones; ' +
  '--sysctl net.netfilter.nf_conntrack_checksum=1 verifies them'

function guesses(
  paths: readonly PathCount[],
  guessPlaces: readonly GuessPlace[],
  places: readonly CounterPlace[],
): GuessCount[] {
  const sums = guessPlaces.map(() => 0n)
  for (const path of paths) for (const guess of path.guesses) sums[guess] += path.packets
  return guessPlaces.flatMap(({ counter, extension }, guess) => {
    const { family, table, chain, rule } = places[counter]
    return sums[guess] === 0n ? [] : [{ family, table, chain, rule, extension, packets: sums[guess] }]
  })
}

/** What had to be assumed: how many packets it was. */
const ASSUMPTIONS: readonly (readonly [flag: PathFlag, says: string])[] = [
  [
    PathFlag.Unhelped,
    'packets belong to connections with a conntrack helper that is not modelled: what it would foresee is NEW',
  ],
  [
    PathFlag.Ambiguous,
    "packets began connections of the box's own that NAT changed on their way out, and more than one original fits " +
      'what was captured: the likeliest was taken',
  ],
  [
    PathFlag.PortUnknown,
    "packets began connections of the box's own whose source port NAT replaced at random: the capture does not tell " +
      'which it was',
  ],
]

function assumptions(paths: readonly PathCount[]): string[] {
  return ASSUMPTIONS.flatMap(([flag, says]) => {
    const packets = paths.reduce((sum, path) => ((path.flags & flag) === 0 ? sum : sum + path.packets), 0n)
    return packets === 0n ? [] : [`${packets} ${says}`]
  })
}

function verdicts(paths: readonly PathCount[], unseen: readonly bigint[]): Report['verdicts'] {
  const tally = new VerdictTally()
  for (const path of paths) tally.add(verdictName(path.verdict), path.packets, path.bytes)
  unseen.forEach((packets, reason) => tally.add(verdictOfReason(reason), packets, 0n))
  return tally.list()
}

function reasons(paths: readonly PathCount[], unseen: readonly bigint[]): Report['reasons'] {
  const sums = Array.from({ length: REASON_COUNT }, (_, reason) => unseen[reason] ?? 0n)
  for (const path of paths) sums[path.reason] += path.packets
  return sums.flatMap((packets, reason) =>
    reason === Number(Reason.None) || packets === 0n ? [] : [{ reason, text: reasonText(reason), packets }],
  )
}

function states(paths: readonly PathCount[]): Report['states'] {
  const tally = new StateTally()
  for (const path of paths) tally.add(stateName(path.state), path.packets, path.bytes)
  return tally.list()
}

function passages(paths: readonly PathCount[], places: readonly CounterPlace[]): Report['hooks'] {
  const tally = new Passages(places)
  for (const path of paths) tally.add(path)
  return tally.list()
}

function rules(paths: readonly PathCount[], places: readonly CounterPlace[]): RuleCount[] {
  const sums = places.map(() => ({ packets: 0n, bytes: 0n, decided: 0n }))
  const evaluations = new Evaluations(places)
  for (const path of paths) {
    evaluations.add(path)
    for (const counter of path.counters) {
      sums[counter].packets += path.packets
      sums[counter].bytes += path.bytes
    }
    if (path.where !== NO_COUNTER && isCaptured(path.flags)) sums[path.where].decided += path.packets
  }
  const evaluated = evaluations.list()
  return places.map(({ family, table, chain, rule, text }, counter) => ({
    family,
    table,
    chain,
    rule,
    text,
    ...sums[counter],
    evaluated: evaluated[counter],
  }))
}

function conntrack(
  shards: readonly ShardStatistics[],
  count: (counter: ConntrackCounter) => bigint,
  settings: RunFacts['table'],
): Conntrack {
  const connections = addConnections(shards.flatMap((shard) => shard.connections))
  return {
    invalid: count(ConntrackCounter.Invalid),
    insertFailed: count(ConntrackCounter.InsertFailed),
    drop: count(ConntrackCounter.Drop),
    earlyDrop: count(ConntrackCounter.EarlyDrop),
    icmpError: count(ConntrackCounter.IcmpError),
    clashResolve: count(ConntrackCounter.ClashResolve),
    confirmed: count(ConntrackCounter.Confirmed),
    died: count(ConntrackCounter.Died),
    alive: connections.reduce((sum, { entries }) => sum + entries, 0n),
    ...mergeOccupancy(shards.map((shard) => shard.books)),
    connections,
    found: count(ConntrackCounter.Found),
    chaintoolong: count(ConntrackCounter.ChainTooLong),
    insert: 0n,
    searchRestart: 0n,
    expectNew: count(ConntrackCounter.ExpectNew),
    expectCreate: count(ConntrackCounter.ExpectCreate),
    expectDelete: count(ConntrackCounter.ExpectDelete),
    table: table(shards, count, settings),
  }
}

/** A limited replay has one shard, which knows; otherwise births and deaths say how many there were at most. */
function table(
  shards: readonly ShardStatistics[],
  count: (counter: ConntrackCounter) => bigint,
  { limit, buckets, lagNs }: RunFacts['table'],
): Table {
  const counted = shards.at(0)?.table ?? null
  const held =
    counted ??
    heldAtMost(
      shards.map(({ books }) => books),
      lagNs,
    )
  return {
    limit: BigInt(limit),
    buckets: BigInt(limit === 0 ? 0 : buckets),
    entries: held.entries,
    peak: held.peak,
    peakNs: held.peakNs,
    atMost: counted === null,
    firstFullNs: counted?.firstFullNs ?? 0n,
    dropped: count(ConntrackCounter.TableFull),
    evicted: count(ConntrackCounter.EarlyDrop),
  }
}

/** Sums of equal kinds, in the order of family, protocol and state. */
function addConnections(counts: readonly ConnectionCount[]): ConnectionCount[] {
  const sums = new Map<string, ConnectionCount>()
  for (const count of counts) {
    const key = `${count.family} ${count.protocol} ${count.state}`
    const before = sums.get(key)
    sums.set(key, before === undefined ? count : { ...count, entries: before.entries + count.entries })
  }
  return [...sums.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, count]) => count)
}
