/**
 * What a router does with a packet between PREROUTING and FORWARD: TTL, MTU, what may not be forwarded at all.
 * Kernel: ip_forward(), net/ipv4/ip_forward.c; ip6_forward(), net/ipv6/ip6_output.c (v6.18).
 */
import { DATAGRAM_HEAD_OFFSET } from '../memory/datagram.js'
import { PacketType } from '../memory/descriptor.js'
import type { Packet } from '../memory/packet.js'
import { Reason } from '../memory/reason.js'
import { changedChecksum } from './checksum.js'
import { ttlOf } from './packet-flow.js'

const DONT_FRAGMENT = 0x4000

/**
 * Why the packet is not forwarded to a link with this MTU; `Reason.None` when it is, with its TTL taken down.
 * `datagram`: address of the head of one that was put together; else 0.
 */
export function forwardPacket(packet: Packet, mtu: number, datagram: number): Reason {
  if (packet.descriptor.packetType !== Number(PacketType.Host)) return Reason.ForwardNotHost
  if (ttlOf(packet) <= 1) return Reason.TtlExceeded
  if (isTooBig(packet, mtu, datagram)) return Reason.TooBig
  decrementTtl(packet)
  return Reason.None
}

function isTooBig(packet: Packet, mtu: number, datagram: number): boolean {
  const { memory, at } = packet
  if (packet.length <= mtu) return false
  if (packet.family === 4 && (memory.be16(at + 6) & DONT_FRAGMENT) === 0) return false
  // What was put together goes out in pieces again, none larger than the largest that came in.
  return datagram === 0 || memory.u32(datagram + DATAGRAM_HEAD_OFFSET.largest) > mtu
}

/** Kernel: ip_decrease_ttl(). */
function decrementTtl(packet: Packet): void {
  const { memory, at, family } = packet
  if (family === 6) {
    memory.setU8(at + 7, memory.u8(at + 7) - 1)
    return
  }
  const before = memory.be16(at + 8)
  memory.setU8(at + 8, memory.u8(at + 8) - 1)
  memory.setBe16(at + 10, changedChecksum(memory.be16(at + 10), before, memory.be16(at + 8)))
}
