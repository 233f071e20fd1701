import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { BLOCK_OFFSET, BlockView } from '../../src/memory/block.js'
import { DepartureList } from '../../src/memory/departure-list.js'
import { Memory } from '../../src/memory/memory.js'
import { RECORD_SIZE, RecordView } from '../../src/memory/record.js'
import { SpillFile } from '../../src/memory/spill-file.js'
import { fileName, SentDirectory } from '../../src/report/sent-directory.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-sent-'))
afterAll(() => rmSync(directory, { recursive: true }))

const SPILL_AT = 0x1000
const PACKET_AT = 0x2000
const BLOCK_AT = 0x80000
const RECORDS_AT = 0x90000
const AREA_AT = 0x1000000
const NOTHING_SUPPRESSED = new Set<bigint>()

/** A block of `records` records, a microsecond apart, and a list to add departures to. */
function setUp(name: string, records: number, names: readonly string[] = ['eth0', 'eth1']) {
  const memory = Memory.create()
  memory.setU32(BLOCK_AT + BLOCK_OFFSET.departures, AREA_AT)
  memory.setU32(BLOCK_AT + BLOCK_OFFSET.records, RECORDS_AT)
  memory.setU32(BLOCK_AT + BLOCK_OFFSET.recordCount, records)
  memory.setU64(BLOCK_AT + BLOCK_OFFSET.firstPacket, 1n)
  const record = new RecordView(memory)
  for (let index = 0; index < records; index++) {
    record.at = RECORDS_AT + index * RECORD_SIZE
    record.atNs = 1_700_000_000_000_000_000n + BigInt(index) * 1000n
  }
  const path = join(directory, name)
  const sent = SentDirectory.open(path, memory, (id) => names[id - 1] ?? '', SPILL_AT)
  const list = new DepartureList(memory, new SpillFile(memory, SPILL_AT, sent.spillDescriptor))
  list.use(AREA_AT)
  const block = new BlockView(memory, BLOCK_AT)
  const leave = (cause: number, outInterface: number, text: string, length = text.length, limited = false): void => {
    memory.bytes.set(Buffer.from(text), PACKET_AT)
    list.add({ record: cause, outInterface, at: PACKET_AT, length, captured: text.length, limited })
  }
  return { path, sent, block, leave }
}

interface Written {
  readonly text: string
  readonly length: number
  readonly atNs: bigint
  readonly id: bigint
}

/** The enhanced packet blocks of a file. */
function packetsOf(path: string): Written[] {
  const bytes = readFileSync(path)
  const packets: Written[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) !== 6) continue
    const captured = bytes.readUInt32LE(at + 20)
    packets.push({
      text: bytes.toString('latin1', at + 28, at + 28 + captured),
      length: bytes.readUInt32LE(at + 24),
      atNs: (BigInt(bytes.readUInt32LE(at + 12)) << 32n) | BigInt(bytes.readUInt32LE(at + 16)),
      id: bytes.readBigUInt64LE(at + 28 + ((captured + 3) & ~3) + 4),
    })
  }
  return packets
}

test('packets are written by interface in the order of the capture, whoever replayed them first', () => {
  const { path, sent, block, leave } = setUp('order', 3)
  leave(2, 1, 'third')
  leave(0, 1, 'first')
  leave(0, 1, 'its copy')
  leave(0, 2, 'elsewhere')
  leave(1, 1, 'second', 1500)
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  sent.close()
  expect(readdirSync(path).sort()).toEqual(['eth0.pcapng', 'eth1.pcapng'])
  const eth0 = packetsOf(join(path, 'eth0.pcapng'))
  expect(eth0.map(({ text }) => text)).toEqual(['first', 'its copy', 'second', 'third'])
  expect(eth0.map(({ id }) => id)).toEqual([1n, 1n, 2n, 3n])
  expect(eth0[2]).toMatchObject({ length: 1500, atNs: 1_700_000_000_000_001_000n })
  expect(packetsOf(join(path, 'eth1.pcapng')).map(({ text }) => text)).toEqual(['elsewhere'])
})

test('an area is used again for the next block', () => {
  const { path, sent, block, leave } = setUp('again', 1)
  leave(0, 1, 'one')
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  leave(0, 1, 'two')
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  sent.close()
  expect(packetsOf(join(path, 'eth0.pcapng')).map(({ text }) => text)).toEqual(['one', 'two'])
})

test('what finds no room in memory is spilled to disk and comes back in order', () => {
  const { path, sent, block, leave } = setUp('spilled', 10)
  const expected: string[] = []
  for (let cause = 0; cause < 10; cause++) {
    for (let copy = 0; copy < 40; copy++) {
      const text = `${cause} ${copy} `.padEnd(60_000 - copy, 'x')
      leave(cause, 1, text)
      expected.push(text)
    }
  }
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  sent.close()
  const texts = packetsOf(join(path, 'eth0.pcapng')).map(({ text }) => text)
  expect(texts.map((text) => text.length)).toEqual(expected.map((text) => text.length))
  expect(texts.every((text, index) => text === expected[index])).toBe(true)
  expect(readdirSync(path)).toEqual(['eth0.pcapng'])
})

test('an answer that rate limits held back is not written', () => {
  const { path, sent, block, leave } = setUp('limited', 2)
  leave(0, 1, 'forwarded')
  leave(0, 1, 'held back', 9, true)
  leave(1, 1, 'let go', 6, true)
  sent.writeBlock(block, new Set([1n]))
  sent.close()
  expect(packetsOf(join(path, 'eth0.pcapng')).map(({ text }) => text)).toEqual(['forwarded', 'let go'])
})

test('hundreds of interfaces need no more than some open files', () => {
  const names = Array.from({ length: 300 }, (_, index) => `veth${index}`)
  const { path, sent, block, leave } = setUp('many', 2, names)
  for (const cause of [0, 1]) for (let id = 1; id <= 300; id++) leave(cause, id, `${cause} by ${id}`)
  sent.writeBlock(block, NOTHING_SUPPRESSED)
  sent.close()
  expect(readdirSync(path)).toHaveLength(300)
  expect(packetsOf(join(path, 'veth7.pcapng')).map(({ text }) => text)).toEqual(['0 by 8', '1 by 8'])
})

describe('the directory', () => {
  test('must be empty, so that no file of another replay passes for one of this', () => {
    const path = join(directory, 'full')
    mkdirSync(path)
    writeFileSync(join(path, 'eth9.pcapng'), '')
    expect(() => setUp('full', 1)).toThrow(
      `hookline: ${path} cannot be written: the directory is not empty; name a new one`,
    )
    expect(readdirSync(path)).toEqual(['eth9.pcapng'])
  })

  test('is made where the one above it exists', () => {
    const { path, sent } = setUp('new', 1)
    sent.close()
    expect(readdirSync(path)).toEqual([])
    expect(() => setUp('not/yet/there', 1)).toThrow('cannot be written: there is no such directory')
  })

  test('cannot be a file, or in one', () => {
    writeFileSync(join(directory, 'file'), '')
    expect(() => setUp('file', 1)).toThrow('cannot be written: a part of the path is no directory')
    expect(() => setUp('file/in', 1)).toThrow('cannot be written: a part of the path is no directory')
  })

  test('is refused at once where the file system makes none', () => {
    const path = '/proc/hookline-sent'
    expect(() => SentDirectory.open(path, Memory.create(), () => '', SPILL_AT)).toThrow(`${path} cannot be written`)
  })
})

test.each([
  ['eth0', 'eth0'],
  ['wlan0.100', 'wlan0.100'],
  ['br-4f2a', 'br-4f2a'],
  ['..', '%2E.'],
  ['.hidden', '%2Ehidden'],
  ['../../etc', '%2E.%2F..%2Fetc'],
  ['a b', 'a%20b'],
  ['100%', '100%25'],
  ['ü', '%C3%BC'],
  ['', 'unknown-interface'],
])('the interface %j has the file %s.pcapng', (name, expected) => {
  expect(fileName(name)).toBe(expected)
})
