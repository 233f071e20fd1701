/**
 * The report as plain data, and a shard's share of it: the messages of report.proto with 64-bit numbers as bigint,
 * enums as their names, and every field there. wire.ts turns them into bytes and JSON.
 */
import type { Family, HookName, TableName } from '../ruleset/ruleset.js'

/** Names of `Verdict` in report.proto, by number: `PathVerdict`. */
export const VERDICTS = ['ACCEPT', 'DROP', 'REJECT', 'QUEUE', 'STOLEN', 'ROUTE', 'IP', 'NONE'] as const
export type Verdict = (typeof VERDICTS)[number]

/** Names of `State` in report.proto, by number: `PathState`. */
export const STATES = ['NO_STATE', 'NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const
export type State = (typeof STATES)[number]

export type Ending = 'COMPLETE' | 'BROKEN_OFF' | 'INTERRUPTED'

export interface Report {
  readonly captures: readonly string[]
  readonly packets: bigint
  readonly capturedBytes: bigint
  readonly wireBytes: bigint
  readonly firstNs: bigint
  readonly lastNs: bigint
  readonly kernel: string
  readonly vantage: string
  readonly plan: Plan
  readonly ending: Ending
  readonly problem: string
  readonly warnings: readonly string[]
  readonly verdicts: readonly VerdictCount[]
  readonly reasons: readonly ReasonCount[]
  readonly states: readonly StateCount[]
  readonly hooks: readonly HookVerdicts[]
  /** Indexed by counter number. */
  readonly rules: readonly RuleCount[]
  readonly conntrack: Conntrack
  readonly pathHits: bigint
  readonly walks: bigint
  readonly answers: bigint
  readonly answersSuppressed: bigint
  readonly guesses: readonly GuessCount[]
  readonly comparison: Comparison
}

/** --vantage tap: what the replay sends, and what the capture shows leaving. */
export interface Comparison {
  readonly same: bigint
  readonly differences: readonly DifferenceCount[]
  /** The first ones, in the order of the capture. */
  readonly first: readonly Difference[]
}

export interface DifferenceCount {
  readonly difference: string
  readonly packets: bigint
}

export interface Difference {
  readonly difference: string
  /** Number of the packet that was received; 0 when there is none. */
  readonly received: bigint
  /** Number of the packet that was seen leaving; 0 when there is none. */
  readonly seen: bigint
}

export interface Plan {
  readonly shards: number
  readonly reason: string
}

export interface VerdictCount {
  readonly verdict: Verdict
  readonly packets: bigint
  readonly bytes: bigint
}

export interface ReasonCount {
  readonly reason: number
  readonly text: string
  readonly packets: bigint
}

export interface StateCount {
  readonly state: State
  readonly packets: bigint
  readonly bytes: bigint
}

export interface HookVerdicts {
  readonly family: Family
  readonly hook: HookName
  readonly verdicts: readonly VerdictCount[]
  readonly tables: readonly TableVerdicts[]
}

export interface TableVerdicts {
  readonly table: TableName
  readonly verdicts: readonly VerdictCount[]
}

/** How often --unknown answered for a rule's match or target, since a capture does not tell. */
export interface GuessCount {
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly rule: number
  /** `-m owner`, `-j TPROXY`. */
  readonly extension: string
  readonly packets: bigint
}

export interface RuleCount {
  readonly family: Family
  readonly table: TableName
  readonly chain: string
  /** Number in its chain, from 1; 0 is the chain's policy. */
  readonly rule: number
  readonly text: string
  readonly packets: bigint
  readonly bytes: bigint
  readonly decided: bigint
  /** Packets that the kernel asks the rule about, one rule after the other; 0 for a policy. */
  readonly evaluated: bigint
}

export interface Conntrack {
  readonly invalid: bigint
  readonly insertFailed: bigint
  readonly drop: bigint
  readonly earlyDrop: bigint
  readonly icmpError: bigint
  readonly clashResolve: bigint
  readonly confirmed: bigint
  readonly died: bigint
  readonly alive: bigint
  readonly peak: bigint
  readonly peakNs: bigint
  readonly connections: readonly ConnectionCount[]
  readonly occupancy: Occupancy
  readonly found: bigint
  readonly chaintoolong: bigint
  readonly insert: bigint
  readonly searchRestart: bigint
  readonly expectNew: bigint
  readonly expectCreate: bigint
  readonly expectDelete: bigint
  readonly table: Table
}

export interface Table {
  readonly limit: bigint
  readonly buckets: bigint
  readonly entries: bigint
  readonly peak: bigint
  readonly peakNs: bigint
  readonly atMost: boolean
  readonly firstFullNs: bigint
  readonly dropped: bigint
  readonly evicted: bigint
}

export interface ConnectionCount {
  readonly family: Family
  readonly protocol: string
  readonly state: string
  readonly entries: bigint
}

export interface Occupancy {
  readonly firstNs: bigint
  readonly slotNs: bigint
  readonly entries: readonly bigint[]
}

export interface ShardStatistics {
  readonly paths: readonly PathCount[]
  /** Indexed by `ConntrackCounter`. */
  readonly counters: readonly bigint[]
  readonly books: Books
  readonly connections: readonly ConnectionCount[]
  readonly comparison: ShardComparison
  /** Null where the number of entries was not limited. */
  readonly table: TableCount | null
}

export interface ShardComparison {
  readonly same: bigint
  /** Indexed by `DifferenceKind`. */
  readonly counts: readonly bigint[]
  readonly first: readonly { readonly kind: number; readonly received: bigint; readonly seen: bigint }[]
}

export interface TableCount {
  readonly entries: bigint
  readonly peak: bigint
  readonly peakNs: bigint
  readonly firstFullNs: bigint
}

export interface PathCount {
  readonly packets: bigint
  readonly bytes: bigint
  readonly hooks: number
  readonly where: number
  readonly verdict: number
  readonly hook: number
  readonly state: number
  readonly family: Family
  readonly reason: number
  readonly flags: number
  readonly counters: readonly number[]
  /** What --unknown answered for, by number; once for each answer. */
  readonly guesses: readonly number[]
}

/** Births and deaths of entries; slot k is [firstSlot + k, firstSlot + k + 1) << shift nanoseconds. */
export interface Books {
  readonly firstSlot: bigint
  readonly shift: number
  readonly births: readonly number[]
  readonly deaths: readonly number[]
}
