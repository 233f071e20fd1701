/** Opening: packings and formats by content, standard input and pipes, inputs that are no captures. */
import { execFileSync, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildPcap, listed, PcapngBuilder, somePackets } from './build-capture.js'
import { blocks, openReader, readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()
const packets = somePackets(2000)
const plain = buildPcap(packets)
const PACKINGS: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => execFileSync('zstd', ['-c'], { input: bytes, maxBuffer: 1 << 28 }),
  xz: (bytes) => execFileSync('xz', ['-c'], { input: bytes, maxBuffer: 1 << 28 }),
}

/** A capture without end: header, then the same packet again and again. */
function* endless(pack: (bytes: Uint8Array) => Uint8Array): Generator<Uint8Array> {
  yield pack(buildPcap([]))
  const piece = pack(
    buildPcap(Array.from({ length: 64 }, () => ({ bytes: Buffer.alloc(1000), atNs: 0n }))).subarray(24),
  )
  for (;;) yield piece
}

describe.each(Object.keys(PACKINGS))('a capture packed with %s', (packing) => {
  const pack = PACKINGS[packing] as (bytes: Uint8Array) => Buffer

  test('reads as it does plain, whatever its name', async () => {
    const read = await readAll([write('capture.txt', pack(plain))])
    expect(read.problem).toBeNull()
    expect(read.packets).toEqual(listed(packets))
  })

  test('in two parts packed one by one reads as a whole', async () => {
    const parts = [plain.subarray(0, 100_000), plain.subarray(100_000)]
    const read = await readAll([write('parts', Buffer.concat(parts.map((part) => pack(part))))])
    expect(read.problem).toBeNull()
    expect(read.packets).toEqual(listed(packets))
  })

  test('and cut off gives what could be unpacked, then an error', async () => {
    const packed = pack(plain)
    const read = await readAll([write('cut', packed.subarray(0, packed.length - 10))])
    expect(read.problem).toMatchObject({ problem: 'broken' })
    expect(read.packets).toEqual(listed(packets).slice(0, read.packets.length))
    // What lies in the last block of the packing is lost with it: with gzip next to nothing.
    expect(read.packets.length).toBeGreaterThanOrEqual(packing === 'gzip' ? 1990 : 0)
  })

  test('and damaged in the middle is an error there', async () => {
    const packed = pack(plain)
    packed.fill(0x55, packed.length >> 1, (packed.length >> 1) + 100)
    const read = await readAll([write('damaged', packed)])
    expect(read.problem).toMatchObject({ problem: 'broken' })
  })

  test('that is no capture inside is an error', async () => {
    const path = write('text', pack(Buffer.from('*filter\nCOMMIT\n')))
    await expect(readAll([path])).rejects.toMatchObject({
      problem: 'unreadable',
      message: expect.stringContaining('not a capture: it begins with 2a66696c7465'),
    })
  })

  test('comes by a pipe too', async () => {
    const path = write('piped', pack(plain))
    const fifo = write('fifo-of-' + packing, Buffer.alloc(0))
    execFileSync('rm', [fifo])
    execFileSync('mkfifo', [fifo])
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', path, fifo])
    const read = await readAll([fifo])
    expect(read.problem).toBeNull()
    expect(read.packets).toEqual(listed(packets))
    expect(read.reader.progress()).toBeNull()
    writer.kill()
  })
})

test('a program that is missing is named', async () => {
  const path = write('packed', PACKINGS.zstd?.(plain) ?? Buffer.alloc(0))
  const searched = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    await expect(readAll([path])).rejects.toThrow(
      `${path}: it is packed, and the program zstd that unpacks it is not installed`,
    )
  } finally {
    process.env.PATH = searched
  }
})

test.each(Object.keys(PACKINGS))(
  'a capture packed with %s and cut before anything unpacks breaks off, and others go on',
  async (packing) => {
    const pack = PACKINGS[packing] as (bytes: Uint8Array) => Buffer
    const cut = write('cut', pack(plain).subarray(0, 12))
    const { packets: read, problem } = await readAll([cut, write('whole', plain)])
    expect(problem).toMatchObject({ problem: 'broken', file: cut, offset: 0, record: 0 })
    expect(read.length).toBeLessThanOrEqual(packets.length)
  },
)

describe('what is no capture', () => {
  test.each<[string, Uint8Array, string]>([
    ['an empty file', Buffer.alloc(0), 'the file is empty'],
    ['a file of three bytes', Buffer.of(0xd4, 0xc3, 0xb2), 'not a capture: it begins with d4c3b2'],
    ['text', Buffer.from('hello world'), 'not a capture: it begins with 68656c6c6f20'],
    ['the modified pcap format', Buffer.from('34cdb2a102000400', 'hex'), 'editcap -F pcap'],
    ['bzip2', Buffer.from('BZh91AY'), 'bzip2 -dc'],
  ])('%s is an error', async (what, content, message) => {
    const path = write(what, content)
    await expect(readAll([path])).rejects.toMatchObject({ problem: 'unreadable', file: path, offset: 0, record: 0 })
    await expect(readAll([path])).rejects.toThrow(message)
  })

  test('a file that does not exist is named', async () => {
    await expect(readAll(['/nowhere/a.pcap'])).rejects.toThrow('/nowhere/a.pcap: no such file')
  })

  test('a directory is named', async () => {
    await expect(readAll(['/tmp'])).rejects.toThrow('/tmp: this is a directory')
  })
})

describe('standard input', () => {
  const { stdin } = process
  let pulled = 0

  beforeEach(() => {
    pulled = 0
  })

  afterEach(() => {
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true })
  })

  /** Puts a stream in its place that counts what is taken from it. */
  function standardInput(chunks: Iterable<Uint8Array>): void {
    const counted = (function* () {
      for (const chunk of chunks) {
        pulled += chunk.length
        yield chunk
      }
    })()
    Object.defineProperty(process, 'stdin', { value: Readable.from(counted), configurable: true })
  }

  test('in the smallest chunks reads as a file does', async () => {
    const few = somePackets(30)
    standardInput([...buildPcap(few)].map((byte) => Uint8Array.of(byte)))
    const read = await readAll(['-'])
    expect(read.problem).toBeNull()
    expect(read.packets).toEqual(listed(few))
  })

  test.each(Object.keys(PACKINGS))('packed with %s is told by content', async (packing) => {
    const packed = PACKINGS[packing]?.(plain) ?? Buffer.alloc(0)
    standardInput([packed.subarray(0, 3), packed.subarray(3, 10_000), packed.subarray(10_000)])
    expect((await readAll(['-'])).packets).toEqual(listed(packets))
  })

  test('is not read further than a block is filled', async () => {
    standardInput(endless((bytes) => bytes))
    const reader = await openReader(['-'])
    for (const fills of [1, 2, 3]) {
      expect(await reader.fill(blocks[fills % 2] as (typeof blocks)[0])).toEqual({ end: false, problem: null })
      expect(pulled).toBeLessThan(fills * (4 << 20) + (4 << 20))
    }
    reader.close()
  })

  test('unpacked by gzip is not read further either', async () => {
    standardInput(endless((bytes) => gzipSync(bytes, { level: 0 })))
    const reader = await openReader(['-'])
    for (const fills of [1, 2, 3]) {
      await reader.fill(blocks[fills % 2] as (typeof blocks)[0])
      expect(pulled).toBeLessThan(fills * (4 << 20) + (4 << 20))
    }
    reader.close()
  })

  test('that says nothing more gives what it said when the reader is closed', async () => {
    const silent = new Readable({ read() {} })
    Object.defineProperty(process, 'stdin', { value: silent, configurable: true })
    const few = somePackets(5)
    silent.push(buildPcap(few))
    const reader = await openReader(['-'])
    const block = blocks[0] as (typeof blocks)[0]
    const filling = reader.fill(block)
    setTimeout(() => reader.close(), 20)
    expect(await filling).toEqual({ end: false, problem: null })
    expect(block.recordCount).toBe(5)
    expect(await reader.fill(block)).toEqual({ end: true, problem: null })
  })

  test('can be read only once', async () => {
    await expect(readAll(['-', '-'])).rejects.toThrow('standard input can be read only once')
  })
})

test('progress is the share of the file that was read', async () => {
  const before: (number | null)[] = []
  for (const content of [plain, ...Object.values(PACKINGS).map((pack) => pack(plain))]) {
    const reader = await openReader([write('progress', content)])
    before.push(reader.progress())
    await reader.fill(blocks[0] as (typeof blocks)[0])
    expect(reader.progress()).toBe(1)
    reader.close()
  }
  expect(before[0]).toBe(0)
})

test('pcapng is told by content', async () => {
  const build = new PcapngBuilder()
  const file = Buffer.concat([build.section(), build.interface(1), build.packet(0, 1n, Buffer.alloc(60))])
  expect((await readAll([write('ng.pcap', file)])).packets.length).toBe(1)
})
