/**
 * What the box writes into the IPv4 options of a packet: where it records its address or the time as it receives it,
 * and the address again as it sends it on. The header's checksum is wrong in between.
 * Kernel: __ip_options_compile(), ip_forward_options(), net/ipv4/ip_options.c (v6.18).
 */
import type { Packet } from '../memory/packet.js'
import { addWords, foldChecksum } from './checksum.js'
import { END, HEADER, NOP, PRESPECIFIED, RECORD_ROUTE, TIMESTAMP } from './ipv4-options.js'

const CHECKSUM = 10
const ADDRESS_BYTES = 4
/** Time stamps alone, or each behind an address. */
const TIME_ONLY = 0
const WITH_ADDRESS = 1
const DAY_MS = 86_400_000n

/** The options of a received packet that are answered, and what was written into them. */
export interface ReceivedOptions {
  recordRoute: RecordedRoute | null
  timestamp: RecordedTime | null
  /** The header's checksum does not fit any more. */
  changed: boolean
}

export interface RecordedRoute {
  /** From the IP header. */
  readonly offset: number
  /** There was room for the box's address. */
  readonly needsAddress: boolean
}

export interface RecordedTime extends RecordedRoute {
  readonly needsTime: boolean
}

/** What receiving needs to know of the box; addresses are asked for only where they are written. */
export interface OptionWriter {
  /** The box's address towards the packet's sender, or the one that it was sent to. */
  ownAddress(): number
  isUnicast(address: number): boolean
}

/** Writes into the options; requires that they are fine. */
export function receiveOptions(packet: Packet, writer: OptionWriter): ReceivedOptions {
  const { memory, at } = packet
  const end = at + (memory.u8(at) & 15) * 4
  const received: ReceivedOptions = { recordRoute: null, timestamp: null, changed: false }
  for (let option = at + HEADER; option < end;) {
    const type = memory.u8(option)
    if (type === END) {
      if (blank(packet, option + 1, end)) received.changed = true
      break
    }
    if (type === NOP) {
      option++
      continue
    }
    if (type === RECORD_ROUTE) recordRoute(packet, option, received, writer)
    if (type === TIMESTAMP) recordTime(packet, option, received, writer)
    option += memory.u8(option + 1)
  }
  return received
}

/** Writes the address that the packet leaves by, and a checksum that fits. */
export function forwardOptions(packet: Packet, received: ReceivedOptions, ownAddress: () => number): void {
  const { memory, at } = packet
  const { recordRoute: route, timestamp } = received
  if (route?.needsAddress === true) writeAddress(packet, route.offset, ADDRESS_BYTES, ownAddress())
  if (timestamp?.needsAddress === true) writeAddress(packet, timestamp.offset, 2 * ADDRESS_BYTES, ownAddress())
  if (!received.changed && route?.needsAddress !== true && timestamp?.needsAddress !== true) return
  memory.setBe16(at + CHECKSUM, 0)
  memory.setBe16(at + CHECKSUM, foldChecksum(addWords(memory, at, (memory.u8(at) & 15) * 4, 0)))
}

/** Writes into the entry that the option's pointer is just behind. */
function writeAddress(
  { memory, at }: Pick<Packet, 'memory' | 'at'>,
  offset: number,
  entryBytes: number,
  address: number,
): void {
  const option = at + offset
  memory.setBe32(option + memory.u8(option + 2) - 1 - entryBytes, address)
}

/** Milliseconds since midnight UTC. */
export function timeOfDay(nowNs: bigint): number {
  return Number((nowNs / 1_000_000n) % DAY_MS)
}

/** What stands behind the end of the options is to be 0; true when it was not. */
function blank({ memory }: Packet, from: number, end: number): boolean {
  const wasBlank = memory.bytes.subarray(from, end).every((byte) => byte === END)
  memory.bytes.fill(END, from, end)
  return !wasBlank
}

function recordRoute(packet: Packet, option: number, received: ReceivedOptions, writer: OptionWriter): void {
  const { memory, at } = packet
  const pointer = memory.u8(option + 2)
  const needsAddress = pointer <= memory.u8(option + 1)
  received.recordRoute = { offset: option - at, needsAddress }
  if (!needsAddress) return
  memory.setBe32(option + pointer - 1, writer.ownAddress())
  memory.setU8(option + 2, pointer + ADDRESS_BYTES)
  received.changed = true
}

function recordTime(packet: Packet, option: number, received: ReceivedOptions, writer: OptionWriter): void {
  const { memory, at } = packet
  const pointer = memory.u8(option + 2)
  const overflow = memory.u8(option + 3)
  const kind = overflow & 15
  const entry = option + pointer - 1
  let [needsAddress, needsTime] = [false, false]
  if (pointer > memory.u8(option + 1)) {
    if (kind !== PRESPECIFIED) {
      // One more had no room.
      memory.setU8(option + 3, overflow + 16)
      received.changed = true
    }
  } else if (kind === TIME_ONLY) {
    needsTime = true
    memory.setBe32(entry, timeOfDay(packet.skb.nowNs))
    memory.setU8(option + 2, pointer + ADDRESS_BYTES)
  } else if (kind === WITH_ADDRESS) {
    needsAddress = true
    needsTime = true
    memory.setBe32(entry, writer.ownAddress())
    memory.setBe32(entry + ADDRESS_BYTES, timeOfDay(packet.skb.nowNs))
    memory.setU8(option + 2, pointer + 2 * ADDRESS_BYTES)
  } else if (kind === PRESPECIFIED && !writer.isUnicast(memory.be32(entry))) {
    needsTime = true
    memory.setBe32(entry + ADDRESS_BYTES, timeOfDay(packet.skb.nowNs))
    memory.setU8(option + 2, pointer + 2 * ADDRESS_BYTES)
  }
  received.timestamp = { offset: option - at, needsAddress, needsTime }
  received.changed ||= needsTime
}
