/**
 * The short way for what most captures are made of: TCP and UDP over IPv4 without options or fragments, in untagged
 * Ethernet. It takes a packet only when nothing is wrong or unusual about it, and says of it what the long way says.
 *
 * A descriptor has its fields in the order of the headers, so one shuffle turns 16 bytes of network order into host
 * order; WebAssembly has no byte swap (22.9 -> 19.1 ns/packet, 2,000 packets in cache, one shard, Node 20.20).
 *
 *   IPv4, TCP   | src dst | ports seq | ack doff flags window |
 *   Descriptor  | src dst | ports seq | ack window flags doff |
 */
import { isLocalIpv4 } from '../box-address'
import { hashIpv4 } from '../flow-hash'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { CaptureInterface, Direction, Record } from '../layout/record'
import { replay, ReplayFlag } from '../layout/replay'
import { interfaceOf, ownMac } from './capture-interface'
import { plainHeaderIsIntact } from './checksum'
import { directionOf, ETHERNET_HEADER, MAC_MASK } from './ethernet'
import { IPV4_FRAGMENT, IPV4_HEADER, IPV4_LENGTH, IPV4_PROTOCOL, IPV4_SRC, IPV4_TOS, IPV4_TTL } from './ipv4'
import { LinkType } from './link'
import { checkTcp } from './tcp'
import { checkUdp, UDP_HEADER } from './udp'

const ETHERTYPE: usize = 12
/** EtherType IPv4, version 4, header of 20 bytes, as they lie in memory; TOS is masked out. */
const TYPE_AND_VERSION: u32 = 0x00450008
const TYPE_AND_VERSION_MASK: u32 = 0x00ffffff
/** More fragments, and the fragment offset, as they lie in memory. */
const IS_FRAGMENT: u16 = 0xff3f
const DONT_FRAGMENT: u16 = 0x0040

/** False when the packet needs the long way; the descriptor is then as it was. `number` is the record's. */
@inline
export function describePlain(descriptor: Descriptor, record: Record, number: u32): bool {
  const frame: usize = record.bytes
  const captured = record.captured
  const captureInterface = interfaceOf(record)
  const at: usize = frame + ETHERNET_HEADER
  if (
    captured < ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER ||
    captureInterface.linkType != LinkType.ETHERNET ||
    (load<u32>(frame, ETHERTYPE) & TYPE_AND_VERSION_MASK) != TYPE_AND_VERSION
  ) {
    return false
  }
  const fragment = load<u16>(at, IPV4_FRAGMENT)
  if ((fragment & IS_FRAGMENT) != 0 || !plainHeaderIsIntact(at)) return false
  const length = <u32>bswap<u16>(load<u16>(at, IPV4_LENGTH))
  if (length < IPV4_HEADER || length + ETHERNET_HEADER > record.original) return false

  const protocol = load<u8>(at, IPV4_PROTOCOL)
  const transport = at + IPV4_HEADER
  const left = captured - ETHERNET_HEADER - IPV4_HEADER
  let endpoints = endpointsAndSeq(at)
  let tcp: u64 = 0
  if (protocol == Protocol.TCP) {
    if (!checkTcp(transport, left, length - IPV4_HEADER)) return false
    tcp = ackAndWindow(transport)
  } else if (protocol == Protocol.UDP) {
    if (!checkUdp(transport, left, length - IPV4_HEADER)) return false
    endpoints = i32x4.replace_lane(endpoints, 3, 0)
  } else {
    return false
  }

  const addresses = <u64>i64x2.extract_lane(endpoints, 0)
  const ports = i32x4.extract_lane(endpoints, 2)
  const local = isLocalIpv4(<u32>addresses)
  if (!hasPlainOrigin(record, captureInterface, frame, local)) return false

  let flags: u32 = local ? ownFlags() : 0
  if ((fragment & DONT_FRAGMENT) != 0) flags |= DescriptorFlag.DONT_FRAGMENT
  if (captured < length + ETHERNET_HEADER) flags |= DescriptorFlag.CUT
  const hash = hashIpv4(<u32>addresses, <u32>(addresses >> 32), ports & 0xffff, <u32>ports >> 16, protocol)
  const ip: u64 = IPV4_HEADER | (<u32>protocol << 16) | (<u32>load<u8>(at, IPV4_TOS) << 24)
  const link: u64 = local ? 0 : ETHERNET_HEADER << 16
  const boxInterface: u64 = local ? 0 : captureInterface.boxInterface
  const there: u64 = min(captured - ETHERNET_HEADER, length)
  const to = changetype<usize>(descriptor)
  store<u64>(to, at | (<u64>number << 32), offsetof<Descriptor>('packet'))
  store<u64>(to, record.atNs, offsetof<Descriptor>('atNs'))
  store<u64>(to, hash | (<u64>length << 32), offsetof<Descriptor>('hash'))
  v128.store(to, endpoints, offsetof<Descriptor>('src'))
  store<u64>(to, tcp, offsetof<Descriptor>('ack'))
  store<u64>(to, ip | (boxInterface << 32) | (<u64>flags << 48), offsetof<Descriptor>('transport'))
  store<u64>(to, load<u8>(at, IPV4_TTL) | link | (there << 32), offsetof<Descriptor>('ttl'))
  return true
}

/** As index-block.ts says of a packet with one of the box's addresses. */
@inline
function ownFlags(): u32 {
  const both = ReplayFlag.TAP | ReplayFlag.NAT_IPV4
  return (replay().flags & both) == both ? DescriptorFlag.FROM_BOX : DescriptorFlag.OUTPUT
}

/** True when the link agrees with what the source address says: from the box, or received by it. */
@inline
function hasPlainOrigin(record: Record, captureInterface: CaptureInterface, frame: usize, local: bool): bool {
  const settings = replay().flags
  const own = captureInterface.mac == 0 ? 0 : ownMac(captureInterface)
  if ((settings & ReplayFlag.TAP) != 0) {
    const direction = directionOf(record.direction, frame, own)
    if (local ? direction == Direction.IN : direction == Direction.OUT) return false
  }
  if (local) return true
  const dst = load<u64>(frame) & MAC_MASK
  return (settings & ReplayFlag.CHECKSUM) == 0 && (dst & 1) == 0 && (own == 0 || dst == own)
}

/** Addresses, ports and TCP sequence number, in host order. */
@inline
function endpointsAndSeq(at: usize): v128 {
  const headers = v128.load(at, IPV4_SRC)
  return i8x16.shuffle(headers, headers, 3, 2, 1, 0, 7, 6, 5, 4, 9, 8, 11, 10, 15, 14, 13, 12)
}

/** Acknowledgement, window, flags and header length. Requires checkTcp(). */
@inline
function ackAndWindow(transport: usize): u64 {
  const header = v128.load(transport)
  const swapped = i8x16.shuffle(header, header, 11, 10, 9, 8, 15, 14, 13, 12, 0, 0, 0, 0, 0, 0, 0, 0)
  const words = <u64>i64x2.extract_lane(swapped, 0)
  // The data offset counts 32-bit words in the upper four bits.
  return (words & 0x00ffffffffffffff) | (((words >> 58) & 0x3c) << 56)
}
