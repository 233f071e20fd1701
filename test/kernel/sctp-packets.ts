/**
 * Builds SCTP packets for tests, one chunk after the other, with their right CRC.
 */
import { sctpChecksum } from '../../src/kernel/crc32c.js'
import { type IpOptions, other, readEnds } from './packets.js'

/** A chunk as `name` or its type's number, flags, and what follows its header. */
export interface Chunk {
  readonly type: SctpChunkName | number
  readonly flags?: number
  readonly value?: Buffer
  /** The length that it claims, where that is not its own. */
  readonly claims?: number | undefined
}

const TYPES = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const
export type SctpChunkName = keyof typeof TYPES

export interface SctpOptions extends IpOptions {
  readonly badChecksum?: boolean
}

const SCTP = 132
const HEADER = 12
const CHECKSUM = 8

/** A packet with this verification tag. */
export function sctp(
  ends: string,
  tag: number,
  chunks: readonly (SctpChunkName | Chunk)[],
  options: SctpOptions = {},
): Buffer {
  const { srcPort, dstPort } = readEnds(ends)
  const packet = Buffer.concat([Buffer.alloc(HEADER), ...chunks.map(chunkBytes)])
  packet.writeUInt16BE(srcPort, 0)
  packet.writeUInt16BE(dstPort, 2)
  packet.writeUInt32BE(tag >>> 0, 4)
  packet.writeUInt32LE(sctpChecksum(packet), CHECKSUM)
  if (options.badChecksum === true) packet[CHECKSUM] ^= 0xff
  return other(ends, SCTP, packet, options)
}

/** INIT or INIT_ACK that announces this tag. */
export function init(type: 'INIT' | 'INIT_ACK', tag: number): Chunk {
  const value = Buffer.alloc(16)
  value.writeUInt32BE(tag >>> 0, 0)
  value.writeUInt32BE(65_535, 4)
  value.writeUInt16BE(1, 8)
  value.writeUInt16BE(1, 10)
  return { type, value }
}

function chunkBytes(chunk: SctpChunkName | Chunk): Buffer {
  const whole: Chunk = typeof chunk === 'string' ? { type: chunk } : chunk
  const { type, flags = 0, value = Buffer.alloc(0), claims } = whole
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3)
  bytes[0] = typeof type === 'number' ? type : TYPES[type]
  bytes[1] = flags
  bytes.writeUInt16BE(claims ?? 4 + value.length, 2)
  value.copy(bytes, 4)
  return bytes
}
