/**
 * A seeded classic capture for benchmarks: TCP connections to a server, each with a handshake, data and its end.
 */
import { openSync, writeSync, closeSync } from 'node:fs'

const FILE_HEADER = 24
const RECORD_HEADER = 16
const FRAME = 54
const SNAP_BYTES = 96
const PIECE_BYTES = 4 << 20
/** Connections that go on at the same time. */
const OPEN = 2000
const SERVER = 0x0a000001
const FIN = 1
const SYN = 2
const PSH = 8
const ACK = 16

interface Connection {
  client: number
  port: number
  step: number
  last: number
  toServer: number
  toClient: number
}

/** Writes `packets` packets, always the same. */
export function writeSeededCapture(file: string, packets: number): void {
  let seed = 1
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 0x1_0000_0000) * below)
  }
  const begin = (): Connection => ({
    client: 0xac100000 + draw(0xfffff),
    port: 1024 + draw(60_000),
    step: 0,
    last: 8 + 2 * draw(60),
    toServer: draw(1 << 30),
    toClient: draw(1 << 30),
  })
  const open = Array.from({ length: OPEN }, begin)
  const fd = openSync(file, 'w')
  const piece = Buffer.alloc(PIECE_BYTES)
  let used = writeFileHeader(piece)
  for (let packet = 0; packet < packets; packet++) {
    const which = draw(OPEN)
    if (open[which].step > open[which].last) open[which] = begin()
    if (used + RECORD_HEADER + SNAP_BYTES > PIECE_BYTES) {
      writeSync(fd, piece, 0, used)
      used = 0
    }
    piece.writeUInt32LE(1_700_000_000 + Math.floor(packet / 100_000), used)
    piece.writeUInt32LE((packet % 100_000) * 10, used + 4)
    used += writeSegment(piece, used, open[which], draw(1400))
  }
  writeSync(fd, piece, 0, used)
  closeSync(fd)
}

function writeFileHeader(piece: Buffer): number {
  piece.writeUInt32LE(0xa1b2c3d4, 0)
  piece.writeUInt16LE(2, 4)
  piece.writeUInt16LE(4, 6)
  piece.writeUInt32LE(SNAP_BYTES, 16)
  piece.writeUInt32LE(1, 20)
  return FILE_HEADER
}

/** The connection's next segment as a record at `at`; returns the record's length. */
function writeSegment(piece: Buffer, at: number, connection: Connection, size: number): number {
  const { step, last } = connection
  const fromClient = step !== 1 && step % 2 === 0
  const flags = [SYN, SYN | ACK][step] ?? (step >= last - 1 ? FIN | ACK : PSH | ACK)
  const data = step > 2 && step < last - 1 ? size : 0
  const length = 40 + data
  const captured = Math.min(14 + length, SNAP_BYTES)
  piece.writeUInt32LE(captured, at + 8)
  piece.writeUInt32LE(14 + length, at + 12)
  const frame = at + RECORD_HEADER
  piece.fill(0, frame, frame + SNAP_BYTES)
  piece.writeUInt16BE(0x0800, frame + 12)
  piece.writeUInt16BE(0x4500, frame + 14)
  piece.writeUInt16BE(length, frame + 16)
  piece.writeUInt8(64, frame + 22)
  piece.writeUInt8(6, frame + 23)
  piece.writeUInt32BE(fromClient ? connection.client : SERVER, frame + 26)
  piece.writeUInt32BE(fromClient ? SERVER : connection.client, frame + 30)
  piece.writeUInt16BE(headerChecksum(piece, frame + 14), frame + 24)
  piece.writeUInt16BE(fromClient ? connection.port : 443, frame + 34)
  piece.writeUInt16BE(fromClient ? 443 : connection.port, frame + 36)
  piece.writeUInt32BE(fromClient ? connection.toServer : connection.toClient, frame + 38)
  piece.writeUInt32BE(step === 0 ? 0 : fromClient ? connection.toClient : connection.toServer, frame + 42)
  piece.writeUInt16BE(0x5000 | flags, frame + 46)
  piece.writeUInt16BE(65_535, frame + 48)
  const advance = data + (flags & (SYN | FIN) ? 1 : 0)
  if (fromClient) connection.toServer = (connection.toServer + advance) >>> 0
  else connection.toClient = (connection.toClient + advance) >>> 0
  connection.step++
  return RECORD_HEADER + Math.max(captured, FRAME)
}

function headerChecksum(piece: Buffer, at: number): number {
  let sum = 0
  for (let offset = 0; offset < 20; offset += 2) sum += piece.readUInt16BE(at + offset)
  sum = (sum & 0xffff) + (sum >>> 16)
  return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff
}
