/**
 * Packets without the fields that a kernel draws at random, to be compared with others of their kind.
 */
import { sctpChecksum } from './crc32c.js'
import { fold, sumWords } from './internet-checksum.js'

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMPV6 = 58
const SCTP = 132
const UDPLITE = 136
const FRAGMENT = 44
const AUTHENTICATION = 51
/** Headers of IPv6 that stand in front of the transport header, but for the fragment header. Kernel: ipv6_ext_hdr(). */
const EXTENSIONS = new Set([0, 43, AUTHENTICATION, 60])
const IPV4_HEADER = 20
const IPV6_HEADER = 40
const DONT_FRAGMENT = 0x4000
const FRAGMENT_OFFSET = 0x1fff
/** Behind the header of an ICMP error: the packet that it is about. */
const QUOTED = 8
const CHECKSUM_AT = new Map([
  [ICMP, 2],
  [ICMPV6, 2],
  [TCP, 16],
  [UDP, 6],
  [UDPLITE, 6],
])
const SCTP_CHECKSUM = 8
const ICMP_QUERIES = new Set([0, 8, 13, 14, 15, 16, 17, 18])
const ICMPV6_ECHO = new Set([128, 129])

/**
 * Both packets without an identity that the kernel's has and the replay's has not: an IPv4 id, an IPv6 flow label; and
 * without the identification of an IPv6 fragment.
 */
export function withoutIdentity(kernel: Buffer, replay: Buffer): [Buffer, Buffer] {
  const [ours, theirs] = [Buffer.from(kernel), Buffer.from(replay)]
  if (ours[0] >> 4 !== theirs[0] >> 4) return [ours, theirs]
  if (ours[0] >> 4 === 4) {
    const [field, id] = [theirs.readUInt16BE(6), theirs.readUInt16BE(4)]
    if (id !== 0 || (field & DONT_FRAGMENT) !== 0) return [ours, theirs]
    for (const packet of [ours, theirs]) blankIpv4Id(packet)
    return [ours, theirs]
  }
  if ((theirs.readUInt32BE(0) & 0xfffff) === 0 && isIcmpv6Error(theirs)) {
    ours.writeUInt32BE((ours.readUInt32BE(0) & 0xfff00000) >>> 0, 0)
  }
  for (const packet of [ours, theirs]) {
    const at = fragmentHeaderOf(packet)
    if (at !== null) packet.writeUInt32BE(0, at + 4)
  }
  return [ours, theirs]
}

/** Without ports and ICMP ids, also in a packet that an ICMP error quotes; the checksum becomes what it is wrong by. */
export function withoutPorts(packet: Buffer, length: number): Buffer {
  const copy = Buffer.from(packet)
  const header = headersOf(copy)
  if (header === null || header.later) return copy
  const { transport, protocol } = header
  const checksumAt = CHECKSUM_AT.get(protocol)
  const checksum = checksumAt === undefined ? -1 : transport + checksumAt
  const hasChecksum = checksum >= 0 && checksum + 2 <= copy.length
  const unused = hasChecksum && protocol === UDP && copy.readUInt16BE(checksum) === 0
  const whole = copy.length === length && !header.first
  const error = whole && hasChecksum ? errorOf(copy, transport, protocol) : 0
  if (protocol === SCTP && !header.first) blankSctpChecksum(copy, transport)
  blankPorts(copy, transport, protocol)
  if (isError(copy, transport, protocol)) blankQuoted(copy, transport + QUOTED)
  if (hasChecksum && !unused) copy.writeUInt16BE(error, checksum)
  return copy
}

/** A right one says nothing that the ports do not. */
function blankSctpChecksum(packet: Buffer, transport: number): void {
  const segment = packet.subarray(transport)
  if (segment.length < SCTP_CHECKSUM + 4) return
  if (segment.readUInt32LE(SCTP_CHECKSUM) === sctpChecksum(segment)) segment.writeUInt32LE(0, SCTP_CHECKSUM)
}

/** The checksum of a right header goes with the id; a wrong one stays wrong by as much. */
function blankIpv4Id(packet: Buffer): void {
  const error = fold(sumWords(packet.subarray(0, (packet[0] & 15) * 4), 0))
  packet.writeUInt16BE(0, 4)
  packet.writeUInt16BE(error, 10)
}

interface Headers {
  readonly transport: number
  readonly protocol: number
  /** The first of several fragments, or a later one. */
  readonly first: boolean
  readonly later: boolean
}

function headersOf(packet: Buffer): Headers | null {
  if (packet.length < IPV4_HEADER) return null
  if (packet[0] >> 4 === 4) {
    const field = packet.readUInt16BE(6)
    const later = (field & FRAGMENT_OFFSET) !== 0
    return { transport: (packet[0] & 15) * 4, protocol: packet[9], first: !later && (field & 0x2000) !== 0, later }
  }
  if (packet.length < IPV6_HEADER) return null
  const fragment = fragmentHeaderOf(packet)
  if (fragment === null) {
    const { transport, protocol } = behindExtensions(packet)
    return { transport, protocol, first: false, later: false }
  }
  const later = (packet.readUInt16BE(fragment + 2) & 0xfff8) !== 0
  return { transport: fragment + 8, protocol: packet[fragment], first: !later, later }
}

function behindExtensions(packet: Buffer): { transport: number; protocol: number } {
  let transport = IPV6_HEADER
  let protocol = packet[6]
  while (EXTENSIONS.has(protocol) && transport + 8 <= packet.length) {
    const words = packet[transport + 1]
    const bytes = protocol === AUTHENTICATION ? 4 * (words + 2) : 8 * (words + 1)
    protocol = packet[transport]
    transport += bytes
  }
  return { transport, protocol }
}

/** Offset of the fragment header; null when there is none. */
function fragmentHeaderOf(packet: Buffer): number | null {
  if (packet.length < IPV6_HEADER) return null
  const { transport, protocol } = behindExtensions(packet)
  return protocol === FRAGMENT && transport + 8 <= packet.length ? transport : null
}

function isIcmpv6Error(packet: Buffer): boolean {
  const headers = headersOf(packet)
  return headers?.protocol === ICMPV6 && headers.transport < packet.length && packet[headers.transport] < 128
}

function isError(packet: Buffer, transport: number, protocol: number): boolean {
  if (transport + QUOTED > packet.length) return false
  return protocol === ICMP ? !ICMP_QUERIES.has(packet[transport]) : protocol === ICMPV6 && packet[transport] < 128
}

/** What the transport checksum is wrong by: 0 when it is right. */
function errorOf(packet: Buffer, transport: number, protocol: number): number {
  const addresses = packet[0] >> 4 === 4 ? packet.subarray(12, 20) : packet.subarray(8, 40)
  const pseudo = protocol === ICMP ? 0 : sumWords(addresses, 0) + protocol + (packet.length - transport)
  return ~fold(sumWords(packet.subarray(transport), pseudo)) & 0xffff
}

function blankPorts(packet: Buffer, transport: number, protocol: number): void {
  const end = Math.min(packet.length, transport + 8)
  if (protocol === TCP || protocol === UDP || protocol === UDPLITE || protocol === SCTP || protocol === 33) {
    packet.fill(0, transport, Math.min(end, transport + 4))
  } else if (
    (protocol === ICMP && ICMP_QUERIES.has(packet[transport])) ||
    (protocol === ICMPV6 && ICMPV6_ECHO.has(packet[transport]))
  ) {
    packet.fill(0, Math.min(end, transport + 4), Math.min(end, transport + 6))
  }
}

/** A quoted packet is cut: its checksum cannot be told right from wrong. */
function blankQuoted(packet: Buffer, at: number): void {
  const quoted = packet.subarray(at)
  const headers = headersOf(quoted)
  if (headers === null || headers.later) return
  const { transport, protocol } = headers
  blankPorts(quoted, transport, protocol)
  const checksumAt = protocol === SCTP ? SCTP_CHECKSUM : CHECKSUM_AT.get(protocol)
  if (checksumAt === undefined) return
  const bytes = protocol === SCTP ? 4 : 2
  quoted.fill(
    0,
    Math.min(quoted.length, transport + checksumAt),
    Math.min(quoted.length, transport + checksumAt + bytes),
  )
}
