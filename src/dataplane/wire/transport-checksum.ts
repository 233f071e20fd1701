/**
 * Checksums of transport protocols, with the pseudo header of IPv4 or IPv6.
 * Kernel: nf_ip_checksum(), nf_ip6_checksum(), nf_checksum_partial(), net/netfilter/utils.c.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { foldSum, sumBytes } from './checksum'
import { IPV6_SRC } from './ipv6-address'
import { SCTP_CHECKSUM, sctpCrc } from './sctp-crc'
import { isUnchecked } from './udp'
import { coverage } from './udplite'

/**
 * True when the packet's transport checksum is right, or there is none to verify. Requires that the whole packet was
 * captured and its transport header is valid.
 */
export function transportIsIntact(descriptor: Descriptor): bool {
  const at: usize = <usize>descriptor.packet + descriptor.transport
  const length = descriptor.length - descriptor.transport
  switch (descriptor.protocol) {
    case Protocol.TCP:
      return sumsUp(at, length, pseudoHeader(descriptor, length, Protocol.TCP))
    case Protocol.UDP:
      return isUnchecked(at) || sumsUp(at, length, pseudoHeader(descriptor, length, Protocol.UDP))
    case Protocol.UDPLITE:
      // The kernel takes UDP's number here, so that it finds every UDP-Lite checksum wrong.
      return sumsUp(at, coverage(at, length), pseudoHeader(descriptor, length, Protocol.UDP))
    case Protocol.ICMP:
      return sumsUp(at, length, 0)
    case Protocol.SCTP:
      return sctpCrc(at, length) == load<u32>(at, SCTP_CHECKSUM)
    case Protocol.ICMPV6:
      return sumsUp(at, length, pseudoHeader(descriptor, length, Protocol.ICMPV6))
    default:
      return true
  }
}

@inline
function sumsUp(at: usize, length: u32, pseudo: u64): bool {
  return foldSum(sumBytes(at, length) + pseudo) == 0xffff
}

function pseudoHeader(descriptor: Descriptor, length: u32, protocol: u8): u64 {
  const numbers = <u64>bswap<u32>(length) + (<u64>bswap<u16>(<u16>protocol))
  if (descriptor.flags & DescriptorFlag.IPV6) return numbers + sumBytes(<usize>descriptor.packet + IPV6_SRC, 32)
  return numbers + bswap<u32>(descriptor.src) + bswap<u32>(descriptor.dst)
}
