/**
 * Finds a shard's entries by tuple. A slot of the index holds the flow hash, which is the same for both directions
 * unless NAT tells them apart (then the entry has two slots); which one it is shows when tuples are compared. An entry whose time is over is buried when it is met, as the kernel
 * does. Kernel: __nf_conntrack_find_get(), net/netfilter/nf_conntrack_core.c.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, EntryAddresses, entryAddresses, EntryStatus, isTranslated, replyAddresses } from '../layout/entry'
import { IndexSlot, Shard } from '../layout/shard'
import { bury } from './death'
import { homeSlot } from './index-slots'
import { replyDestination, replyDestination6, replyHash, replyPorts, replySource, replySource6 } from './reply-tuple'
import { IPV6_DST, IPV6_SRC, invertPorts, NO_TUPLE, tuplePorts } from './tuple'

/** What finding returns: 0, or an entry's address with this bit for the reply direction. */
export const REPLY_BIT: usize = 1

/**
 * The entry that the packet belongs to at the shard's time: its address, with REPLY_BIT for the reply direction, or 0.
 */
export function findEntry(shardAt: usize, descriptorAt: usize): usize {
  const descriptor = changetype<Descriptor>(descriptorAt)
  const ports = tuplePorts(descriptor)
  if (ports == NO_TUPLE) return 0
  const shard = changetype<Shard>(shardAt)
  const hash = descriptor.hash
  const protocol = descriptor.protocol
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) {
    return findIpv4(shard, hash, descriptor.src, descriptor.dst, <u32>ports, protocol, shard.nowNs)
  }
  const packet: usize = descriptor.packet
  return findIpv6(shard, hash, packet + IPV6_SRC, packet + IPV6_DST, <u32>ports, protocol, shard.nowNs)
}

/** As `findEntry`, for an IPv4 tuple. */
export function findIpv4(shard: Shard, hash: u32, src: u32, dst: u32, ports: u32, protocol: u8, nowNs: u64): usize {
  const kind = <u16>protocol | (4 << 8)
  const inverse = invertPorts(protocol, ports)
  const slots: usize = shard.slots
  const mask = shard.slotMask
  let index = homeSlot(hash, mask)
  while (true) {
    const slot = changetype<IndexSlot>(slots + (<usize>index << 3))
    if (slot.entry == 0) return 0
    if (slot.hash == hash) {
      const entry = changetype<Entry>(<usize>slot.entry)
      if (kindOf(entry) == kind) {
        // A tuple that is its own inverse is found as the reply: the kernel's chains have that one in front.
        const own = portsOf(entry)
        if (isTranslated(entry)) {
          if (entry.replySrc == src && entry.replyDst == dst && replyPorts(entry) == ports) {
            return alive(shard, entry, REPLY_BIT, nowNs)
          }
        } else if (entry.src == dst && entry.dst == src && <u64>own == inverse) return alive(shard, entry, REPLY_BIT, nowNs)
        if (entry.src == src && entry.dst == dst && own == ports) return alive(shard, entry, 0, nowNs)
      }
    }
    index = (index + 1) & mask
  }
}

/** As `findEntry`, for an IPv6 tuple whose addresses stand at `src` and `dst`. */
export function findIpv6(shard: Shard, hash: u32, src: usize, dst: usize, ports: u32, protocol: u8, nowNs: u64): usize {
  const kind = <u16>protocol | (6 << 8)
  const inverse = invertPorts(protocol, ports)
  const slots: usize = shard.slots
  const mask = shard.slotMask
  let index = homeSlot(hash, mask)
  while (true) {
    const slot = changetype<IndexSlot>(slots + (<usize>index << 3))
    if (slot.entry == 0) return 0
    if (slot.hash == hash) {
      const entry = changetype<Entry>(<usize>slot.entry)
      if (kindOf(entry) == kind) {
        const own = portsOf(entry)
        if (isTranslated(entry)) {
          if (replyPorts(entry) == ports && addressesAre(replyAddresses(entry), src, dst)) {
            return alive(shard, entry, REPLY_BIT, nowNs)
          }
        } else if (<u64>own == inverse && addressesAre(entryAddresses(entry), dst, src)) return alive(shard, entry, REPLY_BIT, nowNs)
        if (own == ports && addressesAre(entryAddresses(entry), src, dst)) return alive(shard, entry, 0, nowNs)
      }
    }
    index = (index + 1) & mask
  }
}

/** An entry that has one of this one's tuples, in either direction, or 0; for the clash check at confirmation. */
export function findSame(shard: Shard, entry: Entry, nowNs: u64): usize {
  const protocol = entry.protocol
  let found: usize
  if (entry.family == 4) {
    found = findIpv4(shard, entry.hash, entry.src, entry.dst, portsOf(entry), protocol, nowNs)
  } else {
    const src = changetype<usize>(entryAddresses(entry))
    found = findIpv6(shard, entry.hash, src, src + 16, portsOf(entry), protocol, nowNs)
  }
  // Without NAT in either of them, two entries differ in both directions or in none.
  if (found != 0 || (entry.status & (EntryStatus.SRC_NAT_DONE | EntryStatus.DST_NAT_DONE)) == 0) return found
  const hash = replyHash(entry)
  const ports = replyPorts(entry)
  if (entry.family == 4) {
    return findIpv4(shard, hash, replySource(entry), replyDestination(entry), ports, protocol, nowNs)
  }
  return findIpv6(shard, hash, replySource6(entry), replyDestination6(entry), ports, protocol, nowNs)
}

@inline
function alive(shard: Shard, entry: Entry, direction: usize, nowNs: u64): usize {
  if (entry.expiryNs > nowNs) return changetype<usize>(entry) | direction
  bury(shard, entry, entry.expiryNs)
  return 0
}

/** Protocol and family at once. */
@inline
function kindOf(entry: Entry): u16 {
  return load<u16>(changetype<usize>(entry), offsetof<Entry>('protocol'))
}

@inline
function portsOf(entry: Entry): u32 {
  return load<u32>(changetype<usize>(entry), offsetof<Entry>('srcPort'))
}

@inline
function addressesAre(own: EntryAddresses, src: usize, dst: usize): bool {
  return (
    own.srcHigh == load<u64>(src) &&
    own.srcLow == load<u64>(src, 8) &&
    own.dstHigh == load<u64>(dst) &&
    own.dstLow == load<u64>(dst, 8)
  )
}
