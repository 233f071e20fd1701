/**
 * Packets by hand, layer inside layer: each function puts its header in front of a payload, with right lengths and
 * checksums unless told otherwise.
 */
type Bytes = readonly number[]

export const OUR_MAC = [0x02, 0, 0, 0, 0, 1]
export const PEER_MAC = [0x02, 0, 0, 0, 0, 2]

export function be16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255]
}

export function be32(value: number): number[] {
  return [...be16(value >>> 16), ...be16(value)]
}

/** Four or sixteen bytes of an address; IPv6 as eight groups or with one `::`. */
export function address(text: string): number[] {
  if (!text.includes(':')) return text.split('.').map(Number)
  const [left, right] = text.split('::')
  const tail = right === undefined ? [] : groups(right)
  const head = groups(left)
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].flatMap((group) => be16(Number.parseInt(group, 16)))
}

function groups(part: string): string[] {
  return part === '' ? [] : part.split(':')
}

/** The bytes, `times` times over. */
export function repeat(times: number, ...bytes: number[]): number[] {
  return Array.from({ length: times }, () => bytes).flat()
}

/** The Internet checksum of the bytes: 0 when they hold a right one. */
export function checksum(bytes: Bytes): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) + (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum ^ 0xffff
}

export function ethernet(type: number, payload: Bytes, dst: Bytes = OUR_MAC, src: Bytes = PEER_MAC): number[] {
  return [...dst, ...src, ...be16(type), ...payload]
}

/** A tag in front of a payload whose EtherType is `type`; goes behind an EtherType 0x8100. */
export function vlanTag(id: number, type: number, payload: Bytes): number[] {
  return [...be16(id), ...be16(type), ...payload]
}

export interface Ipv4Fields {
  src?: string
  dst?: string
  protocol?: number
  tos?: number
  id?: number
  /** The whole fragment field: 0x4000 DF, 0x2000 MF, offset in units of 8. */
  fragment?: number
  ttl?: number
  options?: Bytes
  length?: number
  checksum?: number
  version?: number
  headerWords?: number
}

export function ipv4(payload: Bytes, fields: Ipv4Fields = {}): number[] {
  const options = fields.options ?? []
  const words = fields.headerWords ?? 5 + options.length / 4
  const header = [
    ((fields.version ?? 4) << 4) | words,
    fields.tos ?? 0,
    ...be16(fields.length ?? 20 + options.length + payload.length),
    ...be16(fields.id ?? 1),
    ...be16(fields.fragment ?? 0),
    fields.ttl ?? 64,
    fields.protocol ?? 6,
    0,
    0,
    ...address(fields.src ?? '192.0.2.1'),
    ...address(fields.dst ?? '198.51.100.2'),
    ...options,
  ]
  const sum = be16(fields.checksum ?? checksum(header))
  header[10] = sum[0]
  header[11] = sum[1]
  return [...header, ...payload]
}

export interface Ipv6Fields {
  src?: string
  dst?: string
  next?: number
  trafficClass?: number
  hopLimit?: number
  length?: number
}

export function ipv6(payload: Bytes, fields: Ipv6Fields = {}): number[] {
  return [
    ...be32((6 << 28) | ((fields.trafficClass ?? 0) << 20)),
    ...be16(fields.length ?? payload.length),
    fields.next ?? 6,
    fields.hopLimit ?? 64,
    ...address(fields.src ?? '2001:db8::1'),
    ...address(fields.dst ?? '2001:db8::2'),
    ...payload,
  ]
}

/** `offset` in bytes. */
export function fragmentHeader(next: number, offset: number, more: boolean, id: number, payload: Bytes): number[] {
  return [next, 0, ...be16(offset | (more ? 1 : 0)), ...be32(id), ...payload]
}

/** An extension header of options: hop-by-hop or destination options; `options` fill whole units of 8 bytes less 2. */
export function optionsHeader(next: number, options: Bytes, payload: Bytes): number[] {
  return [next, (options.length + 2) / 8 - 1, ...options, ...payload]
}

export interface TcpFields {
  srcPort?: number
  dstPort?: number
  seq?: number
  ack?: number
  flags?: number
  window?: number
  headerWords?: number
}

export function tcp(payload: Bytes = [], fields: TcpFields = {}): number[] {
  return [
    ...be16(fields.srcPort ?? 40000),
    ...be16(fields.dstPort ?? 443),
    ...be32(fields.seq ?? 1000),
    ...be32(fields.ack ?? 2000),
    (fields.headerWords ?? 5) << 4,
    fields.flags ?? 0x10,
    ...be16(fields.window ?? 512),
    0,
    0,
    0,
    0,
    ...payload,
  ]
}

export interface UdpFields {
  srcPort?: number
  dstPort?: number
  length?: number
  checksum?: number
}

export function udp(payload: Bytes = [], fields: UdpFields = {}): number[] {
  return [
    ...be16(fields.srcPort ?? 5353),
    ...be16(fields.dstPort ?? 53),
    ...be16(fields.length ?? payload.length + 8),
    ...be16(fields.checksum ?? 0),
    ...payload,
  ]
}

/** ICMP and ICMPv6: `rest` is the second word of the header, for queries id and sequence number. */
export function icmp(type: number, code: number, rest: number, payload: Bytes = []): number[] {
  return [type, code, 0, 0, ...be32(rest), ...payload]
}

/** The packet with its transport checksum put right, at `checksumOffset` of the transport header. */
export function withTransportChecksum(packet: Bytes, checksumOffset: number): number[] {
  const isIpv6 = packet[0] >> 4 === 6
  const header = isIpv6 ? 40 : (packet[0] & 15) * 4
  const protocol = isIpv6 ? packet[6] : packet[9]
  const addresses = isIpv6 ? packet.slice(8, 40) : packet.slice(12, 20)
  const bytes = [...packet]
  bytes[header + checksumOffset] = 0
  bytes[header + checksumOffset + 1] = 0
  const segment = bytes.slice(header)
  const pseudo = protocol === 1 ? [] : [...addresses, ...be32(segment.length), ...be32(protocol)]
  const sum = be16(checksum([...pseudo, ...segment]))
  bytes[header + checksumOffset] = sum[0]
  bytes[header + checksumOffset + 1] = sum[1]
  return bytes
}
