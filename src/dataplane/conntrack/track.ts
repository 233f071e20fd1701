/**
 * Connection tracking at priority -200 of PREROUTING and OUTPUT: which entry a packet belongs to, and what it does to
 * it. A new entry is in no index until confirm.ts puts it there, at the end of the packet's way.
 * Kernel: nf_conntrack_in(), resolve_normal_ct(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, entryAddresses, EntryStatus, tcpLast } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { ConntrackCounter, Shard } from '../layout/shard'
import { CtInfo, Skb, SkbVerdict, Template } from '../layout/skb'
import { count } from './counters'
import { makeRoomInTable } from './early-drop'
import { allocateEntry, freeEntry } from './entry-pool'
import { trackGeneric, trackGre } from './generic'
import { meetExpectations } from './helped'
import { trackIcmp } from './icmp'
import { settleIcmp } from './icmp-error'
import { bucketOf4, bucketOf6, tableOf } from './kernel-table'
import { trackSctp } from './sctp'
import { trackTcp } from './tcp'
import { Tracking } from './tracking'
import { invertPorts, IPV6_SRC, NO_TUPLE, tuplePorts } from './tuple'
import { findInZone, REPLY_BIT } from './tuple-index'
import { trackUdp, trackUdpLite } from './udp'
import { Directions, inZone, packetZone } from './zone'

/**
 * Tracks the packet of `skb` in shard `skb.shard`, unless it has an entry already (loopback, REJECT's answers) or is
 * UNTRACKED. Sets `entry` and `ctInfo`: entry 0 and ctInfo 0 is INVALID, as is RELATED (an answer to what is UNTRACKED). `verdict` is DROP when the table is full.
 */
export function track(skbAt: usize): void {
  const skb = changetype<Skb>(skbAt)
  skb.verdict = SkbVerdict.ACCEPT
  if (skb.entry != 0 || skb.ctInfo == CtInfo.UNTRACKED) return
  if (skb.ctInfo != CtInfo.RELATED) skb.ctInfo = 0
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  const shard = changetype<Shard>(<usize>skb.shard)
  shard.nowNs = skb.nowNs
  if (skb.template & Template.ZONE_IS_MARK) skb.templateZone = <u16>skb.mark
  if (descriptor.flags & DescriptorFlag.NO_TRANSPORT) count(shard, ConntrackCounter.INVALID)
  else if (!settleIcmp(shard, skb, descriptor)) resolve(shard, skb, descriptor)
  skb.template = 0
}

/**
 * As `track`, for a packet whose entry `findEntry` has just found. False when the packet has ended that entry and
 * begins another: then it is as if it had not been tracked, since the table raw has a say in what it begins.
 */
export function trackFound(skbAt: usize, entryAt: usize, isReply: bool): bool {
  const skb = changetype<Skb>(skbAt)
  skb.verdict = SkbVerdict.ACCEPT
  const shard = changetype<Shard>(<usize>skb.shard)
  return !handle(shard, skb, changetype<Entry>(entryAt), isReply ? 1 : 0)
}

/** Looks the packet up, or begins an entry for it, until a tracker has had its say. */
function resolve(shard: Shard, skb: Skb, descriptor: Descriptor): void {
  let again = true
  while (again) {
    const found = findInZone(shard, skb, descriptor)
    if (found != 0) {
      again = handle(shard, skb, changetype<Entry>(found & ~REPLY_BIT), <u32>(found & REPLY_BIT))
      continue
    }
    const ports = tuplePorts(shard, descriptor)
    if (ports == NO_TUPLE || invertPorts(descriptor.protocol, <u32>ports) == NO_TUPLE) {
      count(shard, ConntrackCounter.INVALID)
      return
    }
    const entry = beginEntry(shard, skb, descriptor, <u32>ports)
    if (entry == null) {
      count(shard, ConntrackCounter.DROP)
      skb.verdict = SkbVerdict.DROP
      return
    }
    again = handle(shard, skb, entry, 0)
  }
}

/** An unconfirmed entry for the first packet of a connection; null when there is no room for one. */
function beginEntry(shard: Shard, skb: Skb, descriptor: Descriptor, ports: u32): Entry | null {
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  if (shard.table != 0 && !makeRoomInTable(shard, bucketOf(shard, skb, descriptor, ports), skb.nowNs)) return null
  const at = allocateEntry(shard, isIpv6 ? 6 : 4)
  if (at == 0) return null
  const entry = changetype<Entry>(at)
  entry.srcPort = <u16>ports
  entry.dstPort = <u16>(ports >> 16)
  entry.protocol = descriptor.protocol
  entry.id = skb.number
  joinZone(entry, skb, descriptor.hash)
  if (isIpv6) {
    const packet: usize = descriptor.packet
    memory.copy(changetype<usize>(entryAddresses(entry)), packet + IPV6_SRC, 32)
  } else {
    entry.src = descriptor.src
    entry.dst = descriptor.dst
  }
  meetExpectations(shard, entry)
  // One that was foreseen has the helper that was foreseen for it.
  if (skb.template != 0 && (entry.status & EntryStatus.EXPECTED) == 0) tcpLast(entry).helpers = skb.templateHelper
  return entry
}

/** Kernel: nf_ct_zone_add(). */
function joinZone(entry: Entry, skb: Skb, flowHash: u32): void {
  entry.hash = inZone(flowHash, packetZone(skb, 0))
  if (skb.template == 0) return
  const directions = skb.template & <u8>Directions.BOTH
  entry.zone = skb.templateZone
  entry.zoneDirections = directions
  if (packetZone(skb, 0) != packetZone(skb, 1)) entry.status = EntryStatus.SPLIT_ZONE
}

/** Of the packet's tuple in its zone. */
function bucketOf(shard: Shard, skb: Skb, descriptor: Descriptor, ports: u32): u32 {
  const table = tableOf(shard)
  const hash = inZone(descriptor.hash, packetZone(skb, 0))
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) return bucketOf4(table, hash, descriptor.src, ports)
  return bucketOf6(table, hash, <usize>descriptor.packet + IPV6_SRC, ports)
}

/** Lets the protocol's tracker judge the packet. True: its entry is gone, look again. */
function handle(shard: Shard, skb: Skb, entry: Entry, direction: u32): bool {
  const status = entry.status
  const isConfirmed = (status & EntryStatus.CONFIRMED) != 0
  let ctInfo = CtInfo.ESTABLISHED_REPLY
  if (direction == 0) {
    ctInfo = CtInfo.NEW
    if (status & EntryStatus.SEEN_REPLY) ctInfo = CtInfo.ESTABLISHED
    else if (status & EntryStatus.EXPECTED) ctInfo = CtInfo.RELATED
  }
  const tracking = trackProtocol(shard, entry, direction, skb)
  if (tracking == Tracking.REPEAT) return true
  if (tracking == Tracking.INVALID) {
    if (!isConfirmed) freeEntry(shard, entry)
    skb.entry = 0
    skb.ctInfo = 0
    count(shard, ConntrackCounter.INVALID)
    return false
  }
  skb.entry = <u32>changetype<usize>(entry)
  skb.ctInfo = ctInfo
  if (direction == 1) entry.status |= EntryStatus.SEEN_REPLY
  return false
}

/** Kernel: nf_conntrack_handle_packet(). */
function trackProtocol(shard: Shard, entry: Entry, direction: u32, skb: Skb): u32 {
  switch (entry.protocol) {
    case Protocol.TCP:
      return trackTcp(shard, entry, direction, skb)
    case Protocol.UDP:
      return trackUdp(entry, direction, skb)
    case Protocol.ICMP:
    case Protocol.ICMPV6:
      return trackIcmp(entry, direction, skb)
    case Protocol.GRE:
      return trackGre(entry, direction, skb)
    case Protocol.UDPLITE:
      return trackUdpLite(entry, direction, skb)
    case Protocol.SCTP:
      return trackSctp(entry, direction, skb)
    default:
      return trackGeneric(entry, direction, skb)
  }
}
