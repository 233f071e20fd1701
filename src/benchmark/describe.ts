/**
 * Puts the replays of a ruleset into figures: medians and spreads, nanoseconds a packet by stage, and the rules that
 * the kernel asks most.
 */
import type { ReplayResult } from '../replay.js'
import type { Report } from '../statistics/report.js'
import type { HalfResult, RuleCost, RulesetResult, StageTimes } from './result.js'
import { spreadOf } from './spread.js'

const COSTLIEST = 8

export function half(rules: number, measured: readonly ReplayResult[]): HalfResult {
  return {
    rules,
    nsPerPacket: spreadOf(measured.map(nsPerPacket)),
    evaluatedPerPacket: evaluatedPerPacket(measured[0].report),
  }
}

/**
 * The ruleset's figures. `first` is its warm-up, with walks timed; `measured` are its replays of every round, and
 * `against` those of the ruleset that it is compared with.
 */
export function describe(
  file: string | null,
  first: ReplayResult,
  measured: readonly ReplayResult[],
  against: readonly ReplayResult[],
  curve: readonly HalfResult[],
): RulesetResult {
  const packetsPerSecond = measured.map((result) => 1e9 / nsPerPacket(result))
  const ratios = measured.map((result, round) => nsPerPacket(against[round]) / nsPerPacket(result))
  const { report } = first
  const rules = report.rules.filter(({ rule }) => rule > 0).length
  const packets = Number(report.packets)
  return {
    file,
    rules,
    packetsPerSecond,
    spread: spreadOf(packetsPerSecond),
    againstFirst: spreadOf(ratios),
    plan: report.plan.reason,
    setUpMs: median(measured, ({ stages }) => stages.setUpMs),
    mergeMs: median(measured, ({ stages }) => stages.mergeMs),
    stages: stageTimes(first, measured),
    walks: { pathHits: share(report.pathHits, packets), walked: share(report.walks, packets) },
    evaluatedPerPacket: evaluatedPerPacket(report),
    costliest: costliest(report),
    halves: curve,
  }
}

/** Walks were timed in the first replay only: their share of it is their share of the others. */
function stageTimes(first: ReplayResult, measured: readonly ReplayResult[]): StageTimes {
  const per = (pick: (result: ReplayResult) => number): number =>
    median(measured, (result) => (pick(result) * 1e6) / Math.max(1, Number(result.report.packets)))
  const replayed = per(({ stages }) => stages.replayMs)
  const walk = first.stages.replayMs === 0 ? 0 : (replayed * first.stages.walkMs) / first.stages.replayMs
  return {
    read: per(({ stages }) => stages.readMs),
    index: per(({ stages }) => stages.indexMs),
    defragment: per(({ stages }) => stages.defragmentMs),
    replay: replayed - walk,
    walk,
  }
}

function nsPerPacket({ report, stages }: ReplayResult): number {
  return (stages.engineMs * 1e6) / Math.max(1, Number(report.packets))
}

function median(measured: readonly ReplayResult[], pick: (result: ReplayResult) => number): number {
  return spreadOf(measured.map(pick)).median
}

function share(part: bigint, packets: number): number {
  return packets === 0 ? 0 : Number(part) / packets
}

function evaluatedPerPacket({ rules, packets }: Report): number {
  return share(
    rules.reduce((sum, { evaluated }) => sum + evaluated, 0n),
    Number(packets),
  )
}

function costliest({ rules }: Report): RuleCost[] {
  return rules
    .filter(({ evaluated }) => evaluated > 0n)
    .toSorted((one, other) => Number(other.evaluated - one.evaluated))
    .slice(0, COSTLIEST)
    .map(({ family, table, chain, rule, text, evaluated, packets }) => ({
      family,
      table,
      chain,
      rule,
      text,
      evaluated: Number(evaluated),
      matched: Number(packets),
    }))
}
