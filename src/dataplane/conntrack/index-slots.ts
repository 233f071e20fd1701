/**
 * The slots of a shard's tuple index: open addressing with linear probing, 8 bytes a slot, at most 0.6 full. A deleted
 * slot is closed by moving later ones up, so there are no tombstones. An entry has one slot, or two when its reply
 * direction has a hash of its own. What is in a slot, tuple-index.ts knows.
 */
import { Entry } from '../layout/entry'
import { allocate } from '../layout/replay'
import { IndexSlot, Shard } from '../layout/shard'
import { donate } from './entry-pool'
import { replyHash } from './reply-tuple'

const FIRST_SLOTS: u32 = 1024

/** Gives a new shard its empty index; false when memory is used up. */
export function createIndex(shard: Shard): bool {
  shard.slots = <u32>allocate(<usize>FIRST_SLOTS * offsetof<IndexSlot>())
  shard.slotMask = FIRST_SLOTS - 1
  return shard.slots != 0
}

/** Puts an entry in. Its hash is set, it is in no slot yet, and the index is not full. */
export function insertEntry(shard: Shard, entry: Entry): void {
  const reply = replyHash(entry)
  place(shard.slots, shard.slotMask, entry.hash, <u32>changetype<usize>(entry))
  shard.used++
  if (reply == entry.hash) return
  place(shard.slots, shard.slotMask, reply, <u32>changetype<usize>(entry))
  shard.used++
}

/** Takes an entry out. Requires that it is in. */
export function removeEntry(shard: Shard, entry: Entry): void {
  const reply = replyHash(entry)
  clearSlot(shard, entry, entry.hash)
  if (reply != entry.hash) clearSlot(shard, entry, reply)
}

function clearSlot(shard: Shard, entry: Entry, hash: u32): void {
  const slots: usize = shard.slots
  const mask = shard.slotMask
  const wanted = <u32>changetype<usize>(entry)
  let hole = homeSlot(hash, mask)
  while (true) {
    const slot = changetype<IndexSlot>(slots + (<usize>hole << 3))
    if (slot.entry == wanted && slot.hash == hash) break
    hole = (hole + 1) & mask
  }
  // Move up whatever probed past the hole on its way to its slot.
  let index = hole
  while (true) {
    index = (index + 1) & mask
    const from = slots + (<usize>index << 3)
    const slot = changetype<IndexSlot>(from)
    if (slot.entry == 0) break
    if (((index - homeSlot(slot.hash, mask)) & mask) < ((index - hole) & mask)) continue
    store<u64>(slots + (<usize>hole << 3), load<u64>(from))
    hole = index
  }
  store<u64>(slots + (<usize>hole << 3), 0)
  shard.used--
}

/** True when more than `tenths` of ten slots are in use. */
export function isFuller(shard: Shard, tenths: u32): bool {
  return <u64>shard.used * 10 > <u64>(shard.slotMask + 1) * tenths
}

/** Doubles the index, and gives the old one's memory to the entries; false when memory is used up. */
export function growIndex(shard: Shard): bool {
  const oldSlots: usize = shard.slots
  const oldCount = shard.slotMask + 1
  const slots = allocate(<usize>oldCount * 2 * offsetof<IndexSlot>())
  if (slots == 0) return false
  const mask = oldCount * 2 - 1
  for (let index: u32 = 0; index < oldCount; index++) {
    const slot = changetype<IndexSlot>(oldSlots + (<usize>index << 3))
    if (slot.entry != 0) place(slots, mask, slot.hash, slot.entry)
  }
  shard.slots = <u32>slots
  shard.slotMask = mask
  donate(shard, oldSlots, oldCount * <u32>offsetof<IndexSlot>())
  return true
}

function place(slots: usize, mask: u32, hash: u32, entry: u32): void {
  let index = homeSlot(hash, mask)
  while (changetype<IndexSlot>(slots + (<usize>index << 3)).entry != 0) index = (index + 1) & mask
  const slot = changetype<IndexSlot>(slots + (<usize>index << 3))
  slot.hash = hash
  slot.entry = entry
}

/** The slot at which probing begins. Low bits of the hash chose the shard: all entries here share them. */
@inline
export function homeSlot(hash: u32, mask: u32): u32 {
  let mixed = (hash ^ (hash >> 15)) * 0x2c1b3c6d
  mixed ^= mixed >> 13
  return mixed & mask
}

/** Address of the slot at which probing for the hash begins. */
@inline
export function homeAddress(shard: Shard, hash: u32): usize {
  return <usize>shard.slots + ((<usize>homeSlot(hash, shard.slotMask)) << 3)
}
