/**
 * Writes another source or destination into a packet: the address, the port or ICMP id, and the checksums by the
 * difference. Bytes that the snap length cut off are left alone.
 * Kernel: nf_nat_manip_pkt(), l4proto_manip_pkt(), net/netfilter/nf_nat_proto.c (v6.18).
 */
import type { DataPlane } from '../memory/data-plane.js'
import type { Memory } from '../memory/memory.js'
import type { Tuple } from '../memory/tuple.js'
import { changedChecksum } from './checksum.js'
import type { Manip } from './nat-tuple.js'

const ICMP = 1
const TCP = 6
const UDP = 17
const GRE = 47
const ICMPV6 = 58
const SCTP = 132
const UDPLITE = 136
/** Bytes of a GRE header up to the key of PPTP. */
const GRE_HEADER = 8
const GRE_VERSION = 7
const GRE_PPTP = 1
/** Echo, timestamp, information, address mask: messages with an id. */
const ICMP_QUERIES = new Set([8, 0, 13, 14, 15, 16, 17, 18])
const ICMPV6_ECHO = new Set([128, 129])

/** A packet in memory: its IP header, its transport header, and where its bytes end. */
export interface PacketBytes {
  readonly family: 4 | 6
  readonly at: number
  readonly transport: number
  readonly protocol: number
  /** Behind the last byte that was captured and belongs to the packet. */
  readonly end: number
  /** Nothing of it was cut off in the capture. */
  readonly whole: boolean
}

/**
 * False for GRE that the kernel drops instead: a header that is cut short, or one of no known version whose
 * destination is to change. Of what the snap length cut off, nothing is said. Kernel: gre_manip_pkt().
 */
export function isTranslatable(
  memory: Memory,
  { at, transport, protocol, end, whole }: PacketBytes,
  manip: Manip,
): boolean {
  if (protocol !== GRE || !whole) return true
  const header = at + transport
  if (header + GRE_HEADER > end) return false
  return manip === 'source' || (memory.be16(header) & GRE_VERSION) <= GRE_PPTP
}

/** Gives one end of the packet the address and port of the tuple. */
export function translate(plane: DataPlane, packet: PacketBytes, target: Tuple, manip: Manip): void {
  const { memory } = plane
  const first = packet.family === 4 ? 12 : 8
  const bytes = packet.family === 4 ? 4 : 16
  const address = packet.at + first + (manip === 'source' ? 0 : bytes)
  const words = manip === 'source' ? target.source : target.destination
  const port = manip === 'source' ? target.srcPort : target.dstPort
  writeTransport(plane, packet, address, words, port, target.srcPort, manip)
  if (packet.family === 4) sumAddress(memory, packet.at + 10, address, words)
  words.forEach((word, index) => memory.setBe32(address + 4 * index, word))
}

/** Everything behind the IP header; called while the old address still stands there. */
function writeTransport(
  { memory, exports }: DataPlane,
  { at, transport, protocol, end, whole }: PacketBytes,
  address: number,
  words: readonly number[],
  port: number,
  id: number,
  manip: Manip,
): void {
  const header = at + transport
  const portAt = header + (manip === 'source' ? 0 : 2)
  switch (protocol) {
    case TCP:
      // What an ICMP error quotes may end before the checksum.
      if (header + 20 > end) writePort(memory, portAt, end, port)
      else writePortAndSum(memory, portAt, header + 16, address, words, port)
      return
    case UDP:
    case UDPLITE:
      if (header + 8 > end) writePort(memory, portAt, end, port)
      else if (protocol === UDP && memory.be16(header + 6) === 0) memory.setBe16(portAt, port)
      else {
        writePortAndSum(memory, portAt, header + 6, address, words, port)
        if (memory.be16(header + 6) === 0) memory.setBe16(header + 6, 0xffff)
      }
      return
    case GRE:
      // Of calls (version 1), the receiver's id stands in the packet.
      if (manip === 'destination' && header + 8 <= end && (memory.u8(header + 1) & 7) === 1) {
        memory.setBe16(header + 6, port)
      }
      return
    case SCTP:
      writePort(memory, portAt, end, port)
      // Computed anew, over as much as an ICMP error quotes.
      if (whole && header + 12 <= end) memory.setU32(header + 8, exports.sctpCrc(header, end - header))
      return
    case ICMP:
      if (header + 8 <= end && ICMP_QUERIES.has(memory.u8(header))) {
        sumWord(memory, header + 2, header + 4, id)
        memory.setBe16(header + 4, id)
      }
      return
    case ICMPV6:
      if (header + 8 > end) return
      sumAddress(memory, header + 2, address, words)
      if (!ICMPV6_ECHO.has(memory.u8(header))) return
      sumWord(memory, header + 2, header + 4, id)
      memory.setBe16(header + 4, id)
  }
}

function writePort(memory: Memory, at: number, end: number, port: number): void {
  if (at + 2 <= end) memory.setBe16(at, port)
}

function writePortAndSum(
  memory: Memory,
  at: number,
  sum: number,
  address: number,
  words: readonly number[],
  port: number,
): void {
  sumAddress(memory, sum, address, words)
  sumWord(memory, sum, at, port)
  memory.setBe16(at, port)
}

/** Takes the change of an address into the checksum at `sum`. */
function sumAddress(memory: Memory, sum: number, address: number, words: readonly number[]): void {
  words.forEach((word, index) => {
    sumWord(memory, sum, address + 4 * index, word >>> 16)
    sumWord(memory, sum, address + 4 * index + 2, word & 0xffff)
  })
}

function sumWord(memory: Memory, sum: number, at: number, word: number): void {
  memory.setBe16(sum, changedChecksum(memory.be16(sum), memory.be16(at), word))
}
