/**
 * One direction of a connection as plain data, and the data plane's `Tuple`; src/dataplane/layout/tuple.ts says what
 * its fields mean.
 */
import type { Memory } from './memory.js'

export const TUPLE_OFFSET = {
  srcHigh: 0,
  srcLow: 8,
  dstHigh: 16,
  dstLow: 24,
  src: 32,
  dst: 36,
  srcPort: 40,
  dstPort: 42,
  protocol: 44,
  family: 45,
  zone: 46,
  zoneDirections: 48,
} as const
export const TUPLE_SIZE = 49

/** Addresses as words in host order, one for IPv4, four for IPv6. ICMP: `srcPort` the id, `dstPort` type and code. */
export interface Tuple {
  readonly family: 4 | 6
  readonly protocol: number
  readonly source: readonly number[]
  readonly destination: readonly number[]
  readonly srcPort: number
  readonly dstPort: number
}

/** The zone of the tuples that are written to `at`, as an entry has it. */
export function writeZone(memory: Memory, at: number, zone: number, directions: number): void {
  memory.setU16(at + TUPLE_OFFSET.zone, zone)
  memory.setU8(at + TUPLE_OFFSET.zoneDirections, directions)
}

export function writeTuple(memory: Memory, at: number, tuple: Tuple): void {
  if (tuple.family === 4) {
    memory.setU32(at + TUPLE_OFFSET.src, tuple.source[0])
    memory.setU32(at + TUPLE_OFFSET.dst, tuple.destination[0])
  } else {
    tuple.source.forEach((word, index) => memory.setBe32(at + TUPLE_OFFSET.srcHigh + 4 * index, word))
    tuple.destination.forEach((word, index) => memory.setBe32(at + TUPLE_OFFSET.dstHigh + 4 * index, word))
  }
  memory.setU16(at + TUPLE_OFFSET.srcPort, tuple.srcPort)
  memory.setU16(at + TUPLE_OFFSET.dstPort, tuple.dstPort)
  memory.setU8(at + TUPLE_OFFSET.protocol, tuple.protocol)
  memory.setU8(at + TUPLE_OFFSET.family, tuple.family)
}
