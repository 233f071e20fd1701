/**
 * Entries by the source of their original direction: NAT gives a source that it has mapped before the same mapping
 * again. A table of chains, newest entry first, made when the first such entry is confirmed.
 * Kernel: nf_nat_bysource, net/netfilter/nf_nat_core.c (v6.18).
 */
import { Entry, entryAddresses, entryExtra, EntryExtra, EntryStatus, isSplit } from '../layout/entry'
import { allocate } from '../layout/replay'
import { Shard } from '../layout/shard'
import { Tuple } from '../layout/tuple'
import { Directions, entryZone, zoneId } from './zone'

const HEADS: u32 = 1 << 16

/** Puts a confirmed entry in front of its chain, if NAT has dealt with its source; false when memory is used up. */
export function linkSource(shard: Shard, entry: Entry): bool {
  if ((entry.status & EntryStatus.SRC_NAT_DONE) == 0) return true
  if (shard.natSources == 0) shard.natSources = <u32>allocate(<usize>HEADS << 2)
  if (shard.natSources == 0) return false
  const head = headOf(shard, originalSourceHash(entry))
  entryExtra(entry).nextSource = load<u32>(head)
  store<u32>(head, <u32>changetype<usize>(entry))
  return true
}

/** Takes an entry out of its chain, if it is in one. */
export function unlinkSource(shard: Shard, entry: Entry): void {
  if ((entry.status & EntryStatus.SRC_NAT_DONE) == 0 || shard.natSources == 0) return
  const wanted = <u32>changetype<usize>(entry)
  let link = headOf(shard, originalSourceHash(entry))
  while (load<u32>(link) != wanted) {
    if (load<u32>(link) == 0) return
    link = nextLink(changetype<Entry>(<usize>load<u32>(link)))
  }
  store<u32>(link, entryExtra(entry).nextSource)
}

/** The next entry behind `after` (0: the first) whose original source is the tuple's; 0 when there is none. */
export function nextOfSource(shardAt: usize, tupleAt: usize, after: usize): usize {
  const shard = changetype<Shard>(shardAt)
  const tuple = changetype<Tuple>(tupleAt)
  if (shard.natSources == 0) return 0
  let at: usize = after
  at = load<u32>(at == 0 ? headOf(shard, sourceHash(tuple)) : nextLink(changetype<Entry>(at)))
  while (at != 0 && !answers(shard, changetype<Entry>(at), tuple)) at = load<u32>(nextLink(changetype<Entry>(at)))
  return at
}

/**
 * Differs from the kernel: what has expired answers no more, where the gc worker that collects it is not replayed.
 */
function answers(shard: Shard, entry: Entry, tuple: Tuple): bool {
  return hasSource(entry, tuple) && (shard.table != 0 || entry.expiryNs > shard.nowNs)
}

/** Kernel: same_src(). */
function hasSource(entry: Entry, tuple: Tuple): bool {
  if (entry.protocol != tuple.protocol || entry.family != tuple.family || entry.srcPort != tuple.srcPort) return false
  if (!hasZone(entry, tuple)) return false
  if (entry.family == 4) return entry.src == tuple.src
  const own = entryAddresses(entry)
  return own.srcHigh == tuple.srcHigh && own.srcLow == tuple.srcLow
}

/** In the same zone, which for both counts in both directions or for neither. Kernel: hash_by_src(). */
function hasZone(entry: Entry, tuple: Tuple): bool {
  const zone = entryZone(entry, 0)
  if (zone != zoneId(tuple.zone, tuple.zoneDirections, 0)) return false
  return zone == 0 || isSplit(entry) == (tuple.zoneDirections != <u8>Directions.BOTH)
}

function originalSourceHash(entry: Entry): u64 {
  if (entry.family == 4) return mix(entry.src, 0, entry.srcPort, entry.protocol)
  const own = entryAddresses(entry)
  return mix(own.srcHigh, own.srcLow, entry.srcPort, entry.protocol)
}

/** Of the tuple's source. */
export function sourceHash(tuple: Tuple): u64 {
  if (tuple.family == 4) return mix(tuple.src, 0, tuple.srcPort, tuple.protocol)
  return mix(tuple.srcHigh, tuple.srcLow, tuple.srcPort, tuple.protocol)
}

@inline
function mix(high: u64, low: u64, port: u64, protocol: u64): u64 {
  let x = (high ^ (port << 40) ^ (protocol << 56)) * 0x9e3779b97f4a7c15
  x = (x ^ (x >> 32) ^ low) * 0xbf58476d1ce4e5b9
  return x ^ (x >> 32)
}

@inline
function headOf(shard: Shard, hash: u64): usize {
  return <usize>shard.natSources + ((<usize>hash & (HEADS - 1)) << 2)
}

/** Address of the word that holds the next entry's. */
@inline
function nextLink(entry: Entry): usize {
  return changetype<usize>(entryExtra(entry)) + offsetof<EntryExtra>('nextSource')
}
