/**
 * Writes pcapng: one section in little-endian, its interfaces with their names, packets with times in nanoseconds,
 * direction, packet id and a comment where there is one. Opens in Wireshark.
 * Format: draft-ietf-opsawg-pcapng.
 */
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Direction } from '../memory/record.js'

export interface WrittenInterface {
  name: string | null
  /** LINKTYPE_ number of the pcap registry. */
  linkType: number
}

export interface WrittenPacket {
  /** Index into the interfaces. */
  interface: number
  /** Nanoseconds since 1970. */
  atNs: bigint
  /** Captured bytes; they are copied at once. */
  bytes: Uint8Array
  /** Bytes on the wire. */
  original: number
  direction: Direction
  comment: string | null
  /** `epb_packetid`: the same for packets that are one, seen at several places. */
  id?: bigint | undefined
}

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6

const OPTION_COMMENT = 1
const OPTION_FLAGS = 2
const OPTION_PACKET_ID = 5
const OPTION_NAME = 2
const OPTION_TIME_RESOLUTION = 9
const NANOSECONDS = 9

/** Offsets in an enhanced packet block. */
const PACKET = { interface: 8, timeHigh: 12, timeLow: 16, captured: 20, original: 24, data: 28 } as const
const LENGTH_BYTES = 4

/** Bytes handed to the stream at a time. */
const CHUNK = 256 << 10
/** Longest value of an option, so that it still has a length. */
const LONGEST_OPTION = 0xfffc

/**
 * Writes a capture to a file, or to a stream, which is not ended. Resolves when all is written; rejects when the
 * file or stream cannot be.
 */
export async function writePcapng(
  target: string | Writable,
  interfaces: WrittenInterface[],
  packets: Iterable<WrittenPacket> | AsyncIterable<WrittenPacket>,
): Promise<void> {
  const toFile = typeof target === 'string'
  const stream = toFile ? createWriteStream(target) : target
  await pipeline(chunks(interfaces, packets), stream, { end: toFile })
}

async function* chunks(
  interfaces: WrittenInterface[],
  packets: Iterable<WrittenPacket> | AsyncIterable<WrittenPacket>,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [head(interfaces)]
  let bytes = 0
  for await (const packet of packets) {
    const block = enhancedPacket(packet)
    parts.push(block)
    bytes += block.length
    if (bytes >= CHUNK) {
      yield Buffer.concat(parts)
      parts = []
      bytes = 0
    }
  }
  if (parts.length > 0) yield Buffer.concat(parts)
}

/** What stands in front of the packets: the section header and the interfaces. */
export function head(interfaces: readonly WrittenInterface[]): Buffer {
  return Buffer.concat([sectionHeader(), ...interfaces.map(interfaceDescription)])
}

function sectionHeader(): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0)
  body.writeUInt16LE(1, 4)
  body.writeBigInt64LE(-1n, 8) // section length: not known
  return block(SECTION_HEADER, [body])
}

function interfaceDescription({ name, linkType }: WrittenInterface): Buffer {
  const body = Buffer.alloc(8) // link type, reserved, snap length 0: unlimited
  body.writeUInt16LE(linkType, 0)
  const options = [option(OPTION_TIME_RESOLUTION, Buffer.of(NANOSECONDS))]
  if (name !== null) options.push(option(OPTION_NAME, Buffer.from(name)))
  return block(INTERFACE_DESCRIPTION, [body, ...options, END_OF_OPTIONS])
}

/** The block of one packet. */
export function enhancedPacket(packet: WrittenPacket): Buffer {
  const { bytes, atNs } = packet
  const options = packetOptions(packet)
  const optionsAt = PACKET.data + ((bytes.length + 3) & ~3)
  const total = optionsAt + options.reduce((sum, { length }) => sum + length, 0) + LENGTH_BYTES
  const written = Buffer.allocUnsafe(total)
  written.writeUInt32LE(ENHANCED_PACKET, 0)
  written.writeUInt32LE(total, LENGTH_BYTES)
  written.writeUInt32LE(packet.interface, PACKET.interface)
  written.writeUInt32LE(Number(atNs >> 32n), PACKET.timeHigh)
  written.writeUInt32LE(Number(atNs & 0xffffffffn), PACKET.timeLow)
  written.writeUInt32LE(bytes.length, PACKET.captured)
  written.writeUInt32LE(packet.original, PACKET.original)
  written.set(bytes, PACKET.data)
  written.fill(0, PACKET.data + bytes.length, optionsAt)
  let at = optionsAt
  for (const each of options) at += each.copy(written, at)
  written.writeUInt32LE(total, at)
  return written
}

function packetOptions({ direction, comment, id }: WrittenPacket): Buffer[] {
  const options: Buffer[] = []
  if (direction !== Direction.Unknown) {
    const flags = Buffer.alloc(4)
    flags.writeUInt32LE(direction)
    options.push(option(OPTION_FLAGS, flags))
  }
  if (id !== undefined) {
    const number = Buffer.alloc(8)
    number.writeBigUInt64LE(id)
    options.push(option(OPTION_PACKET_ID, number))
  }
  if (comment !== null) options.push(option(OPTION_COMMENT, Buffer.from(comment)))
  if (options.length > 0) options.push(END_OF_OPTIONS)
  return options
}

const END_OF_OPTIONS = Buffer.alloc(4)

function option(code: number, value: Buffer): Buffer {
  const cut = value.subarray(0, LONGEST_OPTION)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(cut.length, 2)
  return Buffer.concat([head, cut, padding(cut.length)])
}

function padding(length: number): Buffer {
  return Buffer.alloc(-length & 3)
}

/** A block of this type: its parts are a multiple of 4 bytes together. */
function block(type: number, parts: Uint8Array[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  return Buffer.concat([head, ...parts, head.subarray(4)])
}
