/**
 * Finds a shard's entries by tuple. A slot of the index holds the flow hash in the entry's zone, which is the same for
 * both directions unless NAT or the zone tells them apart (then the entry has two slots); which one it is shows when
 * tuples are compared. An entry whose time is over is buried when it is met, as the kernel does.
 * Kernel: __nf_conntrack_find_get(), nf_ct_key_equal(), net/netfilter/nf_conntrack_core.c.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import {
  Entry,
  EntryAddresses,
  entryAddresses,
  EntryStatus,
  isOdd,
  isSplit,
  isTranslated,
  replyAddresses,
} from '../layout/entry'
import { IndexSlot, Shard } from '../layout/shard'
import { Skb } from '../layout/skb'
import { searchChain4, searchChain6 } from './chain-search'
import { bury } from './death'
import { homeSlot } from './index-slots'
import { replyDestination, replyDestination6, replyHash, replyPorts, replySource, replySource6 } from './reply-tuple'
import { IPV6_DST, IPV6_SRC, invertPorts, NO_TUPLE, tuplePorts } from './tuple'
import { Directions, inZone, packetZone } from './zone'

/** What finding returns: 0, or an entry's address with this bit for the reply direction. */
export const REPLY_BIT: usize = 1

/**
 * The entry of zone 0 that the packet belongs to at the shard's time: its address, with REPLY_BIT for the reply
 * direction, or 0.
 */
export function findEntry(shardAt: usize, descriptorAt: usize): usize {
  const descriptor = changetype<Descriptor>(descriptorAt)
  const shard = changetype<Shard>(shardAt)
  const ports = tuplePorts(shard, descriptor)
  if (ports == NO_TUPLE) return 0
  const hash = descriptor.hash
  const protocol = descriptor.protocol
  const nowNs = shard.nowNs
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) {
    return findIpv4(shard, hash, descriptor.src, descriptor.dst, <u32>ports, protocol, Directions.BOTH, nowNs)
  }
  const packet: usize = descriptor.packet
  return findIpv6(shard, hash, packet + IPV6_SRC, packet + IPV6_DST, <u32>ports, protocol, Directions.BOTH, nowNs)
}

/** As `findEntry`, in the zone that the packet's template gives. */
export function findInZone(shard: Shard, skb: Skb, descriptor: Descriptor): usize {
  const ports = tuplePorts(shard, descriptor)
  if (ports == NO_TUPLE) return 0
  const protocol = descriptor.protocol
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) {
    return findZonedIpv4(shard, skb, descriptor.src, descriptor.dst, <u32>ports, protocol)
  }
  const packet: usize = descriptor.packet
  return findZonedIpv6(shard, skb, packet + IPV6_SRC, packet + IPV6_DST, <u32>ports, protocol)
}

/** The entry that has the tuple in the packet's zone. The tuple, perhaps of an ICMP error, has the packet's flow hash. */
export function findZonedIpv4(shard: Shard, skb: Skb, src: u32, dst: u32, ports: u32, protocol: u8): usize {
  const flowHash = changetype<Descriptor>(<usize>skb.descriptor).hash
  const original = inZone(flowHash, packetZone(skb, 0))
  return findOfZones4(shard, original, inZone(flowHash, packetZone(skb, 1)), src, dst, ports, protocol)
}

/** As `findZonedIpv4`, for an IPv6 tuple whose addresses stand at `src` and `dst`. */
export function findZonedIpv6(shard: Shard, skb: Skb, src: usize, dst: usize, ports: u32, protocol: u8): usize {
  const flowHash = changetype<Descriptor>(<usize>skb.descriptor).hash
  const original = inZone(flowHash, packetZone(skb, 0))
  return findOfZones6(shard, original, inZone(flowHash, packetZone(skb, 1)), src, dst, ports, protocol)
}

/** The entry that has the tuple as original in the zone of one hash, or as reply in that of the other. */
export function findOfZones4(
  shard: Shard,
  original: u32,
  reply: u32,
  src: u32,
  dst: u32,
  ports: u32,
  protocol: u8,
): usize {
  const nowNs = shard.nowNs
  const same = original == reply
  const newest = shard.splitZones == 0 ? 0 : Directions.NEWEST
  const wanted = newest | (same ? Directions.BOTH : Directions.ORIGINAL)
  const found = findIpv4(shard, original, src, dst, ports, protocol, wanted, nowNs)
  if (same || found != 0) return found
  return findIpv4(shard, reply, src, dst, ports, protocol, newest | Directions.REPLY, nowNs)
}

/** As `findOfZones4`, for an IPv6 tuple whose addresses stand at `src` and `dst`. */
export function findOfZones6(
  shard: Shard,
  original: u32,
  reply: u32,
  src: usize,
  dst: usize,
  ports: u32,
  protocol: u8,
): usize {
  const nowNs = shard.nowNs
  const same = original == reply
  const newest = shard.splitZones == 0 ? 0 : Directions.NEWEST
  const wanted = newest | (same ? Directions.BOTH : Directions.ORIGINAL)
  const found = findIpv6(shard, original, src, dst, ports, protocol, wanted, nowNs)
  if (same || found != 0) return found
  return findIpv6(shard, reply, src, dst, ports, protocol, newest | Directions.REPLY, nowNs)
}

/** The entry that has the IPv4 tuple in one of the `wanted` directions (`Directions`), in the zone of the hash. */
export function findIpv4(
  shard: Shard,
  hash: u32,
  src: u32,
  dst: u32,
  ports: u32,
  protocol: u8,
  wanted: u32,
  nowNs: u64,
): usize {
  if (shard.table != 0) searchChain4(shard, hash, src, dst, ports, <u16>protocol | (4 << 8), nowNs)
  return probeIpv4(shard, hash, src, dst, ports, protocol, wanted, nowNs)
}

/** As `findIpv4`, for an IPv6 tuple whose addresses stand at `src` and `dst`. */
export function findIpv6(
  shard: Shard,
  hash: u32,
  src: usize,
  dst: usize,
  ports: u32,
  protocol: u8,
  wanted: u32,
  nowNs: u64,
): usize {
  if (shard.table != 0) searchChain6(shard, hash, src, dst, ports, <u16>protocol | (6 << 8), nowNs)
  return probeIpv6(shard, hash, src, dst, ports, protocol, wanted, nowNs)
}

@inline
function probeIpv4(
  shard: Shard,
  hash: u32,
  src: u32,
  dst: u32,
  ports: u32,
  protocol: u8,
  wanted: u32,
  nowNs: u64,
): usize {
  const kind = <u16>protocol | (4 << 8)
  const inverse = invertPorts(protocol, ports)
  const slots: usize = shard.slots
  const mask = shard.slotMask
  let index = homeSlot(hash, mask)
  let newest: usize = 0
  while (true) {
    const slot = changetype<IndexSlot>(slots + (<usize>index << 3))
    if (slot.entry == 0) return newest
    if (slot.hash == hash) {
      const entry = changetype<Entry>(<usize>slot.entry)
      if (kindOf(entry) == kind) {
        // A tuple that is its own inverse is found as the reply: the kernel's chains have that one in front.
        const own = portsOf(entry)
        let directions: u32 = 0
        if (isOdd(entry)) {
          directions = wanted & directionsOf(entry, hash)
          if (replySource(entry) != src || replyDestination(entry) != dst || replyPorts(entry) != ports) {
            directions &= Directions.ORIGINAL
          }
        } else {
          directions = wanted
          if (entry.src != dst || entry.dst != src || <u64>own != inverse) directions &= Directions.ORIGINAL
        }
        const isReply = (directions & Directions.REPLY) != 0
        const isOriginal = (directions & Directions.ORIGINAL) != 0 && entry.src == src && entry.dst == dst && own == ports
        if (isReply || isOriginal) {
          const direction = isReply ? REPLY_BIT : 0
          if ((wanted & Directions.NEWEST) == 0) return alive(shard, entry, direction, nowNs)
          newest = newerOf(newest, entry, direction, nowNs)
        }
      }
    }
    index = (index + 1) & mask
  }
}

@inline
function probeIpv6(
  shard: Shard,
  hash: u32,
  src: usize,
  dst: usize,
  ports: u32,
  protocol: u8,
  wanted: u32,
  nowNs: u64,
): usize {
  const kind = <u16>protocol | (6 << 8)
  const inverse = invertPorts(protocol, ports)
  const slots: usize = shard.slots
  const mask = shard.slotMask
  let index = homeSlot(hash, mask)
  let newest: usize = 0
  while (true) {
    const slot = changetype<IndexSlot>(slots + (<usize>index << 3))
    if (slot.entry == 0) return newest
    if (slot.hash == hash) {
      const entry = changetype<Entry>(<usize>slot.entry)
      if (kindOf(entry) == kind) {
        const own = portsOf(entry)
        let directions = wanted
        let isReply = false
        if (isTranslated(entry)) {
          isReply = replyPorts(entry) == ports && addressesAre(replyAddresses(entry), src, dst)
        } else {
          isReply = <u64>own == inverse && addressesAre(entryAddresses(entry), dst, src)
        }
        if (isSplit(entry)) directions &= directionsOf(entry, hash)
        isReply = isReply && (directions & Directions.REPLY) != 0
        const isOriginal =
          (directions & Directions.ORIGINAL) != 0 && own == ports && addressesAre(entryAddresses(entry), src, dst)
        if (isReply || isOriginal) {
          const direction = isReply ? REPLY_BIT : 0
          if ((wanted & Directions.NEWEST) == 0) return alive(shard, entry, direction, nowNs)
          newest = newerOf(newest, entry, direction, nowNs)
        }
      }
    }
    index = (index + 1) & mask
  }
}

/**
 * Another entry that has one of this one's tuples, in either direction, or 0; for the clash check at confirmation.
 * Where the zone counts for one direction only, the kernel compares tuples of the same direction. The chains of a
 * limited table are left as they are.
 */
export function findSame(shard: Shard, entry: Entry, nowNs: u64): usize {
  const protocol = entry.protocol
  const split = isSplit(entry)
  const wanted = split ? Directions.ORIGINAL : Directions.BOTH
  let found: usize
  if (entry.family == 4) {
    found = probeIpv4(shard, entry.hash, entry.src, entry.dst, portsOf(entry), protocol, wanted, nowNs)
  } else {
    const src = changetype<usize>(entryAddresses(entry))
    found = probeIpv6(shard, entry.hash, src, src + 16, portsOf(entry), protocol, wanted, nowNs)
  }
  if (found != 0) return found
  // Without NAT or such a zone in either of them, two entries differ in both directions or in none.
  const translated = (entry.status & (EntryStatus.SRC_NAT_DONE | EntryStatus.DST_NAT_DONE)) != 0
  if (!translated && !split && shard.splitZones == 0) return 0
  const hash = replyHash(entry)
  const ports = replyPorts(entry)
  const replies = split ? Directions.REPLY : Directions.BOTH
  if (entry.family == 4) {
    return probeIpv4(shard, hash, replySource(entry), replyDestination(entry), ports, protocol, replies, nowNs)
  }
  return probeIpv6(shard, hash, replySource6(entry), replyDestination6(entry), ports, protocol, replies, nowNs)
}

/** The directions of an entry whose slot has the hash: those that are in the zone in which it was looked for. */
function directionsOf(entry: Entry, hash: u32): u32 {
  if (!isSplit(entry)) return Directions.BOTH
  return (entry.hash == hash ? Directions.ORIGINAL : 0) | (replyHash(entry) == hash ? Directions.REPLY : 0)
}

/** Kernel: entries are put in front of their chain. */
function newerOf(found: usize, entry: Entry, direction: usize, nowNs: u64): usize {
  if (entry.expiryNs <= nowNs) return found
  if (found != 0 && changetype<Entry>(found & ~REPLY_BIT).id > entry.id) return found
  return changetype<usize>(entry) | direction
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
