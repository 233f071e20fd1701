/**
 * Expired entries are buried when a lookup meets them; those that nothing asks for any more are swept: some entries
 * with every few new ones, in the order in which they lie in memory, and all of them before the index would grow. A
 * limited table keeps them until a chain's search or the gc worker meets them, since until then they count.
 */
import { Entry, isAlive } from '../layout/entry'
import { CHUNK_HEADER, ConntrackCounter, EntryChunk, Shard } from '../layout/shard'
import { bury } from './death'
import { growIndex, homeAddress, isFuller } from './index-slots'

/** Entries looked at in one go. */
const STEP: u32 = 32
/** New entries to the step: a whole turn takes fewer of them than would fill the index. A power of two. */
const ENTRIES_PER_STEP: u64 = 16
/** Tenths of the slots: above the first, the index is swept; if that leaves more than the second, it grows. */
const FULL: u32 = 6
const WORTH_KEEPING: u32 = 4

/** Buries every entry that has expired at `nowNs`. */
export function sweep(shardAt: usize, nowNs: u64): void {
  sweepAll(changetype<Shard>(shardAt), nowNs + 1)
}

/**
 * Makes room in the index for one more entry; false when memory is used up. Entries that expire at this very moment
 * are left alone: the packet under way may hold one.
 */
export function makeRoom(shard: Shard, nowNs: u64): bool {
  if (shard.table != 0) return !isFuller(shard, FULL) || growIndex(shard)
  if (!isFuller(shard, FULL)) {
    if ((confirmed(shard) & (ENTRIES_PER_STEP - 1)) == 0) sweepStep(shard, nowNs)
    return true
  }
  sweepAll(shard, nowNs)
  return !isFuller(shard, WORTH_KEEPING) || growIndex(shard)
}

@inline
function confirmed(shard: Shard): u64 {
  return load<u64>(<usize>shard.counters + ((<usize>ConntrackCounter.CONFIRMED) << 3))
}

function sweepAll(shard: Shard, limitNs: u64): void {
  for (let at: usize = shard.chunks; at != 0; at = changetype<EntryChunk>(at).next) {
    const chunk = changetype<EntryChunk>(at)
    for (let first: u32 = 0; first < chunk.used; first += STEP) {
      sweepPart(shard, chunk, first, min(first + STEP, chunk.used), limitNs)
    }
  }
}

/** Goes on where the last step ended. */
function sweepStep(shard: Shard, limitNs: u64): void {
  if (shard.sweepChunk == 0) shard.sweepChunk = shard.chunks
  const chunk = changetype<EntryChunk>(<usize>shard.sweepChunk)
  const first = shard.sweepIndex
  const end = min(first + STEP, chunk.used)
  sweepPart(shard, chunk, first, end, limitNs)
  if (end < chunk.used) {
    shard.sweepIndex = end
  } else {
    shard.sweepIndex = 0
    shard.sweepChunk = chunk.next
  }
}

/** Buries what of a chunk's entries from `first` to `end` expired before `limitNs`. */
function sweepPart(shard: Shard, chunk: EntryChunk, first: u32, end: u32, limitNs: u64): void {
  const bytes = <usize>chunk.entryBytes
  const entries = changetype<usize>(chunk) + CHUNK_HEADER
  const behind = entries + <usize>end * bytes
  // Their slots lie anywhere: they are waited for together.
  let sum: u32 = 0
  for (let at = entries + <usize>first * bytes; at < behind; at += bytes) {
    if (hasExpired(at, limitNs)) sum += load<u32>(homeAddress(shard, changetype<Entry>(at).hash))
  }
  shard.touched = sum
  for (let at = entries + <usize>first * bytes; at < behind; at += bytes) {
    if (hasExpired(at, limitNs)) bury(shard, changetype<Entry>(at), changetype<Entry>(at).expiryNs)
  }
}

@inline
function hasExpired(at: usize, limitNs: u64): bool {
  const entry = changetype<Entry>(at)
  return isAlive(entry) && entry.expiryNs < limitNs
}
