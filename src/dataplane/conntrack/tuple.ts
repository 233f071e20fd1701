/**
 * The tuple of a packet: addresses, protocol and two ports, of which ICMP and GRE make something of their own.
 * Two ports are one u32: the source in the low half, the destination in the high half.
 * Kernel: nf_ct_get_tuple(), nf_ct_invert_tuple(), net/netfilter/nf_conntrack_core.c.
 */
import { Descriptor } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { Shard } from '../layout/shard'
import { senderKey } from './gre-keys'

/** In place of ports: the packet has no tuple, conntrack calls it INVALID. */
export const NO_TUPLE: u64 = 1 << 32

/** Addresses in an IPv6 header: 16 bytes each, source first. */
export const IPV6_SRC: usize = 8
export const IPV6_DST: usize = 24

/** The two ports of the packet's tuple, or NO_TUPLE. */
export function tuplePorts(shard: Shard, descriptor: Descriptor): u64 {
  const protocol = descriptor.protocol
  const there = descriptor.length - descriptor.transport
  if (protocol == Protocol.TCP || protocol == Protocol.UDP) return there < 4 ? NO_TUPLE : packetPorts(descriptor)
  if (protocol == Protocol.ICMP || protocol == Protocol.ICMPV6) return there < 8 ? NO_TUPLE : packetPorts(descriptor)
  if (protocol == Protocol.UDPLITE || protocol == Protocol.SCTP) return there < 4 ? NO_TUPLE : packetPorts(descriptor)
  if (protocol == Protocol.GRE) {
    const at: usize = <usize>descriptor.packet + descriptor.transport
    const end = <usize>descriptor.packet + min(descriptor.captured, descriptor.length)
    return grePorts(shard, descriptor.src, descriptor.dst, at, end)
  }
  return 0
}

/**
 * The two ports in a transport header that ends at `end` at the latest; `length` is its length by the IP header's
 * own word. For tuples inside ICMP errors. `src` and `dst` are IPv4 addresses, or 0.
 */
export function headerPorts(shard: Shard, protocol: u8, src: u32, dst: u32, at: usize, end: usize): u64 {
  if (protocol == Protocol.ICMP || protocol == Protocol.ICMPV6) {
    if (at + 8 > end) return NO_TUPLE
    const typeAndCode = <u32>bswap<u16>(load<u16>(at))
    return <u64>((typeAndCode << 16) | <u32>bswap<u16>(load<u16>(at, 4)))
  }
  if (protocol == Protocol.GRE) return grePorts(shard, src, dst, at, end)
  if (
    protocol != Protocol.TCP &&
    protocol != Protocol.UDP &&
    protocol != Protocol.UDPLITE &&
    protocol != Protocol.SCTP
  ) {
    return 0
  }
  if (at + 4 > end) return NO_TUPLE
  return <u64>(<u32>bswap<u16>(load<u16>(at)) | (<u32>bswap<u16>(load<u16>(at, 2)) << 16))
}

/** The ports that a packet of the other direction carries; NO_TUPLE when there can be none. */
@inline
export function invertPorts(protocol: u8, ports: u32): u64 {
  if (protocol == Protocol.ICMP) return invertIcmp(ports, icmpAnswer(<u8>(ports >> 24)))
  if (protocol == Protocol.ICMPV6) return invertIcmp(ports, icmpv6Answer(<u8>(ports >> 24)))
  return <u64>rotl<u32>(ports, 16)
}

const NO_ANSWER: u32 = 256

function invertIcmp(ports: u32, type: u32): u64 {
  return type == NO_ANSWER ? NO_TUPLE : <u64>((ports & 0x00ffffff) | (type << 24))
}

/** The ICMP type on the way back. Kernel: nf_conntrack_proto_icmp.c, invmap[]. */
function icmpAnswer(type: u8): u32 {
  switch (type) {
    case 8: // echo
      return 0
    case 0:
      return 8
    case 13: // timestamp
    case 15: // information
    case 17: // address mask
      return type + 1
    case 14:
    case 16:
    case 18:
      return type - 1
    default:
      return NO_ANSWER
  }
}

/** Kernel: nf_conntrack_proto_icmpv6.c, invmap[]. */
function icmpv6Answer(type: u8): u32 {
  switch (type) {
    case 128: // echo
    case 139: // node information
      return type + 1
    case 129:
    case 140:
      return type - 1
    default:
      return NO_ANSWER
  }
}

/**
 * GRE version 1 (PPTP) has the receiver's call id; version 0 is tracked by addresses alone.
 * Kernel: gre_pkt_to_tuple(), net/netfilter/nf_conntrack_proto_gre.c.
 */
function grePorts(shard: Shard, src: u32, dst: u32, at: usize, end: usize): u64 {
  if (at + 4 > end || (load<u8>(at, 1) & 7) != 1 || at + 8 > end) return 0
  if (bswap<u16>(load<u16>(at, 2)) != 0x880b) return NO_TUPLE
  const receiver = bswap<u16>(load<u16>(at, 6))
  return <u64>((<u32>receiver << 16) | senderKey(shard, src, dst, receiver))
}

@inline
function packetPorts(descriptor: Descriptor): u64 {
  return <u64>load<u32>(changetype<usize>(descriptor), offsetof<Descriptor>('srcPort'))
}
