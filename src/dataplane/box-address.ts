/**
 * The box's own addresses: what comes from one of them starts at OUTPUT. The control plane adds them before the
 * first packet; then only lookups, by every worker. Two open-addressing sets, at most half full.
 */
import { allocate, replay } from './layout/replay'

@unmanaged
class AddressSets {
  /** u32 in host order; 0 is an empty slot. */
  ipv4Slots: usize
  ipv4Mask: u32
  ipv4Count: u32
  /** 16 bytes as in a header; all 0 is an empty slot. */
  ipv6Slots: usize
  ipv6Mask: u32
  ipv6Count: u32
}

const FIRST_SLOTS: u32 = 64

/** Adds the address at `at`: 16 bytes, IPv4 as ::ffff:a.b.c.d. False when memory is used up. */
export function addLocalAddress(at: usize): bool {
  if (replay().localAddresses == 0 && !createSets()) return false
  const sets = changetype<AddressSets>(replay().localAddresses)
  const isIpv4 = load<u64>(at) == 0 && load<u32>(at, 8) == 0xffff0000
  return isIpv4 ? addIpv4(sets, bswap<u32>(load<u32>(at, 12))) : addIpv6(sets, load<u64>(at), load<u64>(at, 8))
}

/** True for an address of the box and for 127.0.0.0/8. Host order. */
@inline
export function isLocalIpv4(address: u32): bool {
  return (address >> 24) == 127 || hasIpv4(address)
}

/** True for an address of the box and for ::1; 16 bytes at `at`. */
export function isLocalIpv6(at: usize): bool {
  const high = load<u64>(at)
  const low = load<u64>(at, 8)
  if (high == 0 && low == 0x0100000000000000) return true
  const sets = changetype<AddressSets>(replay().localAddresses)
  if (changetype<usize>(sets) == 0) return false
  const slot = slotIpv6(sets, high, low)
  return (high | low) != 0 && load<u64>(slot) == high && load<u64>(slot, 8) == low
}

@inline
function hasIpv4(address: u32): bool {
  const sets = changetype<AddressSets>(replay().localAddresses)
  return changetype<usize>(sets) != 0 && load<u32>(slotIpv4(sets, address)) == address && address != 0
}

function createSets(): bool {
  const at = allocate(offsetof<AddressSets>())
  const ipv4Slots = allocate(<usize>FIRST_SLOTS * 4)
  const ipv6Slots = allocate(<usize>FIRST_SLOTS * 16)
  if (at == 0 || ipv4Slots == 0 || ipv6Slots == 0) return false
  const sets = changetype<AddressSets>(at)
  sets.ipv4Slots = ipv4Slots
  sets.ipv4Mask = FIRST_SLOTS - 1
  sets.ipv6Slots = ipv6Slots
  sets.ipv6Mask = FIRST_SLOTS - 1
  replay().localAddresses = at
  return true
}

function addIpv4(sets: AddressSets, address: u32): bool {
  const slot = slotIpv4(sets, address)
  if (load<u32>(slot) == address) return true
  store<u32>(slot, address)
  sets.ipv4Count++
  return sets.ipv4Count * 2 <= sets.ipv4Mask || growIpv4(sets)
}

function addIpv6(sets: AddressSets, high: u64, low: u64): bool {
  const slot = slotIpv6(sets, high, low)
  if (load<u64>(slot) == high && load<u64>(slot, 8) == low) return true
  store<u64>(slot, high)
  store<u64>(slot, low, 8)
  sets.ipv6Count++
  return sets.ipv6Count * 2 <= sets.ipv6Mask || growIpv6(sets)
}

function growIpv4(sets: AddressSets): bool {
  const old = sets.ipv4Slots
  const oldSlots = sets.ipv4Mask + 1
  const slots = allocate(<usize>oldSlots * 8)
  if (slots == 0) return false
  sets.ipv4Slots = slots
  sets.ipv4Mask = oldSlots * 2 - 1
  for (let i: u32 = 0; i < oldSlots; i++) {
    const address = load<u32>(old + ((<usize>i) << 2))
    if (address != 0) store<u32>(slotIpv4(sets, address), address)
  }
  return true
}

function growIpv6(sets: AddressSets): bool {
  const old = sets.ipv6Slots
  const oldSlots = sets.ipv6Mask + 1
  const slots = allocate(<usize>oldSlots * 32)
  if (slots == 0) return false
  sets.ipv6Slots = slots
  sets.ipv6Mask = oldSlots * 2 - 1
  for (let i: u32 = 0; i < oldSlots; i++) {
    const from = old + ((<usize>i) << 4)
    if ((load<u64>(from) | load<u64>(from, 8)) != 0) {
      memory.copy(slotIpv6(sets, load<u64>(from), load<u64>(from, 8)), from, 16)
    }
  }
  return true
}

/** The slot that holds the address, or the empty one where it would stand. */
@inline
function slotIpv4(sets: AddressSets, address: u32): usize {
  let index = (address * 0x9e3779b1) >> 16
  while (true) {
    const slot = sets.ipv4Slots + ((<usize>(index & sets.ipv4Mask)) << 2)
    if (load<u32>(slot) == address || load<u32>(slot) == 0) return slot
    index++
  }
}

function slotIpv6(sets: AddressSets, high: u64, low: u64): usize {
  let index = <u32>(((high ^ (low * 0x9e3779b97f4a7c15)) * 0xbf58476d1ce4e5b9) >> 40)
  while (true) {
    const slot = sets.ipv6Slots + ((<usize>(index & sets.ipv6Mask)) << 4)
    const found = load<u64>(slot)
    const foundLow = load<u64>(slot, 8)
    if ((found == high && foundLow == low) || (found | foundLow) == 0) return slot
    index++
  }
}
