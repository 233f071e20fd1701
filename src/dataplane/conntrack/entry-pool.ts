/**
 * Memory of entries. Each family has entries of one size, cut from chunks; freed ones are used again first.
 * An entry starts all zero but for its family, and stays at its address until it is freed.
 */
import { Entry, entryBytes, EntryStatus } from '../layout/entry'
import { allocate } from '../layout/replay'
import { tableOf } from './kernel-table'
import { CHUNK_HEADER, EntryChunk, Shard } from '../layout/shard'
import { forgetHelp } from './helped'

const CHUNK_BYTES: u32 = 64 << 10

/**
 * A new, unconfirmed entry of family 4 or 6, or 0: memory is used up. Whether the table has room for it, early-drop.ts
 * knows. Kernel: __nf_conntrack_alloc(), net/netfilter/nf_conntrack_core.c.
 */
export function allocateEntry(shard: Shard, family: u8): usize {
  const size = entryBytes(family)
  let at: usize = family == 6 ? shard.freeIpv6 : shard.freeIpv4
  if (at != 0) {
    const next = changetype<Entry>(at).hash
    if (family == 6) shard.freeIpv6 = next
    else shard.freeIpv4 = next
  } else {
    at = cutEntry(shard, family, size)
    if (at == 0) return 0
  }
  clearEntry(at, size)
  changetype<Entry>(at).family = family
  if (shard.table != 0) countEntry(shard)
  return at
}

/** A call of memory.fill costs more than the few stores. */
@inline
function clearEntry(at: usize, size: u32): void {
  const zero = i64x2.splat(0)
  for (const end = at + size; at < end; at += 64) {
    v128.store(at, zero)
    v128.store(at, zero, 16)
    v128.store(at, zero, 32)
    v128.store(at, zero, 48)
  }
}

/** Gives an entry back. It is in no index, and no packet holds it. */
export function freeEntry(shard: Shard, entry: Entry): void {
  const at = <u32>changetype<usize>(entry)
  // One that was confirmed has been forgotten when it ended.
  if ((entry.status & EntryStatus.CONFIRMED) == 0) forgetHelp(shard, entry, shard.nowNs)
  entry.status = 0
  if (shard.table != 0) tableOf(shard).count--
  if (entry.family == 6) {
    entry.hash = shard.freeIpv6
    shard.freeIpv6 = at
  } else {
    entry.hash = shard.freeIpv4
    shard.freeIpv4 = at
  }
}

function countEntry(shard: Shard): void {
  const table = tableOf(shard)
  if (++table.count <= table.peak) return
  table.peak = table.count
  table.peakNs = shard.nowNs
}

/** Memory that entries may be cut from, because nothing else needs it any more. */
export function donate(shard: Shard, at: usize, bytes: u32): void {
  if (bytes <= shard.spareBytes) return
  shard.spare = <u32>at
  shard.spareBytes = bytes
}

function cutEntry(shard: Shard, family: u8, size: u32): usize {
  let at: usize = family == 6 ? shard.openIpv6 : shard.openIpv4
  if (at == 0 || changetype<EntryChunk>(at).used == changetype<EntryChunk>(at).capacity) {
    at = addChunk(shard, family, size)
    if (at == 0) return 0
  }
  const chunk = changetype<EntryChunk>(at)
  const index = <usize>chunk.used
  chunk.used++
  return at + CHUNK_HEADER + index * size
}

function addChunk(shard: Shard, family: u8, size: u32): usize {
  let at: usize = shard.spare
  let bytes = CHUNK_BYTES
  if (shard.spareBytes >= CHUNK_BYTES) {
    bytes = shard.spareBytes
    shard.spare = 0
    shard.spareBytes = 0
  } else {
    at = allocate(CHUNK_BYTES)
    if (at == 0) return 0
  }
  const chunk = changetype<EntryChunk>(at)
  chunk.next = 0
  chunk.entryBytes = size
  chunk.capacity = (bytes - <u32>CHUNK_HEADER) / size
  chunk.used = 0
  if (shard.chunks == 0) shard.chunks = <u32>at
  else changetype<EntryChunk>(<usize>shard.lastChunk).next = <u32>at
  shard.lastChunk = <u32>at
  if (family == 6) shard.openIpv6 = <u32>at
  else shard.openIpv4 = <u32>at
  return at
}
