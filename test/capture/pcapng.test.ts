/** pcapng: sections, interfaces, units of time, kinds of packets, directions, damage. */
import { describe, expect, test } from 'vitest'
import { PcapngBuilder, interfaceName, timeResolution, type PcapngOption } from './build-capture.js'
import { readAll, temporaryFolder, type ReadCapture } from './read-all.js'

const write = temporaryFolder()
const ETHERNET = 1
const RAW = 101

function read(...blocks: Uint8Array[]): Promise<ReadCapture> {
  return readAll([write('a.pcapng', Buffer.concat(blocks))])
}

function bytes(length: number, value = 1): Uint8Array {
  return new Uint8Array(length).fill(value)
}

describe.each([false, true])('pcapng, bigEndian %s', (bigEndian) => {
  const build = new PcapngBuilder(bigEndian)

  test('every kind of packet comes out', async () => {
    const { packets, problem } = await read(
      build.section([[4, Buffer.from('hookline')]]),
      build.interface(ETHERNET),
      build.packet(0, 0x5_0000_0001n, bytes(21), 1500),
      build.oldPacket(0, 0x5_0000_0002n, bytes(22)),
      build.simplePacket(bytes(23)),
      build.packet(0, 0x5_0000_0003n, bytes(0)),
    )
    expect(problem).toBeNull()
    expect(packets.map(({ atNs, captured, original }) => [atNs, captured, original])).toEqual([
      [0x5_0000_0001n * 1000n, 21, 1500],
      [0x5_0000_0002n * 1000n, 22, 22],
      [0x5_0000_0002n * 1000n, 23, 23],
      [0x5_0000_0003n * 1000n, 0, 0],
    ])
    expect(packets[0]?.bytes).toBe('01'.repeat(21))
  })

  test.each<[string, number | null, bigint, bigint]>([
    ['microseconds by default', null, 1_700_000_000_123_456n, 1_700_000_000_123_456_000n],
    ['seconds', 0, 1_700_000_000n, 1_700_000_000_000_000_000n],
    ['nanoseconds', 9, 1_700_000_000_123_456_789n, 1_700_000_000_123_456_789n],
    ['picoseconds', 12, 1_700_000_123_456n, 1_700_000_123n],
    ['units of 10^-19 s', 19, 17_000_000_000_000_000_000n, 1_700_000_000n],
    ['units of 2^-10 s', 0x8a, (1_700_000_000n << 10n) + 512n, 1_700_000_000_500_000_000n],
    ['units of 2^-32 s', 0xa0, (1_700_000_000n << 32n) + (1n << 30n), 1_700_000_000_250_000_000n],
    ['units of 2^-63 s', 0xbf, (1n << 63n) + (1n << 61n), 1_250_000_000n],
  ])('time in %s', async (_what, resolution, ticks, atNs) => {
    const options: PcapngOption[] = resolution === null ? [] : [timeResolution(resolution)]
    const { packets } = await read(
      build.section(),
      build.interface(ETHERNET, 0, options),
      build.packet(0, ticks, bytes(1)),
    )
    expect(packets[0]?.atNs).toBe(atNs)
  })

  test('time offsets are added, and times before 1970 are 1970', async () => {
    const { packets } = await read(
      build.section(),
      build.interface(ETHERNET, 0, [build.timeOffset(-100n)]),
      build.interface(ETHERNET, 0, [build.timeOffset(1_700_000_000n)]),
      build.packet(0, 5_000_000n, bytes(1)),
      build.packet(1, 5_000_001n, bytes(1)),
    )
    expect(packets.map((packet) => packet.atNs)).toEqual([0n, 1_700_000_005_000_001_000n])
  })

  test('the direction of packets is read from their flags', async () => {
    const comment: PcapngOption = [1, Buffer.from('hello')]
    const { packets } = await read(
      build.section(),
      build.interface(ETHERNET),
      build.packet(0, 1n, bytes(3), 3, [build.flags(1)]),
      build.packet(0, 2n, bytes(4), 4, [comment, build.flags(0x1e2)]),
      build.packet(0, 3n, bytes(5), 5, [build.flags(0)]),
      build.oldPacket(0, 4n, bytes(6), [build.flags(2)]),
      build.packet(0, 5n, bytes(7), 7, [comment]),
    )
    expect(packets.map((packet) => packet.direction)).toEqual([1, 2, 0, 2, 0])
  })

  test('options that run over their block tell no direction, and the packet is kept', async () => {
    const { packets, problem } = await read(
      build.section(),
      build.interface(ETHERNET),
      build.block(6, Buffer.concat([build.packet(0, 1n, bytes(4)).subarray(8, 32), build.flags(2)[1], bytes(4, 0xff)])),
    )
    expect(problem).toBeNull()
    expect(packets.map((packet) => packet.direction)).toEqual([0])
  })

  test('a simple packet is cut at the snap length of its interface', async () => {
    const { packets } = await read(build.section(), build.interface(ETHERNET, 60), build.simplePacket(bytes(60), 1500))
    expect(packets.map(({ captured, original }) => [captured, original])).toEqual([[60, 1500]])
  })

  test('blocks of unknown types are passed over, longer than all blocks of the ring too', async () => {
    const { packets, problem } = await read(
      build.section(),
      build.block(5, bytes(17)),
      build.interface(ETHERNET),
      build.packet(0, 1n, bytes(1)),
      build.block(0x80000bad, bytes(11 << 20)),
      build.packet(0, 2n, bytes(2)),
      build.block(0xbad, bytes(0)),
    )
    expect(problem).toBeNull()
    expect(packets.map((packet) => packet.captured)).toEqual([1, 2])
  })

  test.each<[string, (blocks: Buffer[]) => void, number, string]>([
    ['a section without byte-order magic', ([first]) => first?.fill(0, 8, 12), 0, 'without the byte-order magic'],
    ['a section of version 2', ([first]) => setHalf(first, 12, 2), 0, 'version 2 of the pcapng format'],
    ['an interface in units of 10^-20 s', ([, second]) => second?.writeUInt8(20, 20), 1, 'units of 10^-20 seconds'],
    ['an interface whose block is too short', ([, second]) => setWord(second, 4, 16), 1, 'description of 16 bytes'],
    [
      'a packet whose block is too short',
      ([, , packet]) => setWord(packet, 4, 28),
      2,
      'a block of type 6 and 28 bytes',
    ],
    ['a block length that is no multiple of 4', ([, , packet]) => setWord(packet, 4, 34), 2, 'of type 6 and 34 bytes'],
    ['a packet longer than its block', ([, , packet]) => setWord(packet, 20, 9), 2, 'more captured bytes than'],
    ['a packet of no known interface', ([, , packet]) => setWord(packet, 8, 1), 2, 'an interface that its section'],
  ])('%s ends the capture there', async (_what, damage, faulty, message) => {
    const sound = [
      build.section(),
      build.interface(ETHERNET),
      build.packet(0, 1n, bytes(3)),
      build.packet(0, 2n, bytes(5)),
    ]
    const broken = [build.section(), build.interface(ETHERNET, 0, [timeResolution(6)]), build.packet(0, 3n, bytes(8))]
    damage(broken)
    const { packets, problem } = await read(...sound, ...broken)
    expect(packets.map((packet) => packet.captured)).toEqual([3, 5])
    const offset = Buffer.concat([...sound, ...broken.slice(0, faulty)]).length
    expect(problem).toMatchObject({ problem: 'broken', offset, record: faulty === 2 ? 3 : 0 })
    expect(problem?.message).toContain(message)
  })

  test('a block that ends with another length than it began ends the capture', async () => {
    const packet = build.packet(0, 1n, bytes(3))
    setWord(packet, packet.length - 4, 8)
    const unknown = build.block(77, bytes(100))
    setWord(unknown, unknown.length - 4, 8)
    const head = [build.section(), build.interface(ETHERNET), build.packet(0, 1n, bytes(9))]
    for (const bad of [packet, unknown]) {
      const { packets, problem } = await read(...head, bad, build.packet(0, 2n, bytes(4)))
      expect(packets.map(({ captured }) => captured)).toEqual([9])
      expect(problem?.message).toContain(`a block of ${bad.length} bytes ends here as one of 8`)
      expect(problem?.offset).toBe(Buffer.concat(head).length + bad.length - 4)
    }
  })

  function setWord(block: Buffer | undefined, at: number, value: number): void {
    if (bigEndian) block?.writeUInt32BE(value, at)
    else block?.writeUInt32LE(value, at)
  }

  function setHalf(block: Buffer | undefined, at: number, value: number): void {
    if (bigEndian) block?.writeUInt16BE(value, at)
    else block?.writeUInt16LE(value, at)
  }
})

describe('interfaces', () => {
  const build = new PcapngBuilder()
  const other = new PcapngBuilder(true)

  test('each packet keeps its interface, over sections of either byte order', async () => {
    const { packets, reader } = await read(
      build.section(),
      build.interface(ETHERNET, 0, [interfaceName('eth0')]),
      build.interface(RAW, 0, [interfaceName('tun0')]),
      build.packet(1, 1n, bytes(1)),
      build.packet(0, 2n, bytes(2)),
      other.section(),
      other.interface(RAW, 0, [interfaceName('tun0')]),
      other.interface(RAW, 0, [interfaceName('tun1')]),
      other.packet(0, 3n, bytes(3)),
      other.packet(1, 4n, bytes(4)),
    )
    const names = reader.interfaces().map(({ name, linkType }) => [name, linkType])
    expect(names).toEqual([
      ['eth0', ETHERNET],
      ['tun0', RAW],
      ['tun1', RAW],
    ])
    expect(packets.map((packet) => packet.captureInterface)).toEqual([1, 0, 1, 2])
  })

  test('the name on the command line is for interfaces that have none', async () => {
    const path = write(
      'b.pcapng',
      Buffer.concat([build.section(), build.interface(ETHERNET), build.interface(ETHERNET, 0, [interfaceName('lan')])]),
    )
    const { reader } = await readAll([`wan=${path}`])
    expect(reader.interfaces()).toEqual([
      { name: 'wan', linkType: ETHERNET, file: path },
      { name: 'lan', linkType: ETHERNET, file: path },
    ])
  })

  test('an interface without a name has none', async () => {
    const { reader } = await read(build.section(), build.interface(ETHERNET))
    expect(reader.interfaces()[0]?.name).toBeNull()
  })

  test('a packet before any interface is damage', async () => {
    const { problem } = await read(build.section(), build.simplePacket(bytes(3)))
    expect(problem?.message).toContain('an interface that its section does not describe')
  })

  test('an interface of an earlier section is not known in the next', async () => {
    const head = [build.section(), build.interface(ETHERNET), build.packet(0, 1n, bytes(3)), build.section()]
    const { packets, problem } = await read(...head, build.packet(0, 1n, bytes(3)))
    expect(packets.length).toBe(1)
    expect(problem).toMatchObject({ offset: Buffer.concat(head).length, record: 2 })
  })
})
