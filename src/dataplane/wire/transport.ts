/**
 * From the transport header to the rest of the descriptor: ports, flags, what is wrong with it, and the flow hash.
 * Headers are read only where they were captured; what the snap length cut off is as if it were not there.
 * Differs from the kernel: a transport header cut by the snap length makes the packet INVALID.
 */
import { flowHash } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { replay, ReplayFlag } from '../layout/replay'
import { describeIcmp } from './icmp'
import { describeIcmpv6 } from './icmpv6'
import { checkTcp, describeTcp } from './tcp'
import { transportIsIntact } from './transport-checksum'
import { checkUdp } from './udp'
import { checkUdpLite } from './udplite'

const SCTP_HEADER: u32 = 12
const DCCP: u8 = 33

/**
 * Requires all of the descriptor but ports, TCP fields, hash and the flags of transport; the IP header is at
 * `descriptor.packet`.
 */
export function describeTransport(descriptor: Descriptor): void {
  const at: usize = <usize>descriptor.packet + descriptor.transport
  const length = descriptor.length - min(descriptor.length, <u32>descriptor.transport)
  const captured = descriptor.captured - min(descriptor.captured, <u32>descriptor.transport)
  let valid = true
  switch (descriptor.protocol) {
    case Protocol.TCP:
      valid = checkTcp(at, captured, length)
      readPorts(descriptor, at, captured)
      if (valid) describeTcp(descriptor, at)
      break
    case Protocol.UDP:
      valid = checkUdp(at, captured, length)
      readPorts(descriptor, at, captured)
      break
    case Protocol.UDPLITE:
      valid = checkUdpLite(at, captured, length)
      readPorts(descriptor, at, captured)
      break
    case Protocol.SCTP:
      valid = captured >= SCTP_HEADER && length >= SCTP_HEADER
      readPorts(descriptor, at, captured)
      break
    case DCCP:
      // Conntrack tracks it by addresses alone: no ports in the hash.
      descriptor.hash = flowHash(descriptor, 0, 0, DCCP)
      readPorts(descriptor, at, captured)
      return
    case Protocol.ICMP:
      finish(descriptor, describeIcmp(descriptor, at, captured, length))
      return
    case Protocol.ICMPV6:
      finish(descriptor, describeIcmpv6(descriptor, at, captured, length))
      return
    default:
      break
  }
  descriptor.hash = flowHash(descriptor, descriptor.srcPort, descriptor.dstPort, descriptor.protocol)
  finish(descriptor, valid)
}

/** Ports stand first in all protocols that have them. */
@inline
function readPorts(descriptor: Descriptor, at: usize, captured: u32): void {
  if (captured < 4) return
  descriptor.srcPort = bswap<u16>(load<u16>(at))
  descriptor.dstPort = bswap<u16>(load<u16>(at, 2))
}

const UNVERIFIABLE: u16 = DescriptorFlag.FROM_BOX | DescriptorFlag.CUT | DescriptorFlag.FRAGMENT

function finish(descriptor: Descriptor, valid: bool): void {
  if (!valid) {
    descriptor.flags |= DescriptorFlag.BAD_TRANSPORT
    return
  }
  if ((replay().flags & ReplayFlag.CHECKSUM) == 0 || (descriptor.flags & UNVERIFIABLE) != 0) return
  if (!transportIsIntact(descriptor)) descriptor.flags |= DescriptorFlag.BAD_CHECKSUM
}
