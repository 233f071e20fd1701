/**
 * One direction of a connection as plain data, and the data plane's `Tuple`; src/dataplane/layout/tuple.ts says what
 * its fields mean.
 */
import type { EntryView } from './entry.js'
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

/** What is read of a tuple of the family begins here. */
export function tupleStart(family: 4 | 6): number {
  return family === 4 ? TUPLE_OFFSET.src : TUPLE_OFFSET.srcHigh
}

/** The tuple of the entry's original direction, in its zone. */
export function writeOriginalTuple(memory: Memory, at: number, entry: EntryView): void {
  const { family } = entry
  if (family === 4) {
    memory.setU32(at + TUPLE_OFFSET.src, entry.src4)
    memory.setU32(at + TUPLE_OFFSET.dst, entry.dst4)
  } else {
    for (let word = 0; word < 4; word++) {
      memory.setBe32(at + TUPLE_OFFSET.srcHigh + 4 * word, entry.src6(word))
      memory.setBe32(at + TUPLE_OFFSET.dstHigh + 4 * word, entry.dst6(word))
    }
  }
  memory.setU16(at + TUPLE_OFFSET.srcPort, entry.srcPort)
  memory.setU16(at + TUPLE_OFFSET.dstPort, entry.dstPort)
  memory.setU8(at + TUPLE_OFFSET.protocol, entry.protocol)
  memory.setU8(at + TUPLE_OFFSET.family, family)
  writeZone(memory, at, entry.zone, entry.zoneDirections)
}

export function copyTuple(memory: Memory, from: number, to: number, family: 4 | 6): void {
  const start = tupleStart(family)
  memory.bytes.copyWithin(to + start, from + start, from + TUPLE_SIZE)
}

/** True for the same addresses, ports and protocol. Kernel: nf_ct_tuple_equal(). */
export function isSameTuple(memory: Memory, left: number, right: number, family: 4 | 6): boolean {
  for (let offset = tupleStart(family); offset < TUPLE_OFFSET.protocol; offset += 4) {
    if (memory.u32(left + offset) !== memory.u32(right + offset)) return false
  }
  return memory.u8(left + TUPLE_OFFSET.protocol) === memory.u8(right + TUPLE_OFFSET.protocol)
}

/** The zone in which the tuple is one of an original direction. Kernel: nf_ct_zone_id(). */
export function originalZone(memory: Memory, at: number): number {
  return (memory.u8(at + TUPLE_OFFSET.zoneDirections) & 1) === 0 ? 0 : memory.u16(at + TUPLE_OFFSET.zone)
}
