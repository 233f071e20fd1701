/**
 * What a benchmark found: plain data, as `hookline bench --json` writes it. Times of one packet are nanoseconds, as
 * the replay as a whole needs them; those of a stage add up over the workers.
 */
import type { Family } from '../ruleset/ruleset.js'
import type { Spread } from './spread.js'

export interface BenchmarkResult {
  readonly captures: readonly string[]
  /** Replayed in each run. */
  readonly packets: number
  readonly workers: number
  readonly node: string
  /** Rulesets were to be cut in halves, and nobody interrupted. */
  readonly halved: boolean
  /** In the order of the command line. */
  readonly rulesets: readonly RulesetResult[]
}

export interface RulesetResult {
  /** The rules file; null: the box's own. */
  readonly file: string | null
  readonly rules: number
  /** Of each run, in order. */
  readonly packetsPerSecond: readonly number[]
  readonly spread: Spread
  /** How many times as fast as the first ruleset: each run against the first's run of the same round. */
  readonly againstFirst: Spread
  readonly plan: string
  /** Before the first packet, milliseconds. */
  readonly setUpMs: number
  /** Adding up and writing, milliseconds. */
  readonly mergeMs: number
  readonly stages: StageTimes
  readonly walks: WalkShares
  /** Rules that the kernel asks a packet on average, one after the other. */
  readonly evaluatedPerPacket: number
  /** Those that are asked most, most first. */
  readonly costliest: readonly RuleCost[]
  /** The ruleset as it is and cut in halves, most rules first; empty when it was not measured. */
  readonly halves: readonly HalfResult[]
}

/** Nanoseconds a packet. */
export interface StageTimes {
  readonly read: number
  readonly index: number
  readonly defragment: number
  /** Without the walks. */
  readonly replay: number
  readonly walk: number
}

/** Of all packets, from 0 to 1. */
export interface WalkShares {
  readonly pathHits: number
  readonly walked: number
}

export interface RuleCost {
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly rule: number
  readonly text: string
  /** Packets asked, and those that matched. */
  readonly evaluated: number
  readonly matched: number
}

export interface HalfResult {
  readonly rules: number
  readonly nsPerPacket: Spread
  readonly evaluatedPerPacket: number
}
