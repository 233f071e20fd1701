/**
 * Frames of made captures: Ethernet, IPv4 or IPv6, TCP, UDP or ICMP echo, with zeros for data and right header
 * checksums. Only the first bytes are kept, as a snap length does.
 */

/** Bytes of a frame that a capture keeps. */
export const SNAP_BYTES = 96

/** One packet; addresses are the last 32 bits, behind the documentation prefix in IPv6. */
export interface Packet {
  readonly ipv6: boolean
  readonly src: number
  readonly dst: number
  readonly protocol: 'tcp' | 'udp' | 'echo-request' | 'echo-reply'
  /** Of ICMP: the id. */
  readonly srcPort: number
  readonly dstPort: number
  readonly dataBytes: number
  readonly tcp?: { readonly seq: number; readonly ack: number; readonly flags: number }
}

const ETHERNET = 14
const IPV4 = 20
const IPV6 = 40
const PREFIX = 0x20010db8
const TRANSPORT_BYTES = { tcp: 20, udp: 8, 'echo-request': 8, 'echo-reply': 8 } as const

/** Writes the frame's first bytes at `at`, which has room for SNAP_BYTES. Returns its whole length. */
export function writeFrame(into: Buffer, at: number, packet: Packet): number {
  const { ipv6, protocol, dataBytes } = packet
  into.fill(0, at, at + SNAP_BYTES)
  into.writeUInt16BE(ipv6 ? 0x86dd : 0x0800, at + 12)
  const transportBytes = TRANSPORT_BYTES[protocol] + dataBytes
  const ip = at + ETHERNET
  if (ipv6) writeIpv6(into, ip, packet, transportBytes)
  else writeIpv4(into, ip, packet, transportBytes)
  writeTransport(into, ip + (ipv6 ? IPV6 : IPV4), packet)
  return ETHERNET + (ipv6 ? IPV6 : IPV4) + transportBytes
}

function writeIpv4(into: Buffer, at: number, packet: Packet, transportBytes: number): void {
  into.writeUInt16BE(0x4500, at)
  into.writeUInt16BE(IPV4 + transportBytes, at + 2)
  into.writeUInt8(64, at + 8)
  into.writeUInt8(protocolNumber(packet), at + 9)
  into.writeUInt32BE(packet.src, at + 12)
  into.writeUInt32BE(packet.dst, at + 16)
  let sum = 0
  for (let offset = 0; offset < IPV4; offset += 2) sum += into.readUInt16BE(at + offset)
  sum = (sum & 0xffff) + (sum >>> 16)
  into.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, at + 10)
}

function writeIpv6(into: Buffer, at: number, packet: Packet, transportBytes: number): void {
  into.writeUInt8(0x60, at)
  into.writeUInt16BE(transportBytes, at + 4)
  into.writeUInt8(protocolNumber(packet), at + 6)
  into.writeUInt8(64, at + 7)
  into.writeUInt32BE(PREFIX, at + 8)
  into.writeUInt32BE(packet.src, at + 20)
  into.writeUInt32BE(PREFIX, at + 24)
  into.writeUInt32BE(packet.dst, at + 36)
}

function writeTransport(into: Buffer, at: number, { ipv6, protocol, srcPort, dstPort, dataBytes, tcp }: Packet): void {
  if (protocol === 'echo-request' || protocol === 'echo-reply') {
    const request = protocol === 'echo-request'
    into.writeUInt8(ipv6 ? (request ? 128 : 129) : request ? 8 : 0, at)
    into.writeUInt16BE(srcPort, at + 4)
    return
  }
  into.writeUInt16BE(srcPort, at)
  into.writeUInt16BE(dstPort, at + 2)
  if (tcp === undefined) {
    into.writeUInt16BE(TRANSPORT_BYTES.udp + dataBytes, at + 4)
    return
  }
  into.writeUInt32BE(tcp.seq, at + 4)
  into.writeUInt32BE(tcp.ack, at + 8)
  into.writeUInt16BE(0x5000 | tcp.flags, at + 12)
  into.writeUInt16BE(65_535, at + 14)
}

function protocolNumber({ ipv6, protocol }: Packet): number {
  return protocol === 'tcp' ? 6 : protocol === 'udp' ? 17 : ipv6 ? 58 : 1
}
