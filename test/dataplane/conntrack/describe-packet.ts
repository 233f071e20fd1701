/**
 * The descriptor of a packet, made the plain way: what indexing would say of it. Independent of the data plane's own
 * parser, so that tracking can be tested alone.
 */
import type { Memory } from '../../../src/memory/memory.js'
import { DESCRIPTOR_OFFSET as D, DescriptorFlag } from '../../../src/memory/descriptor.js'

const ICMP_ERRORS = new Set([3, 4, 5, 11, 12])
const WITH_PORTS = new Set([6, 17, 132, 136])
const EXTENSION_HEADERS = new Set([0, 43, 44, 51, 60])

interface Layers {
  readonly isIpv6: boolean
  readonly protocol: number
  readonly transport: number
  readonly length: number
  readonly found: boolean
}

/** Writes the descriptor of the packet that stands at `packet` to `at`; all `captured` bytes of it are there. */
export function describePacket(memory: Memory, at: number, packet: number, captured: number): void {
  const layers = layersOf(memory, packet, packet + captured)
  const { isIpv6, protocol, transport, length } = layers
  const start = packet + transport
  const there = length - transport
  let flags = isIpv6 ? DescriptorFlag.Ipv6 : 0
  if (!layers.found) flags |= DescriptorFlag.NoTransport
  memory.setU32(at + D.packet, packet)
  memory.setU32(at + D.length, length)
  memory.setU32(at + D.captured, captured)
  memory.setU16(at + D.transport, transport)
  memory.setU8(at + D.protocol, protocol)
  memory.setU8(at + D.ttl, memory.u8(packet + (isIpv6 ? 7 : 8)))
  memory.setU32(at + D.src, isIpv6 ? 0 : memory.be32(packet + 12))
  memory.setU32(at + D.dst, isIpv6 ? 0 : memory.be32(packet + 16))
  memory.setU16(at + D.srcPort, 0)
  memory.setU16(at + D.dstPort, 0)
  memory.setU32(at + D.hash, flowHash(memory, packet, layers))
  if (WITH_PORTS.has(protocol) && there >= 4) {
    memory.setU16(at + D.srcPort, memory.be16(start))
    memory.setU16(at + D.dstPort, memory.be16(start + 2))
  }
  if (protocol === 6) {
    const header = there >= 20 ? (memory.u8(start + 12) >> 4) * 4 : 0
    if (header < 20 || header > there) flags |= DescriptorFlag.BadTransport
    memory.setU32(at + D.seq, memory.be32(start + 4))
    memory.setU32(at + D.ack, memory.be32(start + 8))
    memory.setU8(at + D.tcpHeader, header)
    memory.setU8(at + D.tcpFlags, memory.u8(start + 13))
    memory.setU16(at + D.window, memory.be16(start + 14))
  } else if (protocol === 17) {
    const udpLength = there >= 8 ? memory.be16(start + 4) : 0
    if (udpLength < 8 || udpLength > there) flags |= DescriptorFlag.BadTransport
  } else if (protocol === 136) {
    const covered = there >= 8 ? memory.be16(start + 4) || there : 0
    if (covered < 8 || covered > there || memory.be16(start + 6) === 0) flags |= DescriptorFlag.BadTransport
  } else if (protocol === 1 || protocol === 58) {
    memory.setU16(at + D.dstPort, memory.be16(start))
    memory.setU16(at + D.srcPort, memory.be16(start + 4))
    const type = memory.u8(start)
    if (isIpv6 ? type < 128 : ICMP_ERRORS.has(type)) flags |= DescriptorFlag.IcmpError
  }
  memory.setU16(at + D.flags, flags)
}

function layersOf(memory: Memory, packet: number, end: number): Layers {
  if (memory.u8(packet) >> 4 === 4) {
    return {
      isIpv6: false,
      protocol: memory.u8(packet + 9),
      transport: (memory.u8(packet) & 15) * 4,
      length: memory.be16(packet + 2),
      found: (memory.be16(packet + 6) & 0x1fff) === 0,
    }
  }
  let protocol = memory.u8(packet + 6)
  let at = packet + 40
  while (EXTENSION_HEADERS.has(protocol) && at + 2 <= end) {
    const units = memory.u8(at + 1)
    const size = protocol === 44 ? 8 : protocol === 51 ? (units + 2) * 4 : (units + 1) * 8
    protocol = memory.u8(at)
    at += size
  }
  return {
    isIpv6: true,
    protocol,
    transport: at - packet,
    length: memory.be16(packet + 4) + 40,
    found: protocol !== 59,
  }
}

/** Symmetric; of an ICMP error, that of the packet inside. */
function flowHash(memory: Memory, packet: number, { isIpv6, protocol, transport }: Layers): number {
  const start = packet + transport
  const [src, dst, size] = isIpv6 ? [8, 24, 16] : [12, 16, 4]
  let ports = [0, 0]
  if (WITH_PORTS.has(protocol)) ports = [memory.be16(start), memory.be16(start + 2)]
  if (protocol === 1 || protocol === 58) {
    const type = memory.u8(start)
    if (protocol === 58 && type === 137) return innerHash(memory, start + 48)
    if (protocol === 58 ? type < 128 : ICMP_ERRORS.has(type)) return innerHash(memory, start + 8)
    ports = [memory.be16(start + 4), memory.be16(start + 4)]
  }
  const ends = [src, dst].map((offset, i) => {
    let hash = 2166136261 ^ ports[i]
    for (let k = 0; k < size; k++) hash = Math.imul(hash ^ memory.u8(packet + offset + k), 16777619)
    return hash >>> 0
  })
  return Math.imul(Math.min(...ends) ^ protocol, 0x9e3779b1) ^ Math.max(...ends)
}

function innerHash(memory: Memory, inner: number): number {
  return flowHash(memory, inner, layersOf(memory, inner, inner + 128))
}
