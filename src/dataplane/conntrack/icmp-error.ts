/**
 * ICMP and ICMPv6 messages before tracking: errors belong to the connection of the packet that they quote, neighbour
 * discovery and group membership are not tracked at all, and the rest are queries.
 * Kernel: nf_conntrack_icmpv4_error(), nf_conntrack_inet_error(), nf_conntrack_proto_icmp.c;
 * nf_conntrack_icmpv6_error(), nf_conntrack_proto_icmpv6.c (v6.18).
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, entryAddresses } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { OldRule, replay } from '../layout/replay'
import { ConntrackCounter, Shard } from '../layout/shard'
import { CtInfo, Skb } from '../layout/skb'
import { count } from './counters'
import { replyDestination, replyDestination6 } from './reply-tuple'
import { findZonedIpv4, findZonedIpv6, REPLY_BIT } from './tuple-index'
import { headerPorts, invertPorts, IPV6_DST, IPV6_SRC, NO_TUPLE } from './tuple'

const ICMP_HEADER: u32 = 8
const IPV4_HEADER: u32 = 20
const IPV6_HEADER: u32 = 40
const HIGHEST_ICMP_TYPE: u8 = 18

const ICMPV6_REDIRECT: u8 = 137
/** ICMPv6 redirect: target and destination address follow the header, then options. */
const REDIRECT_HEADER: u32 = 40
const REDIRECTED_HEADER_OPTION: u8 = 4

/**
 * Settles errors and untracked messages: `skb` gets the entry of the packet inside, or UNTRACKED, or nothing. False
 * for queries, which are left to tracking.
 */
export function settleIcmp(shard: Shard, skb: Skb, descriptor: Descriptor): bool {
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  if (isIpv6 ? descriptor.protocol != Protocol.ICMPV6 : descriptor.protocol != Protocol.ICMP) return false
  const quoted = whatItQuotes(descriptor, skb, isIpv6)
  if (quoted == QUERY) return false
  if (quoted == UNTRACKED) {
    skb.ctInfo = CtInfo.UNTRACKED
    return true
  }
  if (quoted == MALFORMED || !relate(shard, skb, descriptor, quoted, isIpv6)) {
    count(shard, ConntrackCounter.ICMP_ERROR)
  }
  return true
}

// Results of `whatItQuotes` beside an offset from the IP header.
const QUERY: u32 = 0
const UNTRACKED: u32 = 1
const MALFORMED: u32 = 2

/** Where the packet that it quotes begins, or one of the constants above. */
function whatItQuotes(descriptor: Descriptor, skb: Skb, isIpv6: bool): u32 {
  const transport = <u32>descriptor.transport
  if (skb.length < transport + ICMP_HEADER) return MALFORMED
  if (descriptor.flags & (DescriptorFlag.BAD_CHECKSUM | DescriptorFlag.BAD_TRANSPORT)) return MALFORMED
  const type = <u8>(descriptor.dstPort >> 8)
  if (!isIpv6) {
    if (type > HIGHEST_ICMP_TYPE) return MALFORMED
    // Unreachable, source quench, redirect, time exceeded, parameter problem.
    const isError = type == 3 || type == 4 || type == 5 || type == 11 || type == 12
    return isError ? transport + ICMP_HEADER : QUERY
  }
  const oldRules = replay().oldRules
  // Group membership and neighbour discovery, and multicast router discovery.
  if ((type >= 130 && type <= 136) || type == 143) return UNTRACKED
  if (type == 151 || type == 152) return oldRules & OldRule.ICMPV6_ROUTERS_TRACKED ? QUERY : UNTRACKED
  if (type == ICMPV6_REDIRECT) {
    return oldRules & OldRule.ICMPV6_REDIRECT_UNKNOWN ? QUERY : whatRedirectQuotes(descriptor, skb)
  }
  return type < 128 ? transport + ICMP_HEADER : QUERY
}

/** Kernel: nf_conntrack_icmpv6_redirect(). */
function whatRedirectQuotes(descriptor: Descriptor, skb: Skb): u32 {
  const option = <u32>descriptor.transport + REDIRECT_HEADER
  if (skb.length < option) return MALFORMED
  if ((descriptor.dstPort & 255) != 0) return QUERY
  const packet: usize = descriptor.packet
  const fromLinkLocal = load<u8>(packet, IPV6_SRC) == 0xfe && (load<u8>(packet, IPV6_SRC + 1) & 0xc0) == 0x80
  if (descriptor.ttl != 255 || !fromLinkLocal) return MALFORMED
  if (min(skb.length, descriptor.captured) < option + 2 || load<u8>(packet + option, 1) == 0) return MALFORMED
  return load<u8>(packet + option) == REDIRECTED_HEADER_OPTION ? option + 8 : QUERY
}

/** Attaches the connection of the packet quoted at `offset`; false when there is none, or it is not the receiver's. */
function relate(shard: Shard, skb: Skb, descriptor: Descriptor, offset: u32, isIpv6: bool): bool {
  const packet: usize = descriptor.packet
  const end: usize = packet + min(skb.length, descriptor.captured)
  const inner: usize = packet + offset
  const found = isIpv6 ? findQuotedIpv6(shard, skb, inner, end) : findQuotedIpv4(shard, skb, inner, end)
  if (found == 0) return false
  const at = found & ~REPLY_BIT
  const isReply = (found & REPLY_BIT) != 0
  // The error must go where packets of that direction go.
  const anywhere = (replay().oldRules & OldRule.ICMP_ERROR_ANYWHERE) != 0
  if (!anywhere && !goesTo(changetype<Entry>(at), isReply, descriptor, isIpv6)) return false
  skb.entry = <u32>at
  skb.ctInfo = isReply ? CtInfo.RELATED_REPLY : CtInfo.RELATED
  return true
}

/** The quoted packet went the other way: what is looked up is its tuple turned round, in the message's own zone. */
function findQuotedIpv4(shard: Shard, skb: Skb, inner: usize, end: usize): usize {
  if (inner + IPV4_HEADER > end) return 0
  // Only first fragments have ports.
  if (bswap<u16>(load<u16>(inner, 6)) & 0x1fff) return 0
  const transport: usize = inner + ((<usize>(load<u8>(inner) & 15)) << 2)
  if (transport > end) return 0
  const protocol = load<u8>(inner, 9)
  const src = bswap<u32>(load<u32>(inner, 12))
  const dst = bswap<u32>(load<u32>(inner, 16))
  const ports = turnedPorts(shard, protocol, src, dst, transport, end)
  if (ports == NO_TUPLE) return 0
  return findZonedIpv4(shard, skb, dst, src, <u32>ports, protocol)
}

function findQuotedIpv6(shard: Shard, skb: Skb, inner: usize, end: usize): usize {
  if (inner + IPV6_HEADER > end) return 0
  let protocol = load<u8>(inner, 6)
  let at: usize = inner + IPV6_HEADER
  // Kernel: ipv6_skip_exthdr(), net/ipv6/exthdrs_core.c.
  while (protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 || protocol == 59 || protocol == 60) {
    if (protocol == 59 || at + 2 > end) return 0
    let size: usize
    if (protocol == 44) {
      if (at + 4 > end || (bswap<u16>(load<u16>(at, 2)) & 0xfff8) != 0) return 0
      size = 8
    } else if (protocol == 51) {
      size = (<usize>load<u8>(at, 1) + 2) << 2
    } else {
      size = (<usize>load<u8>(at, 1) + 1) << 3
    }
    protocol = load<u8>(at)
    at += size
  }
  const ports = turnedPorts(shard, protocol, 0, 0, at, end)
  if (ports == NO_TUPLE) return 0
  return findZonedIpv6(shard, skb, inner + IPV6_DST, inner + IPV6_SRC, <u32>ports, protocol)
}

function turnedPorts(shard: Shard, protocol: u8, src: u32, dst: u32, transport: usize, end: usize): u64 {
  const ports = headerPorts(shard, protocol, src, dst, transport, end)
  return ports == NO_TUPLE ? NO_TUPLE : invertPorts(protocol, <u32>ports)
}

/** True when the message's destination is that of the entry's packets in this direction. */
function goesTo(entry: Entry, isReply: bool, descriptor: Descriptor, isIpv6: bool): bool {
  if (!isIpv6) return (isReply ? replyDestination(entry) : entry.dst) == descriptor.dst
  const at: usize = <usize>descriptor.packet + IPV6_DST
  const own = isReply ? replyDestination6(entry) : changetype<usize>(entryAddresses(entry)) + 16
  return load<u64>(own) == load<u64>(at) && load<u64>(own, 8) == load<u64>(at, 8)
}
