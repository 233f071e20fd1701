/**
 * How many connections live at a time: births and deaths are booked at the trace time at which they happened, even
 * if a death is noticed later, in a fixed number of slots. When the trace outgrows them, slots become twice as wide.
 * Slots are numbered from time 0, so the slots of all shards can be added up whatever each one's width is.
 *
 * Resolution: within a slot the order of births and deaths is lost. An hour takes slots of half a second.
 */
import { Occupancy, OCCUPANCY_FIRST_SHIFT, OCCUPANCY_SLOTS, Shard } from '../layout/shard'
import { allocate } from '../layout/replay'

/** Gives a new shard its empty books; false when memory is used up. */
export function createOccupancy(shard: Shard): bool {
  shard.occupancy = <u32>allocate(offsetof<Occupancy>() + <usize>OCCUPANCY_SLOTS * 8)
  if (shard.occupancy == 0) return false
  changetype<Occupancy>(<usize>shard.occupancy).shift = OCCUPANCY_FIRST_SHIFT
  return true
}

/** An entry was confirmed. */
export function bookBirth(shard: Shard, atNs: u64): void {
  const at = slotAt(changetype<Occupancy>(<usize>shard.occupancy), atNs)
  store<u32>(at, load<u32>(at) + 1)
}

/** An entry died; `atNs` is not before the first birth. */
export function bookDeath(shard: Shard, atNs: u64): void {
  const at = slotAt(changetype<Occupancy>(<usize>shard.occupancy), atNs) + ((<usize>OCCUPANCY_SLOTS) << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/** Address of the births of the slot that holds `atNs`, which is made to exist. */
function slotAt(books: Occupancy, atNs: u64): usize {
  if (books.slotCount == 0) books.firstSlot = atNs >> books.shift
  let index = (atNs >> books.shift) - books.firstSlot
  while (index >= OCCUPANCY_SLOTS) {
    widen(books)
    index = (atNs >> books.shift) - books.firstSlot
  }
  if (<u32>index >= books.slotCount) books.slotCount = <u32>index + 1
  return changetype<usize>(books) + offsetof<Occupancy>() + ((<usize>index) << 2)
}

/** Makes one slot of each two, aligned to even slot numbers. */
function widen(books: Occupancy): void {
  const births = changetype<usize>(books) + offsetof<Occupancy>()
  const odd = <u32>(books.firstSlot & 1)
  halve(births, odd)
  halve(births + ((<usize>OCCUPANCY_SLOTS) << 2), odd)
  books.firstSlot >>= 1
  books.shift++
  books.slotCount = (books.slotCount + odd + 1) >> 1
}

/** Adds pairs of counts in place. An odd first slot is the second half of the first new one. */
function halve(counts: usize, odd: u32): void {
  for (let to: u32 = 0; to < OCCUPANCY_SLOTS; to++) {
    const from = to * 2 - odd
    let sum: u32 = 0
    // With `to` 0 and an odd first slot, `from` wraps around and is no slot.
    if (from < OCCUPANCY_SLOTS) sum += load<u32>(counts + ((<usize>from) << 2))
    if (from + 1 < OCCUPANCY_SLOTS) sum += load<u32>(counts + ((<usize>(from + 1)) << 2))
    store<u32>(counts + ((<usize>to) << 2), sum)
  }
}
