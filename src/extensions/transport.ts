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
  if (packet.fragmentOffset !== 0) return false
  if (packet.hasTransport(size)) return true
  if (packet.transport + size > packet.length) packet.hotDrop = true
  return false
}
