/**
 * Expired entries are buried when a lookup meets them; those that nothing asks for any more are swept: some slots
 * with every few new entries, and all of them before the index would grow. A limited table keeps them until a chain's search
 * or the gc worker meets them, since until then they count.
 */
import { Entry } from '../layout/entry'
import { ConntrackCounter, IndexSlot, Shard } from '../layout/shard'
import { touchEntries } from '../touch-ahead'
import { bury } from './death'
import { growIndex, isFuller } from './index-slots'

/** Slots looked at in one go, so that memory is waited for once for all of their entries. */
const STEP: u32 = 64
/** New entries to the step: a whole turn takes fewer of them than would fill the index. A power of two. */
const ENTRIES_PER_STEP: u64 = 16
/** Tenths of the slots: above the first, the index is swept; if that leaves more than the second, it grows. */
const FULL: u32 = 6
const WORTH_KEEPING: u32 = 4

/** Buries every entry that has expired at `nowNs`. */
export function sweep(shardAt: usize, nowNs: u64): void {
  const shard = changetype<Shard>(shardAt)
  let before: u32
  // The second slot of a translated entry may leave a hole before which others move unseen.
  do {
    before = shard.used
    sweepSlots(shard, shard.slotMask + 1, nowNs + 1)
  } while (shard.used != before)
}

/**
 * Makes room in the index for one more entry; false when memory is used up. Entries that expire at this very moment
 * are left alone: the packet under way may hold one.
 */
export function makeRoom(shard: Shard, nowNs: u64): bool {
  if (shard.table != 0) return !isFuller(shard, FULL) || growIndex(shard)
  if (!isFuller(shard, FULL)) {
    if ((confirmed(shard) & (ENTRIES_PER_STEP - 1)) == 0) sweepSlots(shard, STEP, nowNs)
    return true
  }
  sweepSlots(shard, shard.slotMask + 1, nowNs)
  return !isFuller(shard, WORTH_KEEPING) || growIndex(shard)
}

@inline
function confirmed(shard: Shard): u64 {
  return load<u64>(<usize>shard.counters + ((<usize>ConntrackCounter.CONFIRMED) << 3))
}

/** Looks at `slotCount` slots (steps) from where the last sweep ended; buries what expired before `limitNs`. */
function sweepSlots(shard: Shard, slotCount: u32, limitNs: u64): void {
  let index = shard.sweepSlot & shard.slotMask
  for (let left = slotCount; left > 0; left--) {
    if ((index & (STEP - 1)) == 0) touchEntries(shard, index, STEP)
    const slot = changetype<IndexSlot>(<usize>shard.slots + ((<usize>index) << 3))
    // Burying moves later slots up, perhaps into this one.
    while (slot.entry != 0 && changetype<Entry>(<usize>slot.entry).expiryNs < limitNs) {
      const entry = changetype<Entry>(<usize>slot.entry)
      bury(shard, entry, entry.expiryNs)
    }
    index = (index + 1) & shard.slotMask
  }
  shard.sweepSlot = index
}
