/**
 * The packet under way as routing sees it.
 */
import type { Words } from '../box/address.js'
import type { Flow } from '../box/policy-rule.js'
import type { Packet } from '../memory/packet.js'

const TCP = 6
const UDP = 17
const SCTP = 132

export function sourceOf(packet: Packet): Words {
  if (packet.family === 4) return [packet.src4]
  return [packet.src6(0), packet.src6(1), packet.src6(2), packet.src6(3)]
}

export function destinationOf(packet: Packet): Words {
  if (packet.family === 4) return [packet.dst4]
  return [packet.dst6(0), packet.dst6(1), packet.dst6(2), packet.dst6(3)]
}

/** IPv4 TOS, IPv6 traffic class. */
export function tosOf(packet: Packet): number {
  const { memory, at } = packet
  return packet.family === 4 ? memory.u8(at + 1) : (memory.be16(at) >>> 4) & 255
}

/** IPv4 TTL, IPv6 hop limit. */
export function ttlOf(packet: Packet): number {
  return packet.memory.u8(packet.at + (packet.family === 4 ? 8 : 7))
}

/** The flow of the packet that came in by the interface; what the box sends comes from its loopback interface. */
export function flowOf(packet: Packet, inInterface: number): Flow {
  const { protocol, memory } = packet
  const ports = (protocol === TCP || protocol === UDP || protocol === SCTP) && packet.fragmentOffset === 0
  const shown = ports && packet.hasTransport(4)
  return {
    source: sourceOf(packet),
    destination: destinationOf(packet),
    mark: packet.skb.mark,
    tos: tosOf(packet),
    inInterface,
    outInterface: 0,
    protocol,
    srcPort: shown ? memory.be16(packet.at + packet.transport) : 0,
    dstPort: shown ? memory.be16(packet.at + packet.transport + 2) : 0,
  }
}

/** The flow back: as the reverse path filter asks for it. */
export function reverseFlow(flow: Flow): Flow {
  return {
    ...flow,
    source: flow.destination,
    destination: flow.source,
    srcPort: flow.dstPort,
    dstPort: flow.srcPort,
  }
}
