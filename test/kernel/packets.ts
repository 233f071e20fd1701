/**
 * Builds IP packets for tests, with right lengths and checksums: endpoints are written as people write them,
 * `10.0.0.9:4000 > 10.0.0.1:22` or `[2001:db8::9]:4000 > [2001:db8::1]:22`, and the family follows from them.
 */

export interface IpOptions {
  readonly ttl?: number
  /** TOS byte or traffic class. */
  readonly tos?: number
  readonly id?: number
  readonly dontFragment?: boolean
  /** IPv4 options, a multiple of four bytes. */
  readonly options?: Buffer
  /** IPv6 extension headers in front of the transport header. */
  readonly extensions?: readonly ('hop-by-hop' | 'destination' | 'routing' | ExtensionHeader)[]
}

export interface ExtensionHeader {
  readonly number: number
  /** The whole header; its first byte, the number of the next header, is written over. */
  readonly bytes: Buffer
}

export interface TcpOptions extends IpOptions {
  readonly seq?: number
  readonly ack?: number
  readonly window?: number
  /** Bytes of data, or the data itself, a character a byte. */
  readonly data?: number | string
  /** TCP options; padded to a multiple of four bytes. */
  readonly tcpOptions?: Buffer
  /** Makes the checksum wrong. */
  readonly badChecksum?: boolean
}

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMPV6 = 58
/** Padding options, or a routing header of type 0 with no segments left. */
const NAMED_HEADERS = {
  'hop-by-hop': { number: 0, bytes: Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]) },
  destination: { number: 60, bytes: Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]) },
  routing: { number: 43, bytes: Buffer.alloc(8) },
}
const TCP_FLAGS = 'FSRPAUEC'

interface Ends {
  readonly src: Buffer
  readonly dst: Buffer
  readonly srcPort: number
  readonly dstPort: number
}

/** A TCP segment; `flags` are letters of FSRPAUEC, `''` for none. */
export function tcp(ends: string, flags: string, options: TcpOptions = {}): Buffer {
  const { src, dst, srcPort, dstPort } = readEnds(ends)
  const extra = options.tcpOptions ?? Buffer.alloc(0)
  const header = 20 + ((extra.length + 3) & ~3)
  const data = dataBytes(options.data ?? 0, 'd')
  const segment = Buffer.alloc(header + data.length, 0)
  segment.writeUInt16BE(srcPort, 0)
  segment.writeUInt16BE(dstPort, 2)
  segment.writeUInt32BE((options.seq ?? 0) >>> 0, 4)
  segment.writeUInt32BE((options.ack ?? 0) >>> 0, 8)
  segment[12] = (header / 4) << 4
  segment[13] = [...flags].reduce((bits, flag) => bits | (1 << TCP_FLAGS.indexOf(flag)), 0)
  segment.writeUInt16BE(options.window ?? 65_535, 14)
  extra.copy(segment, 20)
  data.copy(segment, header)
  writeChecksum(segment, 16, src, dst, TCP)
  if (options.badChecksum === true) segment[16] ^= 0xff
  return ip(src, dst, TCP, segment, options)
}

/** A UDP datagram with `data` bytes, or the bytes of a text. */
export function udp(
  ends: string,
  data: number | string,
  options: IpOptions & { readonly badChecksum?: boolean } = {},
): Buffer {
  const { src, dst, srcPort, dstPort } = readEnds(ends)
  const datagram = Buffer.concat([Buffer.alloc(8), dataBytes(data, 'u')])
  datagram.writeUInt16BE(srcPort, 0)
  datagram.writeUInt16BE(dstPort, 2)
  datagram.writeUInt16BE(datagram.length, 4)
  writeChecksum(datagram, 6, src, dst, UDP)
  if (options.badChecksum === true) datagram[6] ^= 0xff
  return ip(src, dst, UDP, datagram, options)
}

function dataBytes(data: number | string, fill: string): Buffer {
  return typeof data === 'number' ? Buffer.alloc(data, fill) : Buffer.from(data, 'latin1')
}

/** An ICMP or ICMPv6 message with `rest` behind type, code and checksum (four bytes at least). */
export function icmp(ends: string, type: number, code: number, rest: Buffer, options: IpOptions = {}): Buffer {
  const { src, dst } = readEnds(ends)
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), rest])
  const six = src.length === 16
  if (six) writeChecksum(message, 2, src, dst, ICMPV6)
  else message.writeUInt16BE(checksum(message, 0), 2)
  return ip(src, dst, six ? ICMPV6 : ICMP, message, options)
}

/** An echo request or reply. */
export function echo(
  ends: string,
  way: 'request' | 'reply',
  id: number,
  sequence: number,
  options: IpOptions = {},
): Buffer {
  const rest = Buffer.alloc(4 + 32, 'e')
  rest.writeUInt16BE(id, 0)
  rest.writeUInt16BE(sequence, 2)
  const six = readEnds(ends).src.length === 16
  const type = way === 'request' ? (six ? 128 : 8) : six ? 129 : 0
  return icmp(ends, type, 0, rest, options)
}

/** An ICMP error that quotes the first bytes of `packet`. `word` is the four bytes in front of the quotation. */
export function icmpError(ends: string, type: number, code: number, packet: Buffer, quoted = 28, word = 0): Buffer {
  const rest = Buffer.alloc(4)
  rest.writeUInt32BE(word)
  const most = packet.subarray(0, Math.min(packet.length, packet[0] >> 4 === 6 ? 1200 : quoted))
  return icmp(ends, type, code, Buffer.concat([rest, most]))
}

/** Any other protocol. */
export function other(ends: string, protocol: number, payload: Buffer, options: IpOptions = {}): Buffer {
  const { src, dst } = readEnds(ends)
  return ip(src, dst, protocol, payload, options)
}

/** `packet` cut into fragments whose payload has `size` bytes (a multiple of eight), in order. */
export function fragmentsOf(packet: Buffer, size: number, id = 0x1234): Buffer[] {
  return packet[0] >> 4 === 4 ? fragments4(packet, size, id) : fragments6(packet, size, id)
}

/** An Ethernet frame; with `vlan`, an 802.1Q one. */
export function ethernet(packet: Buffer, macs: { readonly to: string; readonly from: string }, vlan?: number): Buffer {
  const type = packet[0] >> 4 === 6 ? 0x86dd : 0x0800
  const words = vlan === undefined ? [type] : [0x8100, vlan, type]
  const types = Buffer.alloc(2 * words.length)
  words.forEach((word, index) => types.writeUInt16BE(word, 2 * index))
  const mac = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex')
  return Buffer.concat([mac(macs.to), mac(macs.from), types, packet])
}

/** TCP options in order: `mss`, `wscale`, `sackok`, `timestamp`, `sack` with its blocks. */
export function tcpOptions(
  options: readonly (
    | { readonly mss: number }
    | { readonly wscale: number }
    | { readonly sack: readonly (readonly [number, number])[] }
    | 'sackok'
    | 'nop'
  )[],
): Buffer {
  const bytes = options.flatMap((option): number[] => {
    if (option === 'nop') return [1]
    if (option === 'sackok') return [4, 2]
    if ('mss' in option) return [2, 4, option.mss >> 8, option.mss & 255]
    if ('wscale' in option) return [3, 3, option.wscale]
    const words = option.sack.flat().flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255))
    return [5, 2 + words.length, ...words]
  })
  while (bytes.length % 4 !== 0) bytes.push(1)
  return Buffer.from(bytes)
}

/** An IP packet of either family around `payload`. */
export function ip(src: Buffer, dst: Buffer, protocol: number, payload: Buffer, options: IpOptions): Buffer {
  return src.length === 4 ? ip4(src, dst, protocol, payload, options) : ip6(src, dst, protocol, payload, options)
}

function ip4(src: Buffer, dst: Buffer, protocol: number, payload: Buffer, options: IpOptions): Buffer {
  const extra = options.options ?? Buffer.alloc(0)
  const header = Buffer.alloc(20 + extra.length)
  header[0] = 0x40 | (header.length / 4)
  header[1] = options.tos ?? 0
  header.writeUInt16BE(header.length + payload.length, 2)
  header.writeUInt16BE(options.id ?? 0x77, 4)
  header.writeUInt16BE(options.dontFragment === true ? 0x4000 : 0, 6)
  header[8] = options.ttl ?? 64
  header[9] = protocol
  src.copy(header, 12)
  dst.copy(header, 16)
  extra.copy(header, 20)
  header.writeUInt16BE(checksum(header, 0), 10)
  return Buffer.concat([header, payload])
}

function ip6(src: Buffer, dst: Buffer, protocol: number, payload: Buffer, options: IpOptions): Buffer {
  const chain = (options.extensions ?? []).map((each) => (typeof each === 'string' ? NAMED_HEADERS[each] : each))
  const extensions = chain.map(({ bytes }, index) => {
    const header = Buffer.from(bytes)
    header[0] = chain[index + 1]?.number ?? protocol
    return header
  })
  const body = Buffer.concat([...extensions, payload])
  const header = Buffer.alloc(40)
  header.writeUInt32BE((0x60000000 | ((options.tos ?? 0) << 20)) >>> 0, 0)
  header.writeUInt16BE(body.length, 4)
  header[6] = chain[0]?.number ?? protocol
  header[7] = options.ttl ?? 64
  src.copy(header, 8)
  dst.copy(header, 24)
  return Buffer.concat([header, body])
}

function fragments4(packet: Buffer, size: number, id: number): Buffer[] {
  const headerLength = (packet[0] & 15) * 4
  const payload = packet.subarray(headerLength)
  const fragments: Buffer[] = []
  for (let at = 0; at < payload.length; at += size) {
    const part = payload.subarray(at, at + size)
    const header = Buffer.from(packet.subarray(0, headerLength))
    header.writeUInt16BE(headerLength + part.length, 2)
    header.writeUInt16BE(id, 4)
    header.writeUInt16BE((at + size < payload.length ? 0x2000 : 0) | (at / 8), 6)
    header.writeUInt16BE(0, 10)
    header.writeUInt16BE(checksum(header, 0), 10)
    fragments.push(Buffer.concat([header, part]))
  }
  return fragments
}

function fragments6(packet: Buffer, size: number, id: number): Buffer[] {
  const payload = packet.subarray(40)
  const fragments: Buffer[] = []
  for (let at = 0; at < payload.length; at += size) {
    const part = payload.subarray(at, at + size)
    const header = Buffer.from(packet.subarray(0, 40))
    const fragment = Buffer.alloc(8)
    fragment[0] = header[6]
    fragment.writeUInt16BE(at | (at + size < payload.length ? 1 : 0), 2)
    fragment.writeUInt32BE(id, 4)
    header[6] = 44
    header.writeUInt16BE(8 + part.length, 4)
    fragments.push(Buffer.concat([header, fragment, part]))
  }
  return fragments
}

export function readEnds(ends: string): Ends {
  const [left, right] = ends.split(' > ')
  const [src, srcPort] = readEnd(left)
  const [dst, dstPort] = readEnd(right)
  return { src, dst, srcPort, dstPort }
}

function readEnd(text: string): [Buffer, number] {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text)
  if (bracketed !== null) return [addressBytes(bracketed[1]), Number(bracketed[2] ?? 0)]
  if (text.split(':').length > 2) return [addressBytes(text), 0]
  const [address, port] = text.split(':')
  return [addressBytes(address), Number(port ?? 0)]
}

/** The 4 or 16 bytes of an address. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head, tail] = address.split('::')
  const words = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const before = words(head)
  const after = words(tail)
  const gap = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...gap, ...after].map((word) => word.padStart(4, '0')).join(''), 'hex')
}

function writeChecksum(bytes: Buffer, at: number, src: Buffer, dst: Buffer, protocol: number): void {
  bytes.writeUInt16BE(0, at)
  const value = checksum(bytes, wordSum(src) + wordSum(dst) + protocol + bytes.length)
  bytes.writeUInt16BE(protocol === UDP && value === 0 ? 0xffff : value, at)
}

function checksum(bytes: Buffer, start: number): number {
  let sum = start + wordSum(bytes)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

function wordSum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at] * 256 + (bytes[at + 1] ?? 0)
  return sum
}
