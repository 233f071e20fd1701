/**
 * Hand-made statistics: a small ruleset's counters and paths through it, for the tests of merging and reporting.
 */
import { NO_COUNTER, PathFlag, PathState, PathVerdict } from '../../src/memory/path.js'
import { Reason, REASON_COUNT } from '../../src/memory/reason.js'
import { Hook } from '../../src/ruleset/ruleset.js'
import type { CounterPlace } from '../../src/statistics/counter-place.js'
import type { RunFacts } from '../../src/statistics/merge.js'
import type { PathCount, ShardStatistics } from '../../src/statistics/report.js'

/** Counter numbers of `places`. */
export enum At {
  RawPrerouting,
  RawOutput,
  InputPolicy,
  InputEstablished,
  InputSsh,
  InputLog,
  InputReject,
  ForwardPolicy,
  OutputPolicy,
  Input6Policy,
}

const place = (table: CounterPlace['table'], chain: string, rule: number, text: string): CounterPlace => ({
  family: 4,
  table,
  chain,
  rule,
  text,
  leads: { kind: rule === 0 || text.endsWith('-j ACCEPT') ? 'end' : 'on' },
})

export const places: readonly CounterPlace[] = [
  place('raw', 'PREROUTING', 0, ':PREROUTING ACCEPT'),
  place('raw', 'OUTPUT', 0, ':OUTPUT ACCEPT'),
  place('filter', 'INPUT', 0, ':INPUT DROP'),
  place('filter', 'INPUT', 1, '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
  place('filter', 'INPUT', 2, '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'),
  place('filter', 'INPUT', 3, '-A INPUT -m limit --limit 5/min -j LOG --log-prefix "refused: "'),
  place('filter', 'INPUT', 4, '-A INPUT -p tcp -j REJECT --reject-with tcp-reset'),
  place('filter', 'FORWARD', 0, ':FORWARD DROP'),
  place('filter', 'OUTPUT', 0, ':OUTPUT ACCEPT'),
  { ...place('filter', 'INPUT', 0, ':INPUT ACCEPT'), family: 6 },
]

/** Three bits a hook, lowest first. */
export function hooks(...list: Hook[]): number {
  return list.reduce((bits, hook, index) => bits | ((hook + 1) << (3 * index)), 0)
}

const RECEIVED = hooks(Hook.Prerouting, Hook.Input)
const SENT = hooks(Hook.Output, Hook.Postrouting)

function path(facts: Partial<PathCount>): PathCount {
  return {
    packets: 1n,
    bytes: 100n,
    hooks: RECEIVED,
    where: NO_COUNTER,
    verdict: PathVerdict.Accept,
    hook: Hook.Input + 1,
    state: PathState.New,
    family: 4,
    reason: Reason.None,
    flags: 0,
    counters: [],
    guesses: [],
    ...facts,
  }
}

export const established = path({
  packets: 90n,
  bytes: 9000n,
  where: At.InputEstablished,
  state: PathState.Established,
  counters: [At.RawPrerouting, At.InputEstablished],
})
export const ssh = path({ packets: 2n, where: At.InputSsh, counters: [At.RawPrerouting, At.InputSsh] })
export const rejected = path({
  packets: 5n,
  bytes: 300n,
  where: At.InputReject,
  verdict: PathVerdict.Reject,
  counters: [At.RawPrerouting, At.InputLog, At.InputReject],
})
/** What REJECT answers. */
export const answer = path({
  packets: 5n,
  bytes: 200n,
  hooks: SENT,
  hook: Hook.Output + 1,
  where: At.OutputPolicy,
  state: PathState.Related,
  flags: PathFlag.Generated,
  counters: [At.RawOutput, At.OutputPolicy],
})
export const policyDrop = path({
  packets: 3n,
  bytes: 180n,
  where: At.InputPolicy,
  verdict: PathVerdict.Drop,
  counters: [At.RawPrerouting, At.InputLog, At.InputPolicy],
})
export const noRoute = path({
  packets: 4n,
  bytes: 400n,
  hooks: hooks(Hook.Prerouting),
  hook: 0,
  verdict: PathVerdict.Route,
  reason: Reason.NoRoute,
  counters: [At.RawPrerouting],
})
export const tableFull = path({
  hooks: hooks(Hook.Prerouting),
  hook: Hook.Prerouting + 1,
  verdict: PathVerdict.Drop,
  reason: Reason.ConntrackFull,
  state: PathState.None,
  counters: [At.RawPrerouting],
})

export function shard(paths: readonly PathCount[], facts: Partial<ShardStatistics> = {}): ShardStatistics {
  return {
    paths,
    counters: [1n, 0n, 0n, 0n, 0n, 0n, 10n, 4n, 80n, 20n],
    books: { firstSlot: 100n, shift: 20, births: [3, 0, 7], deaths: [0, 2, 2] },
    connections: [
      { family: 4, protocol: 'tcp', state: 'ESTABLISHED', entries: 4n },
      { family: 4, protocol: 'udp', state: 'UNREPLIED', entries: 2n },
    ],
    comparison: { same: 0n, counts: [], first: [] },
    table: null,
    ...facts,
  }
}

export const facts: RunFacts = {
  captures: ['eth0=server.pcap'],
  packets: 109n,
  capturedBytes: 9000n,
  wireBytes: 12_400n,
  firstNs: 1_795_391_549_000_000_001n,
  lastNs: 1_795_391_579_500_000_001n,
  kernel: '6.18',
  vantage: 'arrival',
  plan: { shards: 16, reason: '16 shards: packets of one connection always meet in one' },
  interrupted: false,
  problem: null,
  checksums: false,
  warnings: [],
  table: { limit: 0, buckets: 0, lagNs: 62_000_000_000n },
  reasons: Array.from({ length: REASON_COUNT }, (_, reason) =>
    reason === Number(Reason.NotIp) ? 3n : reason === Number(Reason.FragmentKept) ? 2n : 0n,
  ),
  limitedAnswers: [],
  answersSuppressed: 0n,
  guessPlaces: [],
}
