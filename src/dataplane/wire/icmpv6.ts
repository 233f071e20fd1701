/**
 * ICMPv6 header, RFC 4443: as ICMP's. Errors are the types below 128, and a redirect quotes the packet it is about
 * in an option.
 */
import { flowHash, hashIpv6 } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { ICMP_HEADER } from './icmp'
import { Extension, walkExtensions } from './ipv6-extension'
import { IPV6_DST, IPV6_SRC, isLinkLocal } from './ipv6-address'

const ID: usize = 4
const REDIRECT: u8 = 137
/** A redirect's target and destination stand between its header and its options. RFC 4861 section 4.5. */
const REDIRECT_HEADER: u32 = 40
const OPTION_REDIRECTED_HEADER: u8 = 4
const REDIRECTED_HEADER_OPTION: u32 = 8

/** The type of the query that `type` belongs to: echo, node information. */
@inline
function queryType(type: u8): u32 {
  return type == 129 || type == 140 ? type - 1 : type
}

/** As `icmpKind`. */
@inline
export function icmpv6Kind(type: u8): u32 {
  return Protocol.ICMPV6 | (queryType(type) << 8)
}

/** Fills id, type and code, and the hash; false when the header is not whole, or ICMPv6 has no place in IPv4. */
export function describeIcmpv6(descriptor: Descriptor, at: usize, captured: u32, length: u32): bool {
  if (captured < ICMP_HEADER || length < ICMP_HEADER) {
    descriptor.hash = flowHash(descriptor, 0, 0, Protocol.ICMPV6)
    return false
  }
  const type = load<u8>(at)
  const id = <u32>bswap<u16>(load<u16>(at, ID))
  descriptor.srcPort = <u16>id
  descriptor.dstPort = bswap<u16>(load<u16>(at))
  descriptor.hash = flowHash(descriptor, id, id, icmpv6Kind(type))
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) return false
  if (descriptor.flags & DescriptorFlag.FRAGMENT) return true
  const inner = quotedPacket(descriptor, at, captured)
  if (inner != 0) {
    descriptor.flags |= DescriptorFlag.ICMP_ERROR
    descriptor.hash = hashInnerIpv6(at + inner, captured - inner, descriptor.hash)
  }
  return true
}

/**
 * Offset of the packet that an error or a redirect quotes, from the ICMPv6 header; 0 when it quotes none.
 * Requires a whole ICMPv6 header. Kernel: nf_conntrack_icmpv6_error(), nf_conntrack_icmpv6_redirect(),
 * net/netfilter/nf_conntrack_proto_icmpv6.c.
 */
function quotedPacket(descriptor: Descriptor, at: usize, captured: u32): u32 {
  const type = load<u8>(at)
  if (type < 128) return ICMP_HEADER
  if (type != REDIRECT || captured < REDIRECT_HEADER + REDIRECTED_HEADER_OPTION || load<u8>(at, 1) != 0) return 0
  const option = at + REDIRECT_HEADER
  const quotes = load<u8>(option) == OPTION_REDIRECTED_HEADER && load<u8>(option, 1) != 0
  const fromRouter = descriptor.ttl == 255 && isLinkLocal(<usize>descriptor.packet + IPV6_SRC)
  return quotes && fromRouter ? REDIRECT_HEADER + REDIRECTED_HEADER_OPTION : 0
}

/** The hash of the IPv6 packet at `at`, of which `captured` bytes are there; else `outer`. */
function hashInnerIpv6(at: usize, captured: u32, outer: u32): u32 {
  if (captured < 40) return outer
  if (!walkExtensions(at, 40, captured, load<u8>(at, 6)) || Extension.offset > captured) return outer
  const transport = at + Extension.offset
  const left = captured - Extension.offset
  let srcPort: u32 = 0
  let dstPort: u32 = 0
  let kind: u32 = Extension.protocol
  switch (Extension.protocol) {
    case Protocol.TCP:
    case Protocol.UDP:
    case Protocol.UDPLITE:
    case Protocol.SCTP:
      if (left < 4) return outer
      srcPort = bswap<u16>(load<u16>(transport))
      dstPort = bswap<u16>(load<u16>(transport, 2))
      break
    case Protocol.ICMPV6:
      if (left < ICMP_HEADER) return outer
      srcPort = bswap<u16>(load<u16>(transport, ID))
      dstPort = srcPort
      kind = icmpv6Kind(load<u8>(transport))
      break
    default:
      break
  }
  return hashIpv6(at + IPV6_SRC, at + IPV6_DST, srcPort, dstPort, kind)
}
