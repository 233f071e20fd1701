/**
 * The short way for what most captures are made of: TCP and UDP over IPv4 without options or fragments, in untagged
 * Ethernet. It takes a packet only when nothing is wrong or unusual about it, and says of it what the long way says.
 */
import { isLocalIpv4 } from '../box-address'
import { hashIpv4 } from '../flow-hash'
import { Descriptor, DescriptorFlag, PacketType } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { Direction, Record } from '../layout/record'
import { replay, ReplayFlag } from '../layout/replay'
import { interfaceOf, ownMac } from './capture-interface'
import { plainHeaderIsIntact } from './checksum'
import { ETHERNET_HEADER, MAC_MASK } from './ethernet'
import { TYPE_IPV4 } from './ethertype'
import { IPV4_DST, IPV4_FRAGMENT, IPV4_HEADER, IPV4_LENGTH, IPV4_PROTOCOL, IPV4_SRC, IPV4_TOS, IPV4_TTL } from './ipv4'
import { LinkType } from './link'
import { checkTcp, describeTcp, TCP_HEADER } from './tcp'
import { checkUdp, UDP_HEADER } from './udp'

const ETHERTYPE: usize = 12
const VERSION_4_NO_OPTIONS: u8 = 0x45
/** More fragments, and the fragment offset, as they lie in memory. */
const IS_FRAGMENT: u16 = 0xff3f
const DONT_FRAGMENT: u16 = 0x0040

/** False, with the descriptor as it was, when the packet needs the long way. Leaves `record` to the caller. */
@inline
export function describePlain(descriptor: Descriptor, record: Record): bool {
  const frame: usize = record.bytes
  const captured = record.captured
  const captureInterface = interfaceOf(record)
  if (captured < ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER || captureInterface.linkType != LinkType.ETHERNET) return false
  const at: usize = frame + ETHERNET_HEADER
  if (load<u16>(frame, ETHERTYPE) != TYPE_IPV4 || load<u8>(at) != VERSION_4_NO_OPTIONS) return false
  const fragment = load<u16>(at, IPV4_FRAGMENT)
  if ((fragment & IS_FRAGMENT) != 0 || !plainHeaderIsIntact(at)) return false
  const length = <u32>bswap<u16>(load<u16>(at, IPV4_LENGTH))
  if (length < IPV4_HEADER || length + ETHERNET_HEADER > record.original) return false

  // Origin: whatever a direction or a MAC address may say against it takes the long way.
  const settings = replay().flags
  if ((settings & ReplayFlag.CHECKSUM) != 0) return false
  const src = bswap<u32>(load<u32>(at, IPV4_SRC))
  const local = isLocalIpv4(src)
  if ((settings & ReplayFlag.TAP) != 0 && (local || record.direction != Direction.IN)) return false
  const dstMac = load<u64>(frame) & MAC_MASK
  const own = ownMac(captureInterface)
  if ((dstMac & 1) != 0 || (own != 0 && own != dstMac && !local)) return false

  const transport = at + IPV4_HEADER
  const protocol = load<u8>(at, IPV4_PROTOCOL)
  const left = captured - ETHERNET_HEADER - IPV4_HEADER
  if (protocol == Protocol.TCP) {
    if (!checkTcp(transport, left, length - IPV4_HEADER)) return false
    describeTcp(descriptor, transport)
  } else if (protocol == Protocol.UDP) {
    if (!checkUdp(transport, left, length - IPV4_HEADER)) return false
    descriptor.seq = 0
    descriptor.ack = 0
    descriptor.window = 0
    descriptor.tcpFlags = 0
    descriptor.tcpHeader = 0
  } else {
    return false
  }

  let flags: u16 = local ? DescriptorFlag.OUTPUT : 0
  if ((fragment & DONT_FRAGMENT) != 0) flags |= DescriptorFlag.DONT_FRAGMENT
  if (captured < length + ETHERNET_HEADER) flags |= DescriptorFlag.CUT
  const dst = bswap<u32>(load<u32>(at, IPV4_DST))
  const srcPort = bswap<u16>(load<u16>(transport))
  const dstPort = bswap<u16>(load<u16>(transport, 2))
  descriptor.packet = <u32>at
  descriptor.atNs = record.atNs
  descriptor.hash = hashIpv4(src, dst, srcPort, dstPort, protocol)
  descriptor.length = length
  descriptor.src = src
  descriptor.dst = dst
  descriptor.srcPort = srcPort
  descriptor.dstPort = dstPort
  descriptor.transport = <u16>IPV4_HEADER
  descriptor.protocol = protocol
  descriptor.tos = load<u8>(at, IPV4_TOS)
  descriptor.boxInterface = local ? 0 : <u16>captureInterface.boxInterface
  descriptor.flags = flags
  descriptor.ttl = load<u8>(at, IPV4_TTL)
  descriptor.packetType = PacketType.HOST
  descriptor.linkHeader = local ? 0 : <u16>ETHERNET_HEADER
  descriptor.captured = min(captured - ETHERNET_HEADER, length)
  return true
}
