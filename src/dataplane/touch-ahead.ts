/**
 * Waiting for memory once for many packets: before a group is replayed, one tight loop touches the slots of the tuple
 * index that its packets will look at, the next one the entries behind them, so that the processor fetches all of them
 * at the same time. WebAssembly has no prefetch: loads whose sum is kept must do.
 */
import { homeSlot } from './conntrack/index-slots'
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { entryBytes } from './layout/entry'
import { IndexSlot, Shard } from './layout/shard'
import { IPV6_SRC } from './wire/ipv6-address'

/** Bytes of the descriptors that are replayed as one group. */
export const GROUP_BYTES: usize = 32 << 6
/** Where TCP options begin in most packets. */
const OPTIONS_IPV4: usize = 40
const OPTIONS_IPV6: usize = 60

/** Touches what replaying the descriptors from `first` to `end` needs. */
export function touchAhead(shard: Shard, first: usize, end: usize): void {
  const slots: usize = shard.slots
  const mask = shard.slotMask
  // Behind the second line: addresses of IPv6, and of IPv4 what NAT made of them.
  const thirdIpv4 = min<usize>(entryBytes(4) - 64, 128)
  let sum: u32 = 0
  for (let at = first; at < end; at += 64) {
    const descriptor = changetype<Descriptor>(at)
    const slot = slots + ((<usize>homeSlot(descriptor.hash, mask)) << 3)
    const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
    const packet: usize = descriptor.packet
    // Of IPv6, addresses are compared where they stand in the packet.
    sum += load<u32>(slot) + load<u8>(packet + select(OPTIONS_IPV6, OPTIONS_IPV4, isIpv6))
    sum += load<u8>(packet + select(IPV6_SRC, OPTIONS_IPV4, isIpv6))
  }
  for (let at = first; at < end; at += 64) {
    const hash = changetype<Descriptor>(at).hash
    const home = homeSlot(hash, mask)
    const slot = changetype<IndexSlot>(slots + ((<usize>home) << 3))
    // One that had to give way stands in the next slot most times.
    const next = changetype<IndexSlot>(slots + ((<usize>((home + 1) & mask)) << 3))
    // An empty slot leads to address 0, which is there, too.
    const entry = <usize>select(slot.entry, next.entry, slot.hash == hash)
    const third = select<usize>(128, thirdIpv4, (changetype<Descriptor>(at).flags & DescriptorFlag.IPV6) != 0)
    sum += load<u32>(entry) + load<u32>(entry, 64) + load<u32>(entry + third)
  }
  shard.touched = sum
}
