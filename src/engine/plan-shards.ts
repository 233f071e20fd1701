/**
 * How far the replay may be cut into shards and still be exact: two packets that can influence each other must meet
 * in one shard, in order. In: the rulesets and the box. Out: the number of shards, and the reason, for the report.
 */
import type { Box } from '../box/box.js'
import { rulesOf, scopeOf, tracks } from '../compile/reads.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { Position, Ruleset } from '../ruleset/ruleset.js'

export interface ShardPlan {
  /** A power of two. */
  readonly shards: number
  readonly reason: string
  /** The table has the box's limit; else it is as if it never fills. */
  readonly limited: boolean
}

/** More shards than workers, so that the load balances; the number does not depend on the workers. */
const SHARDS = 16

export function planShards(rulesets: readonly Ruleset[], box: Box): ShardPlan {
  const { automaticHelpers } = box.conntrack
  if (automaticHelpers && (tracks(rulesets, 4) || tracks(rulesets, 6))) {
    return { shards: 1, limited: false, reason: 'one shard: nf_conntrack_helper=1 lets connections foresee others' }
  }
  for (const { rule, family } of rulesOf(rulesets)) {
    const { matches, target } = rule
    const match = matches.find(({ name, options }) => scopeOf(matchExtension(name, family), options, box) === 'trace')
    if (match !== undefined) return oneShard(`match "${match.name}"`, match.position)
    if (target.kind !== 'extension') continue
    const reaches = scopeOf(targetExtension(target.name, family), target.options, box)
    if (reaches === 'trace') return oneShard(`target "${target.name}"`, target.position)
  }
  return { shards: SHARDS, limited: false, reason: `${SHARDS} shards: packets of one connection always meet in one` }
}

function oneShard(what: string, { file, line }: Position): ShardPlan {
  return {
    shards: 1,
    limited: false,
    reason: `one shard: the state of ${what} (${file}:${line}) is shared by all packets`,
  }
}
