/**
 * Opens a capture: a file or standard input, plain or packed with gzip, zstd or xz, classic pcap or pcapng. What it
 * is, its first bytes say; its name does not count. Throws a CaptureError: `unreadable`, or `broken` when it is packed and
 * nothing of it can be unpacked.
 */
import { createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { ReadableBytes, PrefixedBytes, type ByteStream } from './byte-stream.js'
import { CaptureError } from './capture-error.js'
import { PlainInput, StreamInput, type CaptureInput } from './capture-input.js'
import type { CaptureSource } from './capture-source.js'
import { Gunzip } from './gunzip.js'
import { ProgramOutput } from './program-output.js'
import { UnpackError } from './unpack-error.js'

type CaptureFormat = 'pcap' | 'pcap-nanoseconds' | 'pcapng'

export interface OpenCapture {
  input: CaptureInput
  format: CaptureFormat
}

type Packing = 'gzip' | 'zstd' | 'xz'

const MAGIC_BYTES = 6

/** Packed files by their first bytes. The second of zstd is a skippable frame, as pzstd writes them. */
const PACKINGS: [RegExp, Packing][] = [
  [/^1f8b/, 'gzip'],
  [/^28b52ffd/, 'zstd'],
  [/^5.2a4d18/, 'zstd'],
  [/^fd377a585a00/, 'xz'],
]

const FORMATS: [RegExp, CaptureFormat][] = [
  [/^(a1b2c3d4|d4c3b2a1)/, 'pcap'],
  [/^(a1b23c4d|4d3cb2a1)/, 'pcap-nanoseconds'],
  [/^0a0d0d0a/, 'pcapng'],
]

/** What else a file may be that users take for a capture, and what to do about it. */
const FOREIGN: [RegExp, string][] = [
  [/^(a1b2cd34|34cdb2a1)/, 'this is the modified pcap format of old Linux patches; convert it: editcap -F pcap'],
  [/^425a68/, 'this is packed with bzip2; unpack it: bzip2 -dc FILE | hookline ... -'],
  [/^04224d18/, 'this is packed with lz4; unpack it: lz4 -dc FILE | hookline ... -'],
  [/^736e6f6f70/, 'this is a snoop capture; convert it: editcap -F pcapng'],
]

/** Opens the capture and finds out what it is. */
export async function openCapture(source: CaptureSource): Promise<OpenCapture> {
  const { file } = source
  let input: CaptureInput | null = null
  try {
    input = await unpacked(file)
    const magic = hex(await input.peek(MAGIC_BYTES))
    return { input, format: formatOf(magic) }
  } catch (error) {
    input?.close()
    const problem = error instanceof UnpackError ? 'broken' : 'unreadable'
    throw new CaptureError(problem, file, 0, 0, reasonOf(error as NodeJS.ErrnoException))
  }
}

async function unpacked(file: string): Promise<CaptureInput> {
  if (file === '-') return unpackedStream(new ReadableBytes(process.stdin))
  const fd = openSync(file, 'r')
  const stat = fstatSync(fd)
  if (stat.isFIFO() || stat.isSocket()) return unpackedStream(new ReadableBytes(new Socket({ fd, writable: false })))
  if (!stat.isFile()) return unpackedStream(new ReadableBytes(createReadStream(file, { fd })))
  const plain = new PlainInput(fd)
  const packing = packingOf(hex(await plain.peek(MAGIC_BYTES)))
  if (packing === null) return plain
  if (packing !== 'gzip') return new StreamInput(new ProgramOutput(packing, ['-dc'], fd), fd)
  const packed = createReadStream(file, { fd, autoClose: false, highWaterMark: 256 << 10 })
  return new StreamInput(new Gunzip(new ReadableBytes(packed)), fd)
}

async function unpackedStream(stream: ByteStream): Promise<CaptureInput> {
  const start = new StreamInput(stream, null)
  const packing = packingOf(hex(await start.peek(MAGIC_BYTES)))
  if (packing === null) return start
  const whole = new PrefixedBytes(start.rest(), stream)
  return new StreamInput(packing === 'gzip' ? new Gunzip(whole) : new ProgramOutput(packing, ['-dc'], whole), null)
}

function packingOf(magic: string): Packing | null {
  return PACKINGS.find(([pattern]) => pattern.test(magic))?.[1] ?? null
}

function formatOf(magic: string): CaptureFormat {
  const format = FORMATS.find(([pattern]) => pattern.test(magic))
  if (format !== undefined) return format[1]
  if (magic === '') throw new Error('the file is empty; a capture begins with a header even when it has no packets')
  const foreign = FOREIGN.find(([pattern]) => pattern.test(magic))
  throw new Error(
    foreign?.[1] ??
      `not a capture: it begins with ${magic}; pcap and pcapng are read, plain or packed with gzip, zstd or xz`,
  )
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'no such file'
  if (error.code === 'EACCES') return 'permission denied'
  if (error.code === 'EISDIR') return 'this is a directory; name the capture files in it'
  return error.message
}
