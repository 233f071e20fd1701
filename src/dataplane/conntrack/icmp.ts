/**
 * The trackers of ICMP and ICMPv6 queries. Errors are no connections of their own: icmp-error.ts.
 * Kernel: net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c (v6.18).
 */
import { Entry } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { Timeout } from '../layout/replay'
import { Skb } from '../layout/skb'
import { refresh, timeoutNs } from './timeout'
import { Tracking } from './tracking'

/** Tracks a query or its answer. Kernel: nf_conntrack_icmp_packet(), nf_conntrack_icmpv6_packet(). */
export function trackIcmp(entry: Entry, direction: u32, skb: Skb): u32 {
  const isIcmpv6 = entry.protocol == Protocol.ICMPV6
  // ICMP over IPv6, or ICMPv6 over IPv4.
  if (isIcmpv6 != (entry.family == 6)) return Tracking.INVALID
  const type = <u8>(entry.dstPort >> 8)
  if (!(isIcmpv6 ? mayBeginIcmpv6(type) : mayBeginIcmp(type))) return Tracking.INVALID
  const timeout = isIcmpv6 ? Timeout.ICMPV6 : Timeout.ICMP
  refresh(entry, direction, skb.length, timeoutNs(timeout), skb.nowNs)
  return Tracking.ACCEPT
}

/** Echo, timestamp, information and address mask requests. */
@inline
function mayBeginIcmp(type: u8): bool {
  return type == 8 || type == 13 || type == 15 || type == 17
}

/** Echo request and node information query. */
@inline
function mayBeginIcmpv6(type: u8): bool {
  return type == 128 || type == 139
}
