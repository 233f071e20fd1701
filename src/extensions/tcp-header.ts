/**
 * Changes to a TCP header that keep its checksum, and the IP header around it, right.
 */
import { DESCRIPTOR_OFFSET } from '../memory/descriptor.js'
import type { Packet } from '../memory/packet.js'

export const TCP_HEADER = 20
/** From the start of the TCP header. */
export const DATA_OFFSET = 12
const CHECKSUM = 16
/** From the start of the IP header. */
const TOTAL_LENGTH = 2
const IPV4_CHECKSUM = 10
const PAYLOAD_LENGTH = 4

/** Bytes of the option at an offset from the TCP header; padding has one. */
export function optionBytes(packet: Packet, offset: number): number {
  const at = packet.at + packet.transport + offset
  return packet.memory.u8(at) < 2 ? 1 : packet.memory.u8(at + 1) || 1
}

/** Writes 16 bits at an offset from the TCP header, at an odd one too. */
export function changeTcpWord(packet: Packet, offset: number, value: number): void {
  changeTcpByte(packet, offset, value >> 8)
  changeTcpByte(packet, offset + 1, value & 255)
}

export function changeTcpByte(packet: Packet, offset: number, value: number): void {
  const { memory } = packet
  const at = packet.at + packet.transport
  const word = at + (offset & ~1)
  const before = memory.be16(word)
  memory.setU8(at + offset, value)
  addDifference(packet, at + CHECKSUM, before, memory.be16(word))
}

/** Puts options (whole words) in front of those that a TCP header has; the packet moves where it has room. */
export function growTcpOptions(packet: Packet, bytes: readonly number[]): void {
  const { memory, skb, room, transport } = packet
  const { at, length } = packet
  if (room === 0) return
  const from = transport + TCP_HEADER
  memory.bytes.copyWithin(room, at, at + from)
  memory.bytes.copyWithin(room + from + bytes.length, at + from, at + length)
  memory.bytes.set(bytes, room + from)
  skb.packet = room
  setPacketLength(packet, length + bytes.length)
  const tcp = room + transport
  for (let index = 0; index < bytes.length; index += 2) {
    addDifference(packet, tcp + CHECKSUM, 0, memory.be16(room + from + index))
  }
  // The pseudo header has the length.
  addDifference(packet, tcp + CHECKSUM, length - transport, length - transport + bytes.length)
  changeTcpByte(packet, DATA_OFFSET, memory.u8(tcp + DATA_OFFSET) + ((bytes.length / 4) << 4))
}

/**
 * The packet is this long from now on: skb and IP header say so, and as many bytes are there as it grew or shrank by.
 * Differs from the kernel: the link header stays behind, so that later rules see no MAC address.
 */
export function setPacketLength(packet: Packet, length: number): void {
  const { memory, skb, at, family, descriptor } = packet
  const more = length - skb.length
  skb.length = length
  memory.setU32(descriptor.at + DESCRIPTOR_OFFSET.captured, descriptor.captured + more)
  memory.setU16(descriptor.at + DESCRIPTOR_OFFSET.linkHeader, 0)
  const field = at + (family === 4 ? TOTAL_LENGTH : PAYLOAD_LENGTH)
  const before = memory.be16(field)
  memory.setBe16(field, before + more)
  if (family === 4) addDifference(packet, at + IPV4_CHECKSUM, before, before + more)
}

/** RFC 1624, equation 3. */
function addDifference({ memory }: Packet, checksum: number, before: number, after: number): void {
  let sum = (~memory.be16(checksum) & 0xffff) + (~before & 0xffff) + after
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = (sum & 0xffff) + (sum >>> 16)
  memory.setBe16(checksum, ~sum & 0xffff)
}
