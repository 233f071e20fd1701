/**
 * The bytes of the IP header that extensions look at and rewrite. Rewriting keeps IPv4's header checksum right.
 */
import type { Packet } from '../memory/packet.js'

/** From the start of the IPv4 header. */
const TTL_OFFSET = 8
const TOS_OFFSET = 1
const CHECKSUM_OFFSET = 10
/** From the start of the IPv6 header. */
const HOP_LIMIT_OFFSET = 7

export function timeToLive(packet: Packet): number {
  return packet.memory.u8(packet.at + (packet.family === 4 ? TTL_OFFSET : HOP_LIMIT_OFFSET))
}

/** IPv4's type of service, or IPv6's traffic class: the DSCP and the ECN bits. */
export function typeOfService(packet: Packet): number {
  const { memory, at } = packet
  return packet.family === 4 ? memory.u8(at + TOS_OFFSET) : (memory.be16(at) >> 4) & 255
}

export function setTypeOfService(packet: Packet, value: number): void {
  if (packet.family === 4) {
    setByte(packet, TOS_OFFSET, value)
    return
  }
  const { memory, at } = packet
  memory.setU8(at, (memory.u8(at) & 0xf0) | (value >> 4))
  memory.setU8(at + 1, (memory.u8(at + 1) & 0x0f) | ((value & 15) << 4))
}

/** Time to live of IPv4, hop limit of IPv6. */
export function setTimeToLive(packet: Packet, value: number): void {
  if (packet.family === 4) setByte(packet, TTL_OFFSET, value)
  else packet.memory.setU8(packet.at + HOP_LIMIT_OFFSET, value)
}

/** Changes a byte of an IPv4 header, and the checksum by the difference. RFC 1624, equation 3. */
function setByte(packet: Packet, offset: number, value: number): void {
  const { memory, at } = packet
  const word = at + (offset & ~1)
  const before = memory.be16(word)
  memory.setU8(at + offset, value)
  let sum = (~memory.be16(at + CHECKSUM_OFFSET) & 0xffff) + (~before & 0xffff) + memory.be16(word)
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = (sum & 0xffff) + (sum >>> 16)
  const checksum = ~sum & 0xffff
  memory.setU8(at + CHECKSUM_OFFSET, checksum >>> 8)
  memory.setU8(at + CHECKSUM_OFFSET + 1, checksum & 255)
}
