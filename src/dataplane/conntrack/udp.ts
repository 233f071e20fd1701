/**
 * The UDP and UDP-Lite trackers: a connection is a stream once there was traffic both ways.
 * Kernel: net/netfilter/nf_conntrack_proto_udp.c (v6.18).
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, EntryStatus, udpPart } from '../layout/entry'
import { OldRule, replay, Timeout } from '../layout/replay'
import { Skb } from '../layout/skb'
import { refresh, timeoutNs } from './timeout'
import { Tracking } from './tracking'

/** A stream is what is still alive more than two seconds after its first packet. */
const STREAM_AFTER_NS: u64 = 2_000_000_001

/** Kernel: nf_conntrack_udp_packet(). */
export function trackUdp(entry: Entry, direction: u32, skb: Skb): u32 {
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  if (descriptor.flags & (DescriptorFlag.BAD_TRANSPORT | DescriptorFlag.BAD_CHECKSUM)) return Tracking.INVALID
  const status = entry.status
  if ((status & EntryStatus.CONFIRMED) == 0 && (replay().oldRules & OldRule.UDP_STREAM_AT_ONCE) == 0) {
    udpPart(entry).streamNs = skb.nowNs + STREAM_AFTER_NS
  }
  let timeout = Timeout.UDP
  if (status & EntryStatus.SEEN_REPLY) {
    if (skb.nowNs >= udpPart(entry).streamNs) {
      timeout = Timeout.UDP_STREAM
      entry.status = status | EntryStatus.ASSURED
    } else if (replay().oldRules & OldRule.UDP_ASSURED_AT_ONCE) {
      entry.status = status | EntryStatus.ASSURED
    }
  }
  refresh(entry, direction, skb.length, timeoutNs(timeout), skb.nowNs)
  return Tracking.ACCEPT
}

/** A stream with its first answer. Kernel: nf_conntrack_udplite_packet(). */
export function trackUdpLite(entry: Entry, direction: u32, skb: Skb): u32 {
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  if (descriptor.flags & (DescriptorFlag.BAD_TRANSPORT | DescriptorFlag.BAD_CHECKSUM)) return Tracking.INVALID
  let timeout = Timeout.UDP
  if (entry.status & EntryStatus.SEEN_REPLY) {
    timeout = Timeout.UDP_STREAM
    entry.status |= EntryStatus.ASSURED
  }
  refresh(entry, direction, skb.length, timeoutNs(timeout), skb.nowNs)
  return Tracking.ACCEPT
}
