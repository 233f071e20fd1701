/** Damaged captures: reading never hangs and never crashes, and what lies before the damage is delivered. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildPcap, interfaceName, PcapngBuilder, somePackets, timeResolution } from './build-capture.js'
import { readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()
const PACKETS = somePackets(40)

/** The file, and the offset at which each packet's record ends. */
interface Sound {
  file: Buffer
  ends: number[]
}

function soundPcap(bigEndian: boolean): Sound {
  let end = 24
  return { file: buildPcap(PACKETS, { bigEndian }), ends: PACKETS.map(({ bytes }) => (end += 16 + bytes.length)) }
}

function soundPcapng(bigEndian: boolean): Sound {
  const build = new PcapngBuilder(bigEndian)
  const blocks = [build.section(), build.interface(1, 0, [interfaceName('eth0'), timeResolution(9)])]
  const ends: number[] = []
  PACKETS.forEach(({ bytes, atNs }, number) => {
    if (number % 7 === 3) blocks.push(build.block(5, Buffer.alloc(number)))
    if (number % 11 === 5) blocks.push(build.interface(101))
    if (number === 25) blocks.push(build.section(), build.interface(1))
    blocks.push(number % 9 === 4 ? build.simplePacket(bytes) : build.packet(0, atNs, bytes, 1500, [build.flags(1)]))
    ends.push(blocks.reduce((sum, block) => sum + block.length, 0))
  })
  return { file: Buffer.concat(blocks), ends }
}

describe.each([
  ['pcap', soundPcap(false)],
  ['big-endian pcap', soundPcap(true)],
  ['pcapng', soundPcapng(false)],
  ['big-endian pcapng', soundPcapng(true)],
])('%s', (_format, { file, ends }) => {
  const length = fc.integer({ min: 4, max: file.length })

  test('cut anywhere gives all packets that are whole', async () => {
    const whole = await readAll([write('whole', file)])
    expect(whole.packets.length).toBe(PACKETS.length)
    await fc.assert(
      fc.asyncProperty(length, async (cut) => {
        const { packets, problem } = await readAll([write('cut', file.subarray(0, cut))])
        expect(packets).toEqual(whole.packets.slice(0, ends.filter((end) => end <= cut).length))
        expect(problem?.problem ?? 'broken').toBe('broken')
        expect(problem?.offset ?? 0).toBeLessThan(cut)
      }),
      { numRuns: 150 },
    )
  })

  test('with wrong bytes anywhere gives all packets in front of them', async () => {
    const { packets: whole } = await readAll([write('whole', file)])
    const changes = fc.array(fc.tuple(fc.integer({ min: 8, max: file.length - 1 }), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(changes, async (bytes) => {
        const damaged = Buffer.from(file)
        for (const [at, value] of bytes) damaged[at] = value
        const first = Math.min(...bytes.map(([at]) => at))
        const { packets, problem } = await readAll([write('damaged', damaged)])
        // Damage to the header changes what all packets mean: only behind it is there anything to compare.
        const before = first < (ends[0] ?? 0) ? 0 : ends.filter((end) => end <= first).length
        expect(packets.slice(0, before)).toEqual(whole.slice(0, before))
        expect(problem?.offset ?? 0).toBeLessThanOrEqual(file.length)
      }),
      { numRuns: 250 },
    )
  })

  test('is the same whatever the sizes of its pieces', async () => {
    // Packed, it comes in pieces of other sizes than plain; the damage must be found at the same place.
    const { gzipSync } = await import('node:zlib')
    const place = fc.tuple(fc.integer({ min: 8, max: file.length - 1 }), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(place, async ([at, value]) => {
        const damaged = Buffer.from(file)
        damaged[at] = value
        const pieces = [damaged.subarray(0, at), damaged.subarray(at)].map((piece) => gzipSync(piece))
        const plain = await readAll([write('plain', damaged)])
        const packed = await readAll([write('packed', Buffer.concat(pieces))])
        expect(packed.packets).toEqual(plain.packets)
        expect(packed.problem?.offset).toBe(plain.problem?.offset)
      }),
      { numRuns: 60 },
    )
  })
})

test('random bytes behind a magic number end without a crash', async () => {
  const magic = fc.constantFrom('d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a')
  await fc.assert(
    fc.asyncProperty(magic, fc.uint8Array({ maxLength: 600 }), async (magic, bytes) => {
      const { problem } = await readAll([write('random', Buffer.concat([Buffer.from(magic, 'hex'), bytes]))])
      expect(problem?.problem ?? 'broken').toBe('broken')
    }),
    { numRuns: 300 },
  )
})
