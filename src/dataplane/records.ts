/**
 * The walk over a capture file's bytes: in come bytes of a classic pcap or pcapng file, out go `Record`s, one a
 * packet, whatever the file's format, byte order and unit of time. Nothing is copied: a record points at its bytes.
 * No length is believed before it is checked, and no byte at or behind `end` is read. Times never go back.
 * Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
import { Direction, Record } from './layout/record'
import { RecordWalk, SectionInterface, TimeUnit, WalkStop } from './layout/record-walk'

const SECOND_NS: u64 = 1_000_000_000
/** Times stop growing here, in the year 2262, so that a timeout can still be added. */
const LAST_NS: u64 = i64.MAX_VALUE

// Classic pcap record header, 16 bytes: seconds, fraction, captured length, original length.
const RECORD_HEADER: u32 = 16

// pcapng blocks: type, total length, body, total length again.
const SECTION_HEADER: u32 = 0x0a0d0d0a
const INTERFACE_DESCRIPTION: u32 = 1
const PACKET: u32 = 2 // obsolete
const SIMPLE_PACKET: u32 = 3
const ENHANCED_PACKET: u32 = 6
const SMALLEST_BLOCK: u32 = 12
// Packet Block and Enhanced Packet Block: interface at 8, time at 12 and 16, captured 20, original 24, data at 28.
const PACKET_DATA: u32 = 28
// Simple Packet Block: original 8, data at 12.
const SIMPLE_DATA: u32 = 12
/** Longest block that is read as a whole; longer ones can only be passed over. */
const LONGEST_BLOCK: u32 = 3 << 19
const OPTION_END: u32 = 0
const OPTION_PACKET_FLAGS: u32 = 2

/** Walks records of a classic pcap file (behind its file header). Returns a WalkStop. */
export function walkPcap(walk: RecordWalk): u32 {
  return walk.swapped ? pcapRecords(walk, true) : pcapRecords(walk, false)
}

/** Walks blocks of a pcapng file. Returns a WalkStop. */
export function walkPcapng(walk: RecordWalk): u32 {
  return walk.swapped ? pcapngBlocks(walk, true) : pcapngBlocks(walk, false)
}

@inline
function word(at: u32, offset: u32, swapped: bool): u32 {
  const value = load<u32>(at + offset)
  return swapped ? bswap<u32>(value) : value
}

@inline
function half(at: u32, offset: u32, swapped: bool): u32 {
  const value = load<u16>(at + offset)
  return swapped ? bswap<u16>(value) : value
}

@inline
function pcapRecords(walk: RecordWalk, swapped: bool): u32 {
  const end = walk.end
  const recordsEnd = walk.recordsEnd
  const longest = walk.longest
  const fractionNs = <u64>walk.fractionNs
  const captureInterface = <u16>walk.captureInterface
  let at = walk.at
  let out = walk.records
  let latestNs = walk.latestNs
  let capturedBytes = walk.capturedBytes
  let originalBytes = walk.originalBytes
  let stop = WalkStop.NEED_BYTES
  while (end - at >= RECORD_HEADER) {
    if (out === recordsEnd) {
      stop = WalkStop.FULL
      break
    }
    const captured = word(at, 8, swapped)
    if (captured > longest) {
      stop = WalkStop.BAD_CAPTURED_LENGTH
      break
    }
    if (captured > end - at - RECORD_HEADER) break
    const original = word(at, 12, swapped)
    const atNs = <u64>word(at, 0, swapped) * SECOND_NS + <u64>word(at, 4, swapped) * fractionNs
    if (atNs > latestNs) latestNs = atNs
    at += RECORD_HEADER
    const record = changetype<Record>(out)
    record.bytes = at
    record.captured = captured
    record.atNs = latestNs
    record.original = original
    record.captureInterface = captureInterface
    record.direction = Direction.UNKNOWN
    record.unused = 0
    at += captured
    out += offsetof<Record>()
    capturedBytes += captured
    originalBytes += original
  }
  walk.at = at
  walk.records = out
  walk.latestNs = latestNs
  walk.capturedBytes = capturedBytes
  walk.originalBytes = originalBytes
  return stop
}

@inline
function pcapngBlocks(walk: RecordWalk, swapped: bool): u32 {
  while (true) {
    if (walk.trailer) {
      if (!passOver(walk)) return WalkStop.NEED_BYTES
      if (word(walk.at, 0, swapped) !== walk.trailer) return WalkStop.BAD_TRAILER
      walk.at += 4
      walk.trailer = 0
    }
    const at = walk.at
    const present = walk.end - at
    if (present < 8) return WalkStop.NEED_BYTES
    const type = word(at, 0, swapped)
    if (type === SECTION_HEADER) return WalkStop.SECTION
    const length = word(at, 4, swapped)
    if (length < SMALLEST_BLOCK || length & 3) return WalkStop.BAD_BLOCK_LENGTH
    if (type === INTERFACE_DESCRIPTION) {
      return length > LONGEST_BLOCK ? WalkStop.BAD_BLOCK_LENGTH : WalkStop.INTERFACE
    }
    if (type !== ENHANCED_PACKET && type !== SIMPLE_PACKET && type !== PACKET) {
      walk.skip = length - 4
      walk.trailer = length
      continue
    }
    const dataOffset = type === SIMPLE_PACKET ? SIMPLE_DATA : PACKET_DATA
    if (length < dataOffset + 4 || length > LONGEST_BLOCK) return WalkStop.BAD_BLOCK_LENGTH
    if (walk.records === walk.recordsEnd) return WalkStop.FULL
    if (length > present) return WalkStop.NEED_BYTES
    const stop = type === SIMPLE_PACKET ? simplePacket(walk, length, swapped) : packet(walk, type, length, swapped)
    if (stop !== WalkStop.NEED_BYTES) return stop
    walk.at = at + length
  }
}

/** Moves past an unknown block up to its trailing length; false when there are not bytes enough. */
function passOver(walk: RecordWalk): bool {
  const passed = min(walk.skip, walk.end - walk.at)
  walk.at += passed
  walk.skip -= passed
  return walk.skip === 0 && walk.end - walk.at >= 4
}

/** Takes the whole Enhanced Packet Block or Packet Block at `walk.at`. Returns NEED_BYTES: go on behind it. */
@inline
function packet(walk: RecordWalk, type: u32, length: u32, swapped: bool): u32 {
  const at = walk.at
  const index = type === PACKET ? half(at, 8, swapped) : word(at, 8, swapped)
  if (index >= walk.interfaceCount) return WalkStop.BAD_INTERFACE
  const section = changetype<SectionInterface>(walk.interfaces + index * offsetof<SectionInterface>())
  const captured = word(at, 20, swapped)
  const space = length - PACKET_DATA - 4
  if (captured > section.longest || captured > space) return WalkStop.BAD_CAPTURED_LENGTH
  if (word(at, length - 4, swapped) !== length) return badTrailer(walk, length)
  const ticks = (<u64>word(at, 12, swapped) << 32) | <u64>word(at, 16, swapped)
  const atNs = nanoseconds(section, ticks)
  const padded: u32 = (captured + 3) & ~3
  const options = at + PACKET_DATA + padded
  const direction = padded < space ? directionOf(options, space - padded, swapped) : Direction.UNKNOWN
  addRecord(walk, at + PACKET_DATA, captured, word(at, 24, swapped), atNs, <u16>section.captureInterface, direction)
  return WalkStop.NEED_BYTES
}

/** The same for a Simple Packet Block: first interface of the section, no time of its own. */
@inline
function simplePacket(walk: RecordWalk, length: u32, swapped: bool): u32 {
  const at = walk.at
  if (walk.interfaceCount === 0) return WalkStop.BAD_INTERFACE
  const section = changetype<SectionInterface>(walk.interfaces)
  const original = word(at, 8, swapped)
  const captured = section.snapLength ? min(original, section.snapLength) : original
  if (captured > section.longest || captured > length - SIMPLE_DATA - 4) return WalkStop.BAD_CAPTURED_LENGTH
  if (word(at, length - 4, swapped) !== length) return badTrailer(walk, length)
  addRecord(walk, at + SIMPLE_DATA, captured, original, walk.latestNs, <u16>section.captureInterface, Direction.UNKNOWN)
  return WalkStop.NEED_BYTES
}

/** Leaves `at` on the trailing length of the block that starts there, as for unknown blocks. */
function badTrailer(walk: RecordWalk, length: u32): u32 {
  walk.at += length - 4
  walk.trailer = length
  return WalkStop.BAD_TRAILER
}

@inline
function addRecord(
  walk: RecordWalk,
  bytes: u32,
  captured: u32,
  original: u32,
  atNs: u64,
  captureInterface: u16,
  direction: u8,
): void {
  if (atNs > walk.latestNs) walk.latestNs = atNs
  const record = changetype<Record>(walk.records)
  record.bytes = bytes
  record.captured = captured
  record.atNs = walk.latestNs
  record.original = original
  record.captureInterface = captureInterface
  record.direction = direction
  record.unused = 0
  walk.records += offsetof<Record>()
  walk.capturedBytes += captured
  walk.originalBytes += original
}

/** Nanoseconds since 1970 of a time of this interface, kept within [0, LAST_NS]. */
@inline
function nanoseconds(section: SectionInterface, ticks: u64): u64 {
  const factor = section.factor
  let atNs: u64
  if (section.unit === TimeUnit.MULTIPLY) {
    atNs = ticks > LAST_NS / factor ? LAST_NS : ticks * factor
  } else if (section.unit === TimeUnit.DIVIDE) {
    atNs = min(ticks / factor, LAST_NS)
  } else {
    atNs = binaryNanoseconds(ticks, factor)
  }
  const offsetNs = section.offsetNs
  if (offsetNs === 0) return atNs
  if (offsetNs < 0) return atNs > <u64>-offsetNs ? atNs - <u64>-offsetNs : 0
  return min(atNs + <u64>offsetNs, LAST_NS)
}

/** Ticks of 2^-shift seconds, shift at most 63. */
function binaryNanoseconds(ticks: u64, shift: u64): u64 {
  const seconds = ticks >> shift
  if (seconds >= LAST_NS / SECOND_NS) return LAST_NS
  let fraction = ticks & ((<u64>1 << shift) - 1)
  // 34 bits of fraction times a billion still fit; finer ones are far below a nanosecond.
  if (shift > 34) {
    fraction >>= shift - 34
    shift = 34
  }
  return seconds * SECOND_NS + ((fraction * SECOND_NS) >> shift)
}

/** The direction in the packet flags option; unknown when there is none, or the options do not fit their room. */
function directionOf(at: u32, room: u32, swapped: bool): u8 {
  while (room >= 4) {
    const code = half(at, 0, swapped)
    const length = half(at, 2, swapped)
    const taken: u32 = 4 + ((length + 3) & ~3)
    if (code === OPTION_END || taken > room) break
    if (code === OPTION_PACKET_FLAGS && length === 4) {
      const direction = word(at, 4, swapped) & 3
      return direction === 1 ? Direction.IN : direction === 2 ? Direction.OUT : Direction.UNKNOWN
    }
    at += taken
    room -= taken
  }
  return Direction.UNKNOWN
}
