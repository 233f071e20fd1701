/**
 * The IP packet of a frame as the box would have got it: without Ethernet padding, and where a snap length cut the
 * capture, filled up with zeros to its own length, with a transport checksum that fits.
 */
import type { Family } from '../ruleset/ruleset.js'
import type { Frame } from './frame.js'
import { fold, sumWords } from './internet-checksum.js'

const TCP = 6
const UDP = 17
const ICMP = 1
const ICMPV6 = 58
const FRAGMENT = 44
const AUTHENTICATION = 51
/** Hop-by-hop, routing, authentication, destination options. Kernel: ipv6_skip_exthdr(). */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, AUTHENTICATION, 60])
/** Where the checksum stands in the transport header. */
const CHECKSUM_AT = new Map([
  [TCP, 16],
  [UDP, 6],
  [ICMP, 2],
  [ICMPV6, 2],
])

/** The packet in `captured`; `original` is how long the frame was on the wire. */
export function wholePacket(frame: Frame, captured: Buffer, original: number): Buffer {
  const packet = captured.subarray(frame.at)
  const length = frame.family === 4 ? packet.readUInt16BE(2) : 40 + packet.readUInt16BE(4)
  if (packet.length >= length) return Buffer.from(length === 0 ? packet : packet.subarray(0, length))
  const whole = Buffer.alloc(Math.min(length, Math.max(packet.length, original - frame.at)))
  packet.copy(whole)
  if (whole.length > packet.length) fitChecksum(whole, frame.family)
  return whole
}

/** True when the lengths in the IP header fit the packet. */
export function isWellFormed(packet: Buffer, family: Family): boolean {
  if (packet[0] >> 4 !== family) return false
  if (family === 6) return packet.length >= 40 && packet.readUInt16BE(4) + 40 <= packet.length
  const header = (packet[0] & 15) * 4
  const length = packet.readUInt16BE(2)
  return header >= 20 && length >= header && length <= packet.length
}

/** True for a fragment: it waits for the others wherever connections are tracked. */
export function isFragment(packet: Buffer, family: Family): boolean {
  if (family === 4) return packet.length >= 8 && (packet.readUInt16BE(6) & 0x3fff) !== 0
  return transportOf(packet, family).protocol === FRAGMENT
}

/** The header behind the extension headers of IPv6, of which that of a fragment is none here. */
function transportOf(packet: Buffer, family: Family): { readonly protocol: number; readonly at: number } {
  if (family === 4) return { protocol: packet[9], at: (packet[0] & 15) * 4 }
  let protocol = packet[6]
  let at = 40
  while (EXTENSIONS.has(protocol) && at + 2 <= packet.length) {
    const bytes = protocol === AUTHENTICATION ? 4 * (packet[at + 1] + 2) : 8 * (packet[at + 1] + 1)
    protocol = packet[at]
    at += bytes
  }
  return { protocol, at }
}

/**
 * Makes a TCP or UDP checksum right: where checksums are not verified, a replay takes them for right (captures hold
 * some that the network card had still to fill in), while REJECT in the kernel looks at them in any case.
 */
export function assumeChecksum(packet: Buffer, family: Family): void {
  const { protocol } = transportOf(packet, family)
  if ((protocol === TCP || protocol === UDP) && isWellFormed(packet, family)) fitChecksum(packet, family)
}

/** The kernel writes the header checksum of what a raw socket sends. */
export function fitHeaderChecksum(packet: Buffer): void {
  const header = packet.subarray(0, (packet[0] & 15) * 4)
  header.writeUInt16BE(0, 10)
  header.writeUInt16BE(~fold(sumWords(header, 0)) & 0xffff, 10)
}

/** Writes the right transport checksum into a whole packet; leaves a UDP checksum that is not used. */
function fitChecksum(packet: Buffer, family: Family): void {
  const { protocol, at: transport } = transportOf(packet, family)
  const at = CHECKSUM_AT.get(protocol)
  if (at === undefined || isFragment(packet, family) || transport + at + 2 > packet.length) return
  if (protocol === UDP && family === 4 && packet.readUInt16BE(transport + at) === 0) return
  packet.writeUInt16BE(0, transport + at)
  const addresses = family === 4 ? packet.subarray(12, 20) : packet.subarray(8, 40)
  const pseudo = protocol === ICMP ? 0 : sumWords(addresses, 0) + protocol + (packet.length - transport)
  const checksum = ~fold(sumWords(packet.subarray(transport), pseudo)) & 0xffff
  packet.writeUInt16BE(protocol === UDP && checksum === 0 ? 0xffff : checksum, transport + at)
}
