/**
 * The chain of IPv6 extension headers, as matches look for one of them.
 * Kernel: ipv6_find_hdr(), net/ipv6/exthdrs_core.c (v6.18).
 */
import { hasBytes } from './transport.js'
import type { Packet } from '../memory/packet.js'

export enum Ipv6Header {
  HopByHop = 0,
  Routing = 43,
  Fragment = 44,
  Esp = 50,
  Authentication = 51,
  None = 59,
  Destination = 60,
}

/** From the start of the IPv6 header. */
const NEXT_HEADER = 6
export const IPV6_HEADER = 40
const CHAINED: ReadonlySet<number> = new Set([0, 43, 44, 51, 60])

/** Next header of the IPv6 header. */
export function firstNextHeader(packet: Packet): number {
  return packet.memory.u8(packet.at + NEXT_HEADER)
}

/** Length of the extension header at an offset from the IPv6 header, by its own word. Requires its first two bytes. */
export function ipv6HeaderLength(packet: Packet, type: Ipv6Header, offset: number): number {
  const length = packet.memory.u8(packet.at + offset + 1)
  if (type === Ipv6Header.Fragment) return 8
  return type === Ipv6Header.Authentication ? (length + 2) * 4 : (length + 1) * 8
}

/**
 * Offset of the first extension header of the type, or -1 when the packet has none. A chain that the packet's end
 * cuts off drops the packet.
 */
export function findIpv6Header(packet: Packet, wanted: Ipv6Header): number {
  const { memory, at } = packet
  let type: Ipv6Header = firstNextHeader(packet)
  let offset = IPV6_HEADER
  while (CHAINED.has(type)) {
    if (!hasBytes(packet, offset, type === Ipv6Header.Routing || type === Ipv6Header.Fragment ? 4 : 2)) return -1
    if (type === wanted) return offset
    if (type === Ipv6Header.Fragment && (memory.be16(at + offset + 2) & 0xfff8) !== 0) return -1
    const next: Ipv6Header = memory.u8(at + offset)
    offset += ipv6HeaderLength(packet, type, offset)
    type = next
  }
  return -1
}

export interface Transport6 {
  readonly type: number
  /** From the packet's own IP header. */
  readonly offset: number
  /** The packet is a fragment, or was one. */
  readonly fragment: boolean
}

/**
 * The header behind all extension headers, an authentication header too, of the IPv6 header at `start`; null when the
 * chain is broken.
 */
export function findTransport6(packet: Packet, start: number): Transport6 | null {
  const { memory, at } = packet
  const readable = Math.min(packet.length, packet.captured)
  let type: Ipv6Header = memory.u8(at + start + NEXT_HEADER)
  let offset = start + IPV6_HEADER
  let fragment = false
  while (CHAINED.has(type) && type !== Ipv6Header.Authentication) {
    if (offset + (type === Ipv6Header.Fragment ? 4 : 2) > readable) return null
    const next: Ipv6Header = memory.u8(at + offset)
    if (type === Ipv6Header.Fragment) {
      fragment = true
      const later = (memory.be16(at + offset + 2) & 0xfff8) !== 0
      if (later) return CHAINED.has(next) ? null : { type: next, offset, fragment }
    }
    offset += ipv6HeaderLength(packet, type, offset)
    type = next
  }
  return { type, offset, fragment }
}
