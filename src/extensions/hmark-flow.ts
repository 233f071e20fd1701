/**
 * What -j HMARK hashes of a packet or a connection. Inside ICMP errors it is the packet that they are about.
 * Kernel: hmark_pkt_set_htuple_ipv4(), hmark_ct_set_htuple(), net/netfilter/xt_HMARK.c (v6.18).
 */
import type { HmarkOptions } from './hmark-options.js'
import { findTransport6 } from './ipv6-headers.js'
import type { Packet } from '../memory/packet.js'

export interface HmarkFlow {
  readonly source: number
  readonly destination: number
  /** The larger port above the smaller one. */
  readonly ports: number
  readonly protocol: number
}

const ICMP = 1
const ICMPV6 = 58
const AUTHENTICATION = 51
const ICMP_HEADER = 8
/** Kernel: icmp_is_err(). */
const ICMP_ERRORS = new Set([3, 4, 5, 11, 12])
/** Kernel: proto_ports_offset(). */
const PORTS: ReadonlyMap<number, number> = new Map([
  [6, 0],
  [17, 0],
  [33, 0],
  [50, 0],
  [132, 0],
  [136, 0],
  [AUTHENTICATION, 4],
])

export function hmarkFlowOf(of: HmarkOptions, packet: Packet): HmarkFlow | null {
  return packet.family === 4 ? flow4(of, packet) : flow6(of, packet)
}

export function hmarkFlowOfConnection(of: HmarkOptions, packet: Packet): HmarkFlow | null {
  const entry = packet.connection()
  if (entry === null) return null
  const six = entry.family === 6
  const source = six ? [0, 1, 2, 3].map((word) => entry.src6(word)) : [entry.src4]
  const destination = six ? [0, 1, 2, 3].map((word) => entry.replySrc6(word)) : [entry.replySrc4]
  const ports = entry.protocol === ICMP ? 0 : portsOf(of, entry.srcPort, entry.replySrcPort)
  return { ...addressesOf(of, source, destination), ports, protocol: entry.protocol }
}

function flow4(of: HmarkOptions, packet: Packet): HmarkFlow | null {
  const { memory, at } = packet
  const readable = Math.min(packet.length, packet.captured)
  let header = 0
  const outer = (memory.u8(at) & 15) * 4
  if (memory.u8(at + 9) === ICMP && outer + ICMP_HEADER <= readable && ICMP_ERRORS.has(memory.u8(at + outer))) {
    header = outer + ICMP_HEADER
    if (header + 20 > readable) return null
  }
  const ip = at + header
  const protocol = memory.u8(ip + 9)
  const addresses = addressesOf(of, [memory.be32(ip + 12)], [memory.be32(ip + 16)])
  const fragment = (memory.be16(ip + 6) & 0x3fff) !== 0
  const transport = header + (memory.u8(ip) & 15) * 4
  return { ...addresses, protocol, ports: fragment ? 0 : portsAt(of, packet, transport, protocol) }
}

function flow6(of: HmarkOptions, packet: Packet): HmarkFlow | null {
  const { memory, at } = packet
  const readable = Math.min(packet.length, packet.captured)
  let header = 0
  let found = findTransport6(packet, 0)
  if (found === null) return { source: 0, destination: 0, ports: 0, protocol: 0 }
  if (!found.fragment && found.type === ICMPV6 && found.offset + ICMP_HEADER <= readable) {
    const type = memory.u8(at + found.offset)
    if (type > 0 && type < 128) {
      header = found.offset + ICMP_HEADER
      if (header + 40 > readable) return null
      found = findTransport6(packet, header)
      if (found === null) return null
    }
  }
  const words = (offset: number): number[] => [0, 4, 8, 12].map((word) => memory.be32(at + header + offset + word))
  const addresses = addressesOf(of, words(8), words(24))
  const { type, offset, fragment } = found
  return { ...addresses, protocol: type, ports: fragment ? 0 : portsAt(of, packet, offset, type) }
}

function addressesOf(
  { sourceMask, destinationMask }: HmarkOptions,
  source: readonly number[],
  destination: readonly number[],
): Pick<HmarkFlow, 'source' | 'destination'> {
  return { source: folded(source, sourceMask), destination: folded(destination, destinationMask) }
}

/** The words of an address, masked and put on top of each other. */
function folded(words: readonly number[], mask: readonly number[] | null): number {
  return words.reduce((all, word, index) => all ^ (word & (mask?.[index] ?? 0)), 0) >>> 0
}

function portsAt(of: HmarkOptions, packet: Packet, transport: number, protocol: number): number {
  const offset = PORTS.get(protocol)
  const from = transport + (offset ?? 0)
  if (offset === undefined || from + 4 > Math.min(packet.length, packet.captured)) return 0
  return portsOf(of, packet.memory.be16(packet.at + from), packet.memory.be16(packet.at + from + 2))
}

function portsOf({ numbers }: HmarkOptions, source: number, destination: number): number {
  const spiMask = numbers.get('spi-mask') ?? 0
  const spi = numbers.get('spi') ?? 0
  const sourceMask = (numbers.get('sport-mask') ?? 0) | (spiMask >>> 16)
  const destinationMask = (numbers.get('dport-mask') ?? 0) | (spiMask & 0xffff)
  const first = (source & sourceMask) | (numbers.get('sport') ?? 0) | (spi >>> 16)
  const second = (destination & destinationMask) | (numbers.get('dport') ?? 0) | (spi & 0xffff)
  return ((Math.max(first, second) << 16) | Math.min(first, second)) >>> 0
}
