/**
 * Whether the captures must be replayed a second time. The first replay is fast: many shards, and no limit on
 * connections. It is exact as long as its shards did not depend on one another and the limit was not reached; where
 * that cannot be told, this errs on the safe side.
 *
 * Where NAT translates, a connection's shard follows from its ports (src/dataplane/flow-hash.ts). Every look into the
 * table finds what it would find in a table of all connections, as long as
 *   - each translated connection's replies go to its own shard (looked at when it is confirmed),
 *   - each tuple that NAT asked for, to see whether it is free, is one of its own shard's (looked at when asked), and
 *   - no source that was mapped in another way than its rule alone says was mapped in another shard, too.
 * The first look of which this does not hold is noticed by the shard that takes it: src/dataplane/conntrack/coupling.ts.
 */
import type { Box } from '../box/box.js'
import type { Conntrack } from '../statistics/report.js'
import type { ShardPlan } from './plan-shards.js'
import { mayFill } from './table-limit.js'

/** The plan when the captures can be read only once, so that nothing may turn out wrong. */
export function planOnce(box: Box, plan: ShardPlan): ShardPlan {
  const { max } = box.conntrack
  const risks = [
    ...(plan.mayCouple ? ['NAT may make shards depend on one another'] : []),
    ...(max === 0 ? [] : [`nf_conntrack_max=${max} is in force from the start`]),
  ]
  if (risks.length === 0) return plan
  const why = `${risks.join(' and ')}, since what is read or written cannot begin again`
  return {
    shards: 1,
    limited: max !== 0,
    mayCouple: false,
    reason: plan.shards === 1 ? `${plan.reason}; ${why}` : `one shard: ${why}`,
  }
}

/** The plan of the second replay; null when the first one was exact. `coupled`: its shards depended on one another. */
export function planAgain(box: Box, plan: ShardPlan, conntrack: Conntrack, coupled: boolean): ShardPlan | null {
  const { max } = box.conntrack
  // What coupled shards say of the limit is not exact.
  if (coupled) {
    const reason = `one shard, after a replay of ${plan.shards} in which NAT made one depend on another`
    return { shards: 1, limited: max !== 0, mayCouple: false, reason }
  }
  const why = plan.limited ? null : mayFill(box, conntrack)
  if (why === null) return null
  return { shards: 1, limited: true, mayCouple: false, reason: `one shard, after a replay without limit: ${why}` }
}
