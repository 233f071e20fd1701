/**
 * The tuple of the packet under way as its bytes have it, and the packet with another one.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { DescriptorFlag, type DescriptorView } from '../memory/descriptor.js'
import type { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'
import { type Tuple, writeTuple } from '../memory/tuple.js'
import { isIcmp } from './nat-tuple.js'
import { type PacketBytes, translate } from './translate.js'

/** TCP, UDP, SCTP, UDP-Lite. */
const WITH_PORTS = new Set([6, 17, 132, 136])

/** Where the headers of a packet are. */
type TupleBytes = Omit<PacketBytes, 'whole'>

export function tupleOf(packet: Packet): Tuple {
  const { family, protocol, memory, at, transport } = packet
  const end = at + Math.min(packet.captured, packet.length)
  return tupleIn(memory, { family, at, transport, protocol, end })
}

/** Ports that are not there are 0. */
export function tupleIn(memory: Memory, { family, at, transport, protocol, end }: TupleBytes): Tuple {
  const [first, words] = family === 4 ? [12, 1] : [8, 4]
  const addressAt = (from: number): number[] =>
    Array.from({ length: words }, (_, word) => memory.be32(at + from + 4 * word))
  const header = at + transport
  let srcPort = 0
  let dstPort = 0
  if (WITH_PORTS.has(protocol) && header + 4 <= end) {
    srcPort = memory.be16(header)
    dstPort = memory.be16(header + 2)
  } else if (isIcmp(protocol) && header + 8 <= end) {
    srcPort = memory.be16(header + 4)
    dstPort = memory.be16(header)
  }
  return {
    family,
    protocol,
    source: addressAt(first),
    destination: addressAt(first + 4 * words),
    srcPort,
    dstPort,
  }
}

/** Gives the packet the tuple, in its bytes and in what the data plane knows of it. `scratch` has TUPLE_SIZE bytes. */
export function rewritePacket(plane: DataPlane, packet: Packet, tuple: Tuple, scratch: number): void {
  const { memory, at, family, transport, protocol, descriptor } = packet
  const end = at + Math.min(packet.captured, packet.length)
  const bytes = { family, at, transport, protocol, end, whole: packet.captured >= packet.length }
  translate(plane, bytes, tuple, 'source')
  translate(plane, bytes, tuple, 'destination')
  descriptor.setTuple(tuple)
  writeTuple(memory, scratch, tuple)
  descriptor.hash = plane.exports.hashTuple(scratch)
}

/** Where the bytes of a packet are that the data plane has described. */
export function describedBytes({
  packet: at,
  flags,
  transport,
  protocol,
  captured,
  length,
}: DescriptorView): TupleBytes {
  const family = (flags & DescriptorFlag.Ipv6) === 0 ? 4 : 6
  return { family, at, transport, protocol, end: at + Math.min(captured, length) }
}
