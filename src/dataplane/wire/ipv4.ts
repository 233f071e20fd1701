/**
 * IPv4 header, RFC 791. From header to descriptor, with the checks that every received packet passes before
 * PREROUTING. What starts at OUTPUT comes from the box's own stack: its checksum may not be computed yet.
 */
import { flowHash } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { Reason } from '../layout/reason'
import { replay, ReplayFlag } from '../layout/replay'
import { foldSum, sumBytes } from './checksum'
import { describeTransport } from './transport'

export const IPV4_HEADER: u32 = 20
// Offsets in bytes from the start of the header.
export const IPV4_TOS: usize = 1
export const IPV4_LENGTH: usize = 2
export const IPV4_ID: usize = 4
export const IPV4_FRAGMENT: usize = 6
export const IPV4_TTL: usize = 8
export const IPV4_PROTOCOL: usize = 9
export const IPV4_CHECKSUM: usize = 10
export const IPV4_SRC: usize = 12
export const IPV4_DST: usize = 16

// Bits of the fragment field in host order.
export const IPV4_DONT_FRAGMENT: u32 = 0x4000
export const IPV4_MORE_FRAGMENTS: u32 = 0x2000
export const IPV4_OFFSET: u32 = 0x1fff

/** Total lengths beyond the 16 bits of the header: TCP segments before segmentation (GSO) or after it (GRO). */
const MAX_LENGTH: u32 = 65535

/**
 * Fills the descriptor of the packet at `at`, of which `captured` bytes are there and `wire` bytes were sent; its
 * origin is in the flags. Returns `Reason.NONE`, or why no hook sees the packet. A fragment whose datagram
 * conntrack will want gets flag FRAGMENT and no transport.
 * Requires captured >= IPV4_HEADER. Kernel: ip_rcv_core(), net/ipv4/ip_input.c.
 */
export function describeIpv4(descriptor: Descriptor, at: usize, captured: u32, wire: u32): u32 {
  const first = load<u8>(at)
  if (first >> 4 != 4) return Reason.IP_VERSION
  const header = (<u32>(first & 15)) << 2
  if (header < IPV4_HEADER || header > wire) return Reason.IP_HEADER_LENGTH
  if (header > captured) return Reason.CUT_IP_HEADER
  const output = (descriptor.flags & DescriptorFlag.FROM_BOX) != 0
  if (!output && foldSum(sumBytes(at, header)) != 0xffff) return Reason.IP_CHECKSUM
  const length = totalLength(at, wire, output)
  if (length > wire || length < header) return Reason.IP_TOTAL_LENGTH

  const fragment = <u32>bswap<u16>(load<u16>(at, IPV4_FRAGMENT))
  let flags = descriptor.flags
  if (header > IPV4_HEADER) flags |= DescriptorFlag.OPTIONS
  if (fragment & IPV4_DONT_FRAGMENT) flags |= DescriptorFlag.DONT_FRAGMENT
  if (captured < length) flags |= DescriptorFlag.CUT
  descriptor.packet = <u32>at
  descriptor.length = length
  descriptor.captured = min(captured, length)
  descriptor.src = bswap<u32>(load<u32>(at, IPV4_SRC))
  descriptor.dst = bswap<u32>(load<u32>(at, IPV4_DST))
  descriptor.transport = <u16>header
  descriptor.protocol = load<u8>(at, IPV4_PROTOCOL)
  descriptor.tos = load<u8>(at, IPV4_TOS)
  descriptor.ttl = load<u8>(at, IPV4_TTL)
  descriptor.flags = flags
  if (fragment & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET)) describeFragment(descriptor, at, fragment)
  else describeTransport(descriptor)
  return Reason.NONE
}

/** A fragment that nobody puts together goes where all of its datagram go. */
function describeFragment(descriptor: Descriptor, at: usize, fragment: u32): void {
  descriptor.flags |= DescriptorFlag.FRAGMENT
  if (replay().flags & ReplayFlag.TRACK_IPV4) return
  if (fragment & IPV4_OFFSET) descriptor.flags |= DescriptorFlag.NO_TRANSPORT
  else describeTransport(descriptor)
  const id = load<u16>(at, IPV4_ID)
  descriptor.hash = flowHash(descriptor, id, id, descriptor.protocol)
}

/** Kernel: iph_totlen(), include/linux/ip.h. */
@inline
function totalLength(at: usize, wire: u32, output: bool): u32 {
  const length = <u32>bswap<u16>(load<u16>(at, IPV4_LENGTH))
  if (length != 0) return length
  return output || (load<u8>(at, IPV4_PROTOCOL) == Protocol.TCP && wire > MAX_LENGTH) ? wire : 0
}
