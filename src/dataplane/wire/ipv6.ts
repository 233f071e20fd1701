/**
 * IPv6 header, RFC 8200. From header to descriptor, with the checks that every received packet passes before
 * PREROUTING.
 */
import { flowHash } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { Reason } from '../layout/reason'
import { replay, ReplayFlag } from '../layout/replay'
import { BAD_OPTIONS, readHopByHop } from './hop-by-hop'
import { IPV6_DST, IPV6_SRC, mayArrive } from './ipv6-address'
import { Extension, NextHeader, walkExtensions } from './ipv6-extension'
import { describeTransport } from './transport'

export const IPV6_HEADER: u32 = 40
// Offsets in bytes from the start of the header.
export const IPV6_PAYLOAD: usize = 4
const NEXT_HEADER: usize = 6
const HOP_LIMIT: usize = 7

const MAX_PAYLOAD: u32 = 65535

/**
 * Fills the descriptor of the packet at `at`, of which `captured` bytes are there and `wire` bytes were sent; its
 * origin is in the flags. Returns `Reason.NONE`, or why no hook sees the packet. With `gather`, a fragment whose
 * datagram conntrack wants gets flag FRAGMENT, and its fragment header as transport header.
 * Requires captured >= IPV6_HEADER. Kernel: ip6_rcv_core(), net/ipv6/ip6_input.c.
 */
export function describeIpv6(descriptor: Descriptor, at: usize, captured: u32, wire: u32, gather: bool): u32 {
  if (load<u8>(at) >> 4 != 6) return Reason.IP_VERSION
  const received = (descriptor.flags & (DescriptorFlag.FROM_BOX | DescriptorFlag.DATAGRAM)) == 0
  if (received && !mayArrive(at + IPV6_SRC, at + IPV6_DST)) return Reason.IPV6_ADDRESS
  const next = load<u8>(at, NEXT_HEADER)
  let length = packetLength(at, next, wire)
  if (length > wire) return Reason.IPV6_PAYLOAD_LENGTH
  if (received && next == NextHeader.HOP_BY_HOP) {
    length = readHopByHop(at, min(captured, length), length)
    if (length == BAD_OPTIONS) return Reason.IPV6_HOP_BY_HOP
  }

  let flags = descriptor.flags | DescriptorFlag.IPV6
  if (captured < length) flags |= DescriptorFlag.CUT
  descriptor.packet = <u32>at
  descriptor.length = length
  descriptor.captured = min(captured, length)
  descriptor.src = 0
  descriptor.dst = 0
  descriptor.tos = (load<u8>(at) << 4) | (load<u8>(at, 1) >> 4)
  descriptor.ttl = load<u8>(at, HOP_LIMIT)
  const whole = walkExtensions(at, IPV6_HEADER, descriptor.captured, next)
  if (Extension.offset != IPV6_HEADER) flags |= DescriptorFlag.OPTIONS
  descriptor.flags = flags
  describePayload(descriptor, at, whole, gather)
  return Reason.NONE
}

function describePayload(descriptor: Descriptor, at: usize, whole: bool, gather: bool): void {
  descriptor.protocol = Extension.protocol
  descriptor.transport = <u16>min(Extension.offset, MAX_PAYLOAD)
  const fragment = Extension.fragment
  if (fragment != 0 && gather && (replay().flags & ReplayFlag.TRACK_IPV6) != 0 && !isJumbogram(at)) {
    descriptor.flags |= DescriptorFlag.FRAGMENT
    descriptor.transport = <u16>fragment
    return
  }
  if (fragment != 0) descriptor.flags |= DescriptorFlag.FRAGMENT
  if (whole) {
    describeTransport(descriptor)
  } else {
    descriptor.flags |= DescriptorFlag.NO_TRANSPORT
    descriptor.hash = flowHash(descriptor, 0, 0, descriptor.protocol)
  }
  if (fragment != 0 && (replay().flags & ReplayFlag.TRACK_IPV6) == 0 && fragment + 8 <= descriptor.captured) {
    // A fragment that nobody puts together goes where all of its datagram go.
    const id = load<u32>(at + fragment, 4)
    descriptor.hash = flowHash(descriptor, id, id, NextHeader.FRAGMENT)
  }
}

/** A packet without payload length is no fragment. Kernel: nf_ct_frag6_gather(), nf_conntrack_reasm.c. */
@inline
export function isJumbogram(at: usize): bool {
  return load<u16>(at, IPV6_PAYLOAD) == 0
}

/** Kernel: a payload length of 0 may announce a jumbogram, or a TCP segment before segmentation (GSO). */
@inline
function packetLength(at: usize, next: u8, wire: u32): u32 {
  const payload = <u32>bswap<u16>(load<u16>(at, IPV6_PAYLOAD))
  if (payload != 0) return payload + IPV6_HEADER
  const huge = next == Protocol.TCP && wire > MAX_PAYLOAD + IPV6_HEADER
  return huge || next == NextHeader.HOP_BY_HOP ? wire : IPV6_HEADER
}
