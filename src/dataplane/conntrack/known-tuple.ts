/**
 * What rules ask of conntrack: the tuple of the packet under way, and the entry that has a tuple. It is looked for as
 * that of a packet is, at the packet's time.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, isAlive } from '../layout/entry'
import { Shard } from '../layout/shard'
import { Skb, Template } from '../layout/skb'
import { Tuple } from '../layout/tuple'
import { noteFlow } from './coupling'
import { kill } from './death'
import { tupleHash4, tupleHash6 } from './reply-tuple'
import { findOfZones4, findOfZones6, REPLY_BIT } from './tuple-index'
import { IPV6_DST, IPV6_SRC, NO_TUPLE, tuplePorts } from './tuple'
import { inZone, zoneId } from './zone'

/**
 * Writes the tuple of the packet's headers, in its template's zone, to a `Tuple`; false when it has none.
 * Kernel: nf_ct_get_tuplepr().
 */
export function packetTuple(skbAt: usize, into: usize): bool {
  const skb = changetype<Skb>(skbAt)
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  const ports = tuplePorts(changetype<Shard>(<usize>skb.shard), descriptor)
  if (ports == NO_TUPLE) return false
  const tuple = changetype<Tuple>(into)
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) {
    tuple.src = descriptor.src
    tuple.dst = descriptor.dst
    tuple.family = 4
  } else {
    const packet: usize = descriptor.packet
    tuple.srcHigh = load<u64>(packet, IPV6_SRC)
    tuple.srcLow = load<u64>(packet, IPV6_SRC + 8)
    tuple.dstHigh = load<u64>(packet, IPV6_DST)
    tuple.dstLow = load<u64>(packet, IPV6_DST + 8)
    tuple.family = 6
  }
  store<u32>(into, <u32>ports, offsetof<Tuple>('srcPort'))
  tuple.protocol = descriptor.protocol
  // Where the mark is the zone, it becomes that when tracking begins.
  const zoned = (skb.template & (Template.PRESENT | Template.ZONE_IS_MARK)) == Template.PRESENT
  tuple.zone = zoned ? skb.templateZone : 0
  tuple.zoneDirections = skb.template & (Template.ZONE_ORIGINAL | Template.ZONE_REPLY)
  return true
}

/** The entry that has the tuple in one of its directions; 0 for none. Kernel: nf_conntrack_find_get(). */
export function findKnown(skbAt: usize, tupleAt: usize): usize {
  const skb = changetype<Skb>(skbAt)
  const shard = changetype<Shard>(<usize>skb.shard)
  endExpired(shard, skb)
  const tuple = changetype<Tuple>(tupleAt)
  const ports = load<u32>(tupleAt, offsetof<Tuple>('srcPort'))
  const protocol = tuple.protocol
  const original = zoneId(tuple.zone, tuple.zoneDirections, 0)
  const reply = zoneId(tuple.zone, tuple.zoneDirections, 1)
  let found: usize
  if (tuple.family == 4) {
    const src = tuple.src
    const dst = tuple.dst
    const hash = tupleHash4(src, dst, ports, protocol)
    noteFlow(shard, hash)
    found = findOfZones4(shard, inZone(hash, original), inZone(hash, reply), src, dst, ports, protocol)
  } else {
    const dst = tupleAt + 16
    const hash = tupleHash6(tupleAt, dst, ports, protocol)
    noteFlow(shard, hash)
    found = findOfZones6(shard, inZone(hash, original), inZone(hash, reply), tupleAt, dst, ports, protocol)
  }
  return found & ~REPLY_BIT
}

/** The packet's own entry, where its timeout is 0, is over while the packet holds it. */
function endExpired(shard: Shard, skb: Skb): void {
  if (skb.entry == 0) return
  const entry = changetype<Entry>(<usize>skb.entry)
  if (isAlive(entry) && entry.expiryNs <= skb.nowNs) kill(shard, entry, entry.expiryNs)
}
