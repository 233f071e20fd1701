/**
 * The transport header as matches look at it: what is not there is no match, or the end of the packet.
 */
import type { Packet } from '../memory/packet.js'

/**
 * True when `size` bytes of the transport header can be read. Where the packet itself is too short for them, it is
 * to be dropped. Kernel: tcp_mt(), udp_mt(), icmp_match() in net/netfilter/xt_tcpudp.c (v6.18).
 * Differs from the kernel: bytes that were sent but not captured are no match, since nobody knows them.
 */
export function hasHeader(packet: Packet, size: number): boolean {
  return packet.fragmentOffset === 0 && hasBytes(packet, packet.transport, size)
}

/** The same for any header, at an offset from the IP header. */
export function hasBytes(packet: Packet, offset: number, size: number): boolean {
  if (areThere(packet, offset, size)) return true
  if (offset + size > packet.length) packet.hotDrop = true
  return false
}

/** The same, where bytes that are missing drop nothing. */
export function areThere({ captured, length }: Packet, offset: number, size: number): boolean {
  return offset + size <= captured && offset + size <= length
}

/**
 * Where a match that does not care for fragments finds its header, from the IP header on: of a later fragment of
 * IPv6 that is the IP header itself. Kernel: ipv6_find_hdr(), which leaves xt_action_param.thoff at 0 then (v6.18).
 */
export function headerOffset(packet: Packet): number {
  return packet.family === 6 && packet.fragmentOffset !== 0 ? 0 : packet.transport
}
