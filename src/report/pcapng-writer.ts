/**
 * Blocks of a pcapng file with one interface that carries bare IP packets, times in nanoseconds.
 * Format: draft-ietf-opsawg-pcapng.
 */

const SECTION_HEADER = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const LINKTYPE_RAW = 101
const OPTION_NAME = 2
const OPTION_TIME_RESOLUTION = 9
const NANOSECONDS = 9
const OPTION_PACKET_ID = 5

/** Offsets in an enhanced packet block. */
const PACKET = { interface: 8, timeHigh: 12, timeLow: 16, captured: 20, original: 24, data: 28 } as const
const PACKET_ID_BYTES = 12
const END_OF_OPTIONS_BYTES = 4
const LENGTH_BYTES = 4
const AROUND_PACKET = PACKET.data + PACKET_ID_BYTES + END_OF_OPTIONS_BYTES + LENGTH_BYTES

export class PcapngWriter {
  private buffer = Buffer.alloc(AROUND_PACKET + 65536 + 128)

  /** Section header and interface description. */
  head(interfaceName: string | null): Buffer {
    const section = Buffer.alloc(16)
    section.writeUInt32LE(BYTE_ORDER, 0)
    section.writeUInt16LE(1, 4) // version 1.0
    section.writeBigInt64LE(-1n, 8) // section length: not known
    const description = Buffer.alloc(8) // snap length 0: unlimited
    description.writeUInt16LE(LINKTYPE_RAW, 0)
    const name = interfaceName === null ? [] : [option(OPTION_NAME, Buffer.from(interfaceName))]
    const resolution = option(OPTION_TIME_RESOLUTION, Buffer.of(NANOSECONDS))
    const options = [...name, resolution, Buffer.alloc(END_OF_OPTIONS_BYTES)]
    return Buffer.concat([
      block(SECTION_HEADER, section),
      block(INTERFACE_DESCRIPTION, Buffer.concat([description, ...options])),
    ])
  }

  /** A packet of which `bytes` are there, of `length` ones; to be used before the next. */
  packet(atNs: bigint, bytes: Uint8Array, length: number, id: bigint): Buffer {
    const padded = (bytes.length + 3) & ~3
    const total = AROUND_PACKET + padded
    if (this.buffer.length < total) this.buffer = Buffer.alloc(total)
    const { buffer } = this
    buffer.writeUInt32LE(ENHANCED_PACKET, 0)
    buffer.writeUInt32LE(total, LENGTH_BYTES)
    buffer.writeUInt32LE(0, PACKET.interface)
    buffer.writeUInt32LE(Number(atNs >> 32n), PACKET.timeHigh)
    buffer.writeUInt32LE(Number(atNs & 0xffffffffn), PACKET.timeLow)
    buffer.writeUInt32LE(bytes.length, PACKET.captured)
    buffer.writeUInt32LE(length, PACKET.original)
    buffer.set(bytes, PACKET.data)
    buffer.fill(0, PACKET.data + bytes.length, PACKET.data + padded)
    const options = PACKET.data + padded
    buffer.writeUInt16LE(OPTION_PACKET_ID, options)
    buffer.writeUInt16LE(8, options + 2)
    buffer.writeBigUInt64LE(id, options + 4)
    buffer.writeUInt32LE(0, options + PACKET_ID_BYTES)
    buffer.writeUInt32LE(total, total - LENGTH_BYTES)
    return buffer.subarray(0, total)
  }
}

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}

/** The body is a multiple of 4 bytes. */
function block(type: number, body: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(12 + body.length)
  const head = Buffer.alloc(4)
  head.writeUInt32LE(type)
  return Buffer.concat([head, length, body, length])
}
