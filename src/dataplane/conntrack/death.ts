/**
 * The end of entries: out of the index at once, counted and booked at the time at which it happened, and the memory
 * given back as soon as no packet holds the entry.
 */
import { Entry, EntryStatus } from '../layout/entry'
import { ConntrackCounter, Shard } from '../layout/shard'
import { count } from './counters'
import { freeEntry } from './entry-pool'
import { forgetHelp } from './helped'
import { bookDeath } from './occupancy'
import { removeEntry } from './index-slots'
import { leaveBuckets } from './kernel-table'
import { unlinkSource } from './nat-source'

/**
 * Ends a confirmed entry that the packet under way holds; `release` frees it later.
 * Kernel: nf_ct_delete(), net/netfilter/nf_conntrack_core.c.
 */
export function kill(shard: Shard, entry: Entry, atNs: u64): void {
  removeEntry(shard, entry)
  if (shard.table != 0) leaveBuckets(shard, entry)
  unlinkSource(shard, entry)
  entry.status |= EntryStatus.DYING
  shard.entryCount--
  count(shard, ConntrackCounter.DIED)
  bookDeath(shard, atNs)
  forgetHelp(shard, entry, atNs)
}

/** Ends a confirmed entry that no packet holds. */
export function bury(shard: Shard, entry: Entry, atNs: u64): void {
  kill(shard, entry, atNs)
  freeEntry(shard, entry)
}
