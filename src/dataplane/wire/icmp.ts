/**
 * ICMP header, RFC 792: type, code, checksum, then an id for queries, or the packet that an error is about.
 */
import { flowHash, hashIpv4 } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'

export const ICMP_HEADER: u32 = 8
const ID: usize = 4

/** Kernel: icmp_is_err(), include/linux/icmp.h. */
@inline
function isError(type: u8): bool {
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12
}

/** The type of the query that `type` belongs to, so that query and answer hash the same. */
@inline
function queryType(type: u8): u32 {
  if (type == 0) return 8
  // Timestamp, information, address mask: the answer's type is the query's plus one.
  return type == 14 || type == 16 || type == 18 ? type - 1 : type
}

/** Fills id, type and code, and the hash; false when the header is not whole, or ICMP has no place in IPv6. */
export function describeIcmp(descriptor: Descriptor, at: usize, captured: u32, length: u32): bool {
  if (captured < ICMP_HEADER || length < ICMP_HEADER) {
    descriptor.hash = flowHash(descriptor, 0, 0, Protocol.ICMP)
    return false
  }
  const type = load<u8>(at)
  const id = <u32>bswap<u16>(load<u16>(at, ID))
  descriptor.srcPort = <u16>id
  descriptor.dstPort = bswap<u16>(load<u16>(at))
  descriptor.hash = flowHash(descriptor, id, id, icmpKind(type))
  if (descriptor.flags & DescriptorFlag.IPV6) return false
  if (isError(type) && (descriptor.flags & DescriptorFlag.FRAGMENT) == 0) {
    descriptor.flags |= DescriptorFlag.ICMP_ERROR
    descriptor.hash = hashInnerIpv4(at + ICMP_HEADER, captured - ICMP_HEADER, descriptor.hash)
  }
  return true
}

/** What stands for the protocol in a message's hash: a query and its answer have the same. */
@inline
export function icmpKind(type: u8): u32 {
  return Protocol.ICMP | (queryType(type) << 8)
}

/** The hash of the IPv4 packet that an error quotes, of which `captured` bytes are there; else `outer`. */
function hashInnerIpv4(at: usize, captured: u32, outer: u32): u32 {
  if (captured < 20) return outer
  const header = (<u32>(load<u8>(at) & 15)) << 2
  // A later fragment has no transport header.
  if ((load<u16>(at, 6) & 0xff1f) != 0 || header > captured) return outer
  const protocol = load<u8>(at, 9)
  const transport = at + header
  const left = captured - header
  let srcPort: u32 = 0
  let dstPort: u32 = 0
  let kind: u32 = protocol
  switch (protocol) {
    case Protocol.TCP:
    case Protocol.UDP:
    case Protocol.UDPLITE:
    case Protocol.SCTP:
      if (left < 4) return outer
      srcPort = bswap<u16>(load<u16>(transport))
      dstPort = bswap<u16>(load<u16>(transport, 2))
      break
    case Protocol.ICMP:
      if (left < ICMP_HEADER) return outer
      srcPort = bswap<u16>(load<u16>(transport, ID))
      dstPort = srcPort
      kind = icmpKind(load<u8>(transport))
      break
    default:
      break
  }
  const src = bswap<u32>(load<u32>(at, 12))
  const dst = bswap<u32>(load<u32>(at, 16))
  return hashIpv4(src, dst, srcPort, dstPort, kind)
}
