/**
 * How far the replay may be cut into shards and still be exact: two packets that can influence each other must meet
 * in one shard, in order. In: the rulesets, the box and where the capture was taken. Out: the number of shards, and the reason, for the report.
 */
import type { Box } from '../box/box.js'
import { rulesWith, scopeOf, tracks, translates } from '../compile/reads.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { Position, Ruleset } from '../ruleset/ruleset.js'

export interface ShardPlan {
  /** A power of two. */
  readonly shards: number
  readonly reason: string
  /** The table has the box's limit; else it is as if it never fills. */
  readonly limited: boolean
  /** NAT may make shards depend on one another, which shows while they are replayed. */
  readonly mayCouple: boolean
}

/**
 * More shards than workers, so that the load balances; the number does not depend on the workers. NAT can tell no more
 * of them apart: PORT_BITS, src/dataplane/flow-hash.ts.
 */
const SHARDS = 16

/** `tap`: the capture was taken on the box. */
export function planShards(rulesets: readonly Ruleset[], box: Box, tap: boolean): ShardPlan {
  const { automaticHelpers } = box.conntrack
  if (automaticHelpers && (tracks(rulesets, 4) || tracks(rulesets, 6))) {
    return oneShard('nf_conntrack_helper=1 lets connections foresee others')
  }
  for (const { rule, family } of rulesWith(rulesets, ({ scope }) => scope === 'trace')) {
    const { matches, target } = rule
    const match = matches.find(({ name, options }) => scopeOf(matchExtension(name, family), options, box) === 'trace')
    if (match !== undefined) return sharedState(`match "${match.name}"`, match.position)
    if (target.kind !== 'extension') continue
    const reaches = scopeOf(targetExtension(target.name, family), target.options, box)
    if (reaches === 'trace') return sharedState(`target "${target.name}"`, target.position)
  }
  if (!translates(rulesets, 4) && !translates(rulesets, 6)) {
    return manyShards('packets of one connection always meet in one', false)
  }
  if (tap) return oneShard('the table nat translates, and a capture taken on the box shows both sides of that')
  return manyShards('by the port of the client, which the table nat leaves in one', true)
}

function manyShards(reason: string, mayCouple: boolean): ShardPlan {
  return { shards: SHARDS, limited: false, mayCouple, reason: `${SHARDS} shards: ${reason}` }
}

function sharedState(what: string, { file, line }: Position): ShardPlan {
  return oneShard(`the state of ${what} (${file}:${line}) is shared by all packets`)
}

function oneShard(reason: string): ShardPlan {
  return { shards: 1, limited: false, mayCouple: false, reason: `one shard: ${reason}` }
}
