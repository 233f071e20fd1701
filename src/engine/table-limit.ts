/**
 * Whether the box's limit on connections must be in force. A replay without it is much faster, may be cut into shards,
 * and is exact as long as the limit was not reached; what births and deaths say about that errs on the safe side.
 * Kernel: __nf_conntrack_alloc(), gc_worker(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import type { Box } from '../box/box.js'
import type { KernelProfile } from '../box/profile.js'
import type { Conntrack } from '../statistics/report.js'

const SECOND_NS = 1_000_000_000n
/** Entries that the gc worker ends in a second, at least. Kernel: GC_SCAN_EXPIRED_MAX. */
const COLLECTED_PER_SECOND = 64_000
/** A chain that is too long this seldom never is. */
const NEVER = 1e-6

/** How long an entry may have expired before the gc worker collects it, in a table that never holds more than `entries`. */
export function collectionLagNs({ table }: KernelProfile, entries: number): bigint {
  switch (table.gc) {
    case 'average':
      // A pass begins a minute after the last one did, and is as long as what it ends makes it.
      return (62n + BigInt(Math.ceil((2 * entries) / COLLECTED_PER_SECOND))) * SECOND_NS
    case 'whole':
      return 121n * SECOND_NS
    case 'share':
      // At most 256 runs for all buckets, at most an eighth of a second apart.
      return 33n * SECOND_NS
  }
}

/** Why the limit must be in force, after a replay without it; null when it need not. */
export function mayFill(box: Box, { confirmed, table }: Conntrack): string | null {
  const { max, buckets } = box.conntrack
  if (max === 0) return null
  const most = `${table.peak} entries at most`
  if (table.peak > BigInt(max)) return `nf_conntrack_max=${max} may be reached (${most})`
  if (longChains(box, Number(confirmed), Number(table.peak)) <= NEVER) return null
  return `chains of ${buckets} buckets may grow too long (${most})`
}

/** How many of the entries met a chain too long, on average, if the table was as full as can be all the time. */
function longChains(box: Box, entries: number, peak: number): number {
  const { chain } = box.profile.table
  if (chain === null) return 0
  const load = (2 * peak) / box.conntrack.buckets
  // Poisson's probability of a chain of `least` nodes, and an upper bound of all that follow.
  if (load >= chain.least / 2) return entries
  let logarithm = -load + chain.least * Math.log(load)
  for (let factor = 2; factor <= chain.least; factor++) logarithm -= Math.log(factor)
  return 2 * entries * 2 * Math.exp(logarithm)
}
