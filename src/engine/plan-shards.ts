/**
 * How far the replay may be cut into shards and still be exact: two packets that can influence each other must meet
 * in one shard, in order. In: the rulesets. Out: the number of shards, and the reason, for the report.
 */
import { matchExtension } from '../extensions/all.js'
import { rulesOf } from '../compile/reads.js'
import type { Ruleset } from '../ruleset/ruleset.js'

export interface ShardPlan {
  /** A power of two. */
  readonly shards: number
  readonly reason: string
}

/** More shards than workers, so that the load balances; the number does not depend on the workers. */
const SHARDS = 16

export function planShards(rulesets: readonly Ruleset[]): ShardPlan {
  for (const { rule, family } of rulesOf(rulesets)) {
    const shared = rule.matches.find((match) => matchExtension(match.name, family).scope === 'trace')
    if (shared !== undefined) {
      const { file, line } = shared.position
      return {
        shards: 1,
        reason: `one shard: the state of match "${shared.name}" (${file}:${line}) is shared by all packets`,
      }
    }
  }
  return { shards: SHARDS, reason: `${SHARDS} shards: packets of one connection always meet in one` }
}
