/** Classic pcap: byte orders, units of time, odd headers, damage. */
import { describe, expect, test } from 'vitest'
import { buildPcap, listed, somePackets, type BuiltPacket } from './build-capture.js'
import { readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()
const HEADER = 24
const RECORD = 16

/** A record of these lengths in a file that is otherwise sound. */
function withCapturedLength(at: number, captured: number): Buffer {
  const file = buildPcap(somePackets(20))
  file.writeUInt32LE(captured, at + 8)
  return file
}

function recordOffset(packets: BuiltPacket[], index: number): number {
  return packets.slice(0, index).reduce((sum, packet) => sum + RECORD + packet.bytes.length, HEADER)
}

describe.each([
  { bigEndian: false, nanoseconds: false },
  { bigEndian: true, nanoseconds: false },
  { bigEndian: false, nanoseconds: true },
  { bigEndian: true, nanoseconds: true },
])('classic pcap, bigEndian $bigEndian, nanoseconds $nanoseconds', (options) => {
  test('every packet comes out with its time, lengths and bytes', async () => {
    const built = somePackets(300, options.nanoseconds ? 1_700_000_000_123_456_789n : 1_700_000_000_123_456_000n)
    const { packets, problem } = await readAll([write('a.pcap', buildPcap(built, options))])
    expect(problem).toBeNull()
    expect(packets).toEqual(listed(built))
  })
})

test('a capture without packets is a capture', async () => {
  const { packets, problem } = await readAll([write('none.pcap', buildPcap([]))])
  expect({ packets, problem }).toEqual({ packets: [], problem: null })
})

test('packets of no bytes and of a mebibyte are packets', async () => {
  const built = [0, 1, 1 << 20, 0].map((length) => ({ bytes: new Uint8Array(length).fill(7), atNs: 5000n }))
  const { packets } = await readAll([write('sizes.pcap', buildPcap(built, { snapLength: 1 << 20 }))])
  expect(packets).toEqual(listed(built))
})

test('time that goes back in the file stands still', async () => {
  const bytes = new Uint8Array(20)
  const built = [9_000_000_000n, 3_000_000_000n, 9_000_001_000n].map((atNs) => ({ bytes, atNs }))
  const { packets } = await readAll([write('back.pcap', buildPcap(built))])
  expect(packets.map((packet) => packet.atNs)).toEqual([9_000_000_000n, 9_000_000_000n, 9_000_001_000n])
})

test('times up to 2106 are not signed', async () => {
  const atNs = 0xffffffffn * 1_000_000_000n
  const { packets } = await readAll([write('late.pcap', buildPcap([{ bytes: new Uint8Array(1), atNs }]))])
  expect(packets[0]?.atNs).toBe(atNs)
})

test('a link type with the length of frame check sequences is the link type', async () => {
  const { reader } = await readAll([write('fcs.pcap', buildPcap([], { linkType: 0x24000001 }))])
  expect(reader.interfaces()[0]?.linkType).toBe(1)
})

test('more records than a block holds are spread over blocks, none lost', async () => {
  const built = Array.from({ length: 150_000 }, (_, number) => ({
    bytes: Uint8Array.of(number),
    atNs: BigInt(number) * 1000n,
  }))
  const { packets, reader } = await readAll([write('tiny.pcap', buildPcap(built))])
  expect(packets.length).toBe(150_000)
  expect(packets.every((packet, number) => packet.atNs === BigInt(number) * 1000n)).toBe(true)
  expect([reader.packets, reader.firstNs, reader.lastNs]).toEqual([150_000, 0n, 149_999_000n])
})

test('more bytes than a block holds are spread over blocks, none lost', async () => {
  const built = Array.from({ length: 9000 }, (_, number) => ({ bytes: new Uint8Array(1514).fill(number), atNs: 0n }))
  const { packets, reader } = await readAll([write('long.pcap', buildPcap(built))])
  expect(packets.length).toBe(9000)
  expect(packets.every(({ bytes }, number) => bytes === Buffer.alloc(1514, number).toString('hex'))).toBe(true)
  expect([reader.capturedBytes(), reader.originalBytes()]).toEqual([9000 * 1514, 9000 * 1514])
})

test('an impossible length ends the capture there, after everything before', async () => {
  const built = somePackets(20)
  const at = recordOffset(built, 12)
  const path = write('corrupt.pcap', withCapturedLength(at, 262_145))
  const { packets, problem } = await readAll([path])
  expect(packets).toEqual(listed(built.slice(0, 12)))
  expect(problem).toMatchObject({ problem: 'broken', file: path, offset: at, record: 13 })
  expect(problem?.message).toBe(
    `${path}: byte ${at}, packet 13: corrupt: a packet of 262145 captured bytes, where 262144 are the most there can be`,
  )
})

test('a snap length beyond a mebibyte does not make longer packets possible', async () => {
  const file = withCapturedLength(HEADER, (1 << 20) + 1)
  file.writeUInt32LE(0xffffffff, 16)
  const { packets, problem } = await readAll([write('snap.pcap', file)])
  expect(packets).toEqual([])
  expect(problem).toMatchObject({ offset: HEADER, record: 1 })
})

test('a file cut in a packet tells where the packet begins', async () => {
  const built = somePackets(20)
  const file = buildPcap(built)
  const { packets, problem } = await readAll([write('cut.pcap', file.subarray(0, file.length - 3))])
  expect(packets).toEqual(listed(built.slice(0, 19)))
  expect(problem).toMatchObject({ problem: 'broken', offset: recordOffset(built, 19), record: 20 })
  expect(problem?.message).toContain('the file is cut off')
})

test('a file cut in its header has no packet', async () => {
  const { packets, problem } = await readAll([write('head.pcap', buildPcap([]).subarray(0, 20))])
  expect(packets).toEqual([])
  expect(problem).toMatchObject({ problem: 'broken', offset: 0, record: 0 })
})

test('another version of the format is an error', async () => {
  const file = buildPcap(somePackets(1))
  file.writeUInt16LE(3, 4)
  const { packets, problem } = await readAll([write('version.pcap', file)])
  expect(packets).toEqual([])
  expect(problem?.message).toContain('version 3.4 of the pcap format is not known')
})
