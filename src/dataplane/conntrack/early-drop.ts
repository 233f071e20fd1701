/**
 * Room for one more entry in a limited table: when it is full, connections that are not assured make way, if there
 * are any in the buckets next to the new one's.
 * Kernel: __nf_conntrack_alloc(), early_drop(), early_drop_list(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { EntryStatus } from '../layout/entry'
import { TableNode } from '../layout/kernel-table'
import { ConntrackCounter, Shard } from '../layout/shard'
import { count } from './counters'
import { bury } from './death'
import { entryOf, headOf, nextOfAnother, tableOf } from './kernel-table'

/** Kernel: NF_CT_EVICTION_RANGE. */
const EVICTION_RANGE: u32 = 8

/** False when there is no room for an entry whose original tuple belongs into the bucket: its packet is dropped. */
export function makeRoomInTable(shard: Shard, bucket: u32, nowNs: u64): bool {
  const table = tableOf(shard)
  if (table.count < table.limit) return true
  if (table.firstFullNs == 0) table.firstFullNs = nowNs
  for (let i: u32 = 0; i < EVICTION_RANGE; i++) {
    const dropped = dropUnassured(shard, headOf(table, bucket), nowNs)
    if (dropped != 0) {
      const counter: usize = <usize>shard.counters + ((<usize>ConntrackCounter.EARLY_DROP) << 3)
      store<u64>(counter, load<u64>(counter) + dropped)
      return true
    }
    bucket = bucket + 1 == table.bucketCount ? 0 : bucket + 1
  }
  table.gcPressed = 1
  count(shard, ConntrackCounter.TABLE_FULL)
  return false
}

/** Ends what is not assured in a chain; the expired entries that go with them do not count. */
function dropUnassured(shard: Shard, head: usize, nowNs: u64): u32 {
  let dropped: u32 = 0
  let at: usize = load<u32>(head)
  while (at != 0) {
    const node = changetype<TableNode>(at)
    const entry = entryOf(node)
    at = nextOfAnother(node)
    if (entry.expiryNs <= nowNs) {
      bury(shard, entry, entry.expiryNs)
    } else if ((entry.status & EntryStatus.ASSURED) == 0) {
      bury(shard, entry, nowNs)
      dropped++
    }
  }
  return dropped
}
