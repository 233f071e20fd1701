/**
 * What choosing a translation asks of the table: which entry has a tuple, and the end of entries that stand in its
 * way. Kernel: nf_conntrack_tuple_taken(), nf_ct_kill(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { Entry } from '../layout/entry'
import { ConntrackCounter, Shard } from '../layout/shard'
import { Tuple } from '../layout/tuple'
import { count } from './counters'
import { noteFlow } from './coupling'
import { bury, kill } from './death'
import { tupleHash4, tupleHash6 } from './reply-tuple'
import { findIpv4, findIpv6 } from './tuple-index'
import { Directions, inZone, zoneId } from './zone'

/**
 * The entry that has the tuple in one of its directions: its address, with REPLY_BIT for the reply, or 0. It is
 * looked for where replies are: a zone of one direction hides the other from it.
 */
export function findTuple(shardAt: usize, tupleAt: usize, nowNs: u64): usize {
  const shard = changetype<Shard>(shardAt)
  const tuple = changetype<Tuple>(tupleAt)
  const ports = load<u32>(tupleAt, offsetof<Tuple>('srcPort'))
  const protocol = tuple.protocol
  const zone = zoneId(tuple.zone, tuple.zoneDirections, 1)
  const wanted = zone == zoneId(tuple.zone, tuple.zoneDirections, 0) ? Directions.BOTH : Directions.REPLY
  if (tuple.family == 4) {
    const flow = tupleHash4(tuple.src, tuple.dst, ports, protocol)
    noteFlow(shard, flow)
    return findIpv4(shard, inZone(flow, zone), tuple.src, tuple.dst, ports, protocol, wanted, nowNs)
  }
  const src: usize = tupleAt
  const dst: usize = tupleAt + 16
  const flow = tupleHash6(src, dst, ports, protocol)
  noteFlow(shard, flow)
  return findIpv6(shard, inZone(flow, zone), src, dst, ports, protocol, wanted, nowNs)
}

/** The flow hash of packets with the tuple. */
export function hashTuple(tupleAt: usize): u32 {
  const tuple = changetype<Tuple>(tupleAt)
  const ports = load<u32>(tupleAt, offsetof<Tuple>('srcPort'))
  return tuple.family == 4
    ? tupleHash4(tuple.src, tuple.dst, ports, tuple.protocol)
    : tupleHash6(tupleAt, tupleAt + 16, ports, tuple.protocol)
}

/** As `findTuple`, where NAT asks whether the tuple is free. Kernel: nf_conntrack_tuple_taken(). */
export function findTaken(shardAt: usize, tupleAt: usize, nowNs: u64): usize {
  const found = findTuple(shardAt, tupleAt, nowNs)
  if (found != 0) count(changetype<Shard>(shardAt), ConntrackCounter.FOUND)
  return found
}

/** Ends a confirmed entry that no packet holds. */
export function buryEntry(shardAt: usize, entryAt: usize, nowNs: u64): void {
  bury(changetype<Shard>(shardAt), changetype<Entry>(entryAt), nowNs)
}

/** Ends a confirmed entry that the packet under way holds. */
export function killEntry(shardAt: usize, entryAt: usize, nowNs: u64): void {
  kill(changetype<Shard>(shardAt), changetype<Entry>(entryAt), nowNs)
}
