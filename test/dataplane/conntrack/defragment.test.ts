import * as fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { DATAGRAM_HEAD_SIZE } from '../../../src/memory/datagram.js'
import { DescriptorFlag } from '../../../src/memory/descriptor.js'
import { Reason } from '../../../src/memory/reason.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { allocatedBytes, type Described, TestIndexer, type TestRecord } from '../indexing.js'
import {
  checksum,
  ethernet,
  fragmentHeader,
  ipv4,
  ipv6,
  optionsHeader,
  PEER_MAC,
  repeat,
  udp,
} from '../packet-bytes.js'

const { FragmentKept, FragmentDropped } = Reason
const RAW = { captureInterface: 1 }
const OWN = '10.0.0.1'
const UDP = 17
const FRAGMENT = 44
const MORE = 0x2000
const DONT_FRAGMENT = 0x4000
const SECOND = 1_000_000_000n

/** A datagram's payload, its bytes all different from their neighbours. */
const payload = udp(Array.from({ length: 92 }, (_, i) => i))

let indexer: TestIndexer

beforeEach(() => {
  indexer = new TestIndexer()
  indexer.flags = ReplayFlag.TrackIpv4 | ReplayFlag.TrackIpv6 | ReplayFlag.Outcomes
  indexer.addLocalAddress(OWN)
})

interface Piece {
  from: number
  to: number
}

const THIRDS: Piece[] = [
  { from: 0, to: 40 },
  { from: 40, to: 80 },
  { from: 80, to: 100 },
]

function fragment4(piece: Piece, fields: Parameters<typeof ipv4>[1] = {}, data = payload): number[] {
  const field = (piece.from >> 3) | (piece.to < data.length ? MORE : 0)
  return ipv4(data.slice(piece.from, piece.to), { protocol: UDP, fragment: field, ...fields })
}

/** Where the destination stands in an IPv6 header. */
const IPV6_DESTINATION = 24
/** How a global unicast address begins. */
const IPV6_UNICAST = [0x20, 0x01]

function fragment6(piece: Piece, id = 7, data = payload): number[] {
  const rest = fragmentHeader(UDP, piece.from, piece.to < data.length, id, data.slice(piece.from, piece.to))
  return ipv6(rest, { next: FRAGMENT })
}

function records(packets: readonly number[][], atNs: readonly bigint[] = []): TestRecord[] {
  return packets.map((bytes, i) => ({ captureInterface: 1, bytes, atNs: atNs[i] ?? SECOND }))
}

/** The one datagram that comes out of these packets. */
function gather(packets: readonly number[][], atNs?: readonly bigint[]): Described {
  const { packets: found } = indexer.index(records(packets, atNs))
  expect(found).toHaveLength(1)
  return found[0]
}

/** What becomes of each of these packets: a reason, or 0 for a packet that goes on. */
function fates(packets: readonly number[][], atNs?: readonly bigint[]): number[] {
  const { packets: found } = indexer.index(records(packets, atNs))
  const passed = new Set(found.map(({ record }) => record))
  return packets.map((_, record) => (passed.has(record) ? 0 : indexer.outcomeOf(record)))
}

describe('IPv4 fragments', () => {
  test('become the datagram in place of the one that completes it', () => {
    const found = gather(THIRDS.map((piece) => fragment4(piece)))
    expect(found).toMatchObject({
      record: 2,
      length: 120,
      captured: 120,
      protocol: UDP,
      dstPort: 53,
      flags: DescriptorFlag.Datagram,
      boxInterface: 4,
    })
    expect(found.bytes).toEqual(ipv4(payload, { protocol: UDP }))
    expect(checksum(found.bytes.slice(0, 20))).toBe(0)
  })

  test('are kept until then', () => {
    const { packets, reasons } = indexer.index(records(THIRDS.map((piece) => fragment4(piece))))
    expect(reasons).toEqual(new Map([[FragmentKept, 2]]))
    expect([indexer.outcomeOf(0), indexer.outcomeOf(1)]).toEqual([FragmentKept, FragmentKept])
    expect(packets[0].hash).toBe(indexer.describe({ ...RAW, bytes: ipv4(payload, { protocol: UDP }) }).hash)
  })

  test('meet across blocks', () => {
    expect(indexer.index(records([fragment4(THIRDS[0])])).packets).toEqual([])
    expect(indexer.index(records([fragment4(THIRDS[2])])).packets).toEqual([])
    expect(gather([fragment4(THIRDS[1])]).bytes).toEqual(ipv4(payload, { protocol: UDP }))
  })

  test.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])(
    'in order %j give the same datagram',
    (order) => {
      expect(gather(order.map((i) => fragment4(THIRDS[i]))).bytes).toEqual(ipv4(payload, { protocol: UDP }))
    },
  )

  test.each([
    ['id', { id: 2 }],
    ['source', { src: '192.0.2.9' }],
    ['destination', { dst: '192.0.2.9' }],
    ['protocol', { protocol: 136 }],
    ['direction', { src: OWN }],
  ])('of another %s are of another datagram', (_, other) => {
    expect(fates([fragment4(THIRDS[0]), fragment4(THIRDS[1], other), fragment4(THIRDS[2])])).not.toContain(0)
  })

  test('of the box itself are put together at OUTPUT', () => {
    const { flags } = gather(THIRDS.map((piece) => fragment4(piece, { src: OWN })))
    expect(flags).toBe(DescriptorFlag.Datagram | DescriptorFlag.Output)
  })

  test('keep the options and the link header of the first one', () => {
    const options = [1, 1, 1, 1]
    const first = ethernet(0x0800, fragment4(THIRDS[0], { options }), [1, 0, 94, 0, 0, 1], PEER_MAC)
    const rest = [THIRDS[1], THIRDS[2]].map((piece) => ethernet(0x0800, fragment4(piece)))
    const { packets } = indexer.index([first, ...rest].map((bytes) => ({ bytes })))
    expect(packets[0]).toMatchObject({ length: 124, transport: 24, packetType: 2, linkHeader: 14 })
    expect(indexer.macOf(packets[0])).toEqual(PEER_MAC)
  })

  test('tell the largest of them in front of the link header', () => {
    const found = gather(THIRDS.map((piece) => fragment4(piece)))
    expect(indexer.plane.memory.u32(found.packet - found.linkHeader - DATAGRAM_HEAD_SIZE)).toBe(60)
  })

  test('with DF on the largest one make a datagram with DF', () => {
    const df = (piece: Piece): number[] => fragment4(piece, { fragment: DONT_FRAGMENT | MORE | (piece.from >> 3) })
    const onLargest = gather([df(THIRDS[0]), fragment4(THIRDS[1]), fragment4(THIRDS[2])])
    expect(onLargest.flags & DescriptorFlag.DontFragment).toBe(DescriptorFlag.DontFragment)
    const onSmaller = gather([df({ from: 0, to: 32 }), fragment4({ from: 32, to: 80 }), fragment4(THIRDS[2])])
    expect(onSmaller.flags & DescriptorFlag.DontFragment).toBe(0)
  })

  test('repeated are ignored', () => {
    const repeated = [THIRDS[0], THIRDS[1], THIRDS[1], { from: 8, to: 24 }, THIRDS[2]].map((piece) => fragment4(piece))
    expect(fates(repeated)).toEqual([FragmentKept, FragmentKept, FragmentKept, FragmentKept, 0])
  })

  test('that overlap throw all of them away', () => {
    const overlap = [THIRDS[0], { from: 32, to: 80 }, THIRDS[1], THIRDS[2]].map((piece) => fragment4(piece))
    expect(fates(overlap)).toEqual([FragmentKept, FragmentDropped, FragmentKept, FragmentKept])
  })

  test('beyond the last one, or with two ends, throw all of them away', () => {
    const beyond = fragment4({ from: 80, to: 104 }, { id: 5 }, [...payload, ...payload])
    const end = fragment4(THIRDS[2], { id: 5 })
    const shorter = fragment4({ from: 80, to: 90 }, { id: 5, fragment: 10 })
    expect(fates([end, beyond])).toEqual([FragmentKept, FragmentDropped])
    expect(fates([end, shorter])).toEqual([FragmentKept, FragmentDropped])
  })

  test('without data throw all of them away', () => {
    expect(fates([fragment4(THIRDS[0]), ipv4([], { protocol: UDP, fragment: MORE | 5 })])).toEqual([
      FragmentKept,
      FragmentDropped,
    ])
  })

  test('of odd length are cut to a multiple of eight, unless they are the last', () => {
    const odd = ipv4(payload.slice(0, 44), { protocol: UDP, fragment: MORE })
    expect(gather([odd, fragment4(THIRDS[1]), fragment4(THIRDS[2])]).bytes).toEqual(ipv4(payload, { protocol: UDP }))
  })

  test('of more than 65535 bytes are thrown away when they are all there', () => {
    const big = repeat(32_760, 1)
    const packets = [
      ipv4(big, { protocol: UDP, fragment: MORE }),
      ipv4(big, { protocol: UDP, fragment: MORE | 4095 }),
      ipv4([1], { protocol: UDP, fragment: 8190 }),
    ]
    expect(fates(packets)).toEqual([FragmentKept, FragmentKept, FragmentDropped])
  })

  test('are forgotten when the datagram is not whole in time', () => {
    const packets = THIRDS.map((piece) => fragment4(piece))
    expect(fates(packets, [0n, SECOND, 30n * SECOND - 1n])).toEqual([FragmentKept, FragmentKept, 0])
    expect(fates(packets, [100n * SECOND, 101n * SECOND, 130n * SECOND])).toEqual(repeat(3, FragmentKept))
  })

  test('are dropped while those that are kept take too much memory', () => {
    indexer.fragmentBytes = 2000
    const others = Array.from({ length: 6 }, (_, i) => fragment4(THIRDS[0], { id: 100 + i }))
    expect(fates(others)).toEqual([FragmentKept, FragmentKept, FragmentKept, ...repeat(3, FragmentDropped)])
    const later = fates([fragment4(THIRDS[0], { id: 200 })], [100n * SECOND])
    expect(later).toEqual([FragmentKept])
  })

  test('start anew when too many others of the same sender came between', () => {
    const between = (n: number): number[][] =>
      Array.from({ length: n }, (_, i) => fragment4(THIRDS[0], { id: 1000 + i }))
    expect(fates([fragment4(THIRDS[0]), ...between(63), fragment4(THIRDS[1]), fragment4(THIRDS[2])]).at(-1)).toBe(0)
    indexer = new TestIndexer()
    indexer.flags = ReplayFlag.TrackIpv4 | ReplayFlag.Outcomes
    const late = fates([fragment4(THIRDS[0]), ...between(64), fragment4(THIRDS[1]), fragment4(THIRDS[2])])
    expect(late.at(-1)).toBe(FragmentKept)
  })

  test('cut by the snap length keep what is there without a gap', () => {
    const cut = THIRDS.map((piece, i): TestRecord => {
      const bytes = fragment4(piece)
      return { ...RAW, bytes, captured: i === 1 ? 50 : bytes.length }
    })
    const [found] = indexer.index(cut).packets
    expect(found).toMatchObject({ length: 120, captured: 90, flags: DescriptorFlag.Datagram | DescriptorFlag.Cut })
    expect(found.bytes).toEqual(ipv4(payload, { protocol: UDP }).slice(0, 90))
  })

  test('join what they say of congestion, and contradict each other when not all of them can say it', () => {
    expect(gather(thirdsWithTos([2, 3, 2])).tos).toBe(3)
    expect(gather(thirdsWithTos([1, 2, 1])).tos).toBe(1)
    expect(fates(thirdsWithTos([2, 0, 2])).at(-1)).toBe(FragmentDropped)
  })

  test('leave the order of the packets around them as it was', () => {
    const whole = ipv4(payload, { protocol: UDP })
    const mixed = [whole, fragment4(THIRDS[0]), whole, fragment4(THIRDS[1]), fragment4(THIRDS[2]), whole]
    const { packets } = indexer.index(records(mixed))
    expect(packets.map(({ record }) => record)).toEqual([0, 2, 4, 5])
  })

  test('in any order and any pieces give the datagram, with repetitions', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 124 }), { maxLength: 30 })
    let id = 0
    fc.assert(
      fc.property(cuts, fc.integer(), (eighths, seed) => {
        const data = udp(Array.from({ length: 992 }, (_, i) => (i * 7) & 255))
        const borders = [0, ...eighths.toSorted((a, b) => a - b).map((e) => e * 8), data.length]
        const pieces = borders.slice(1).map((to, i) => ({ from: borders[i], to }))
        id = (id + 1) & 0xffff
        const packets = shuffle([...pieces, ...pieces.slice(0, 3)], seed).map((piece) => fragment4(piece, { id }, data))
        const { packets: found } = indexer.index(records(packets))
        expect(found.length).toBeGreaterThanOrEqual(1)
        expect(found[0].bytes).toEqual(ipv4(data, { protocol: UDP, id }))
      }),
      { numRuns: 200 },
    )
  })

  test('that never become whole take no more memory than they may', () => {
    indexer.fragmentBytes = 1 << 20
    indexer.index(records(flood(0)))
    const before = allocatedBytes(indexer)
    for (let round = 1; round < 20; round++) indexer.index(records(flood(round), []))
    expect(allocatedBytes(indexer)).toBe(before)
  })
})

describe('IPv6 fragments', () => {
  const whole = ipv6(payload, { next: UDP })

  test('become the datagram without its fragment header', () => {
    const found = gather(THIRDS.map((piece) => fragment6(piece)))
    expect(found).toMatchObject({
      record: 2,
      length: 140,
      dstPort: 53,
      transport: 40,
      flags: DescriptorFlag.Ipv6 | DescriptorFlag.Datagram,
    })
    expect(found.bytes).toEqual(whole)
  })

  test('keep the extension headers in front of the fragment header', () => {
    const bytes = THIRDS.map((piece) => {
      const rest = fragment6(piece).slice(40)
      return ipv6(optionsHeader(FRAGMENT, [1, 4, 0, 0, 0, 0], rest), { next: 60 })
    })
    const found = gather(bytes)
    expect(found.bytes).toEqual(ipv6(optionsHeader(UDP, [1, 4, 0, 0, 0, 0], payload), { next: 60 }))
    expect(found.transport).toBe(48)
  })

  test('in any order give the same datagram', () => {
    expect(gather([fragment6(THIRDS[2]), fragment6(THIRDS[0]), fragment6(THIRDS[1])]).bytes).toEqual(whole)
  })

  test('alone (first and last at once) lose their fragment header', () => {
    expect(gather([fragment6({ from: 0, to: 100 })]).bytes).toEqual(whole)
  })

  test('tell the largest of them in front of the link header', () => {
    const found = gather(THIRDS.map((piece) => fragment6(piece)))
    expect(indexer.plane.memory.u32(found.packet - found.linkHeader - DATAGRAM_HEAD_SIZE)).toBe(40 + 8 + 40)
  })

  test('that overlap throw all of them away', () => {
    const overlap = [THIRDS[0], { from: 32, to: 80 }, THIRDS[1], THIRDS[2]].map((piece) => fragment6(piece))
    expect(fates(overlap)).toEqual([FragmentKept, FragmentDropped, FragmentKept, FragmentKept])
  })

  test('of odd length that are not the last go on as they are, and throw the others away', () => {
    const odd = ipv6(fragmentHeader(UDP, 40, true, 7, payload.slice(40, 79)), { next: FRAGMENT })
    expect(fates([fragment6(THIRDS[0]), odd, fragment6(THIRDS[1]), fragment6(THIRDS[2])])).toEqual([
      FragmentKept,
      0,
      FragmentKept,
      FragmentKept,
    ])
  })

  test('too short for the transport header go on as they are', () => {
    const { packets } = indexer.index(records([fragment6({ from: 0, to: 4 }, 7, [...payload.slice(0, 4), ...payload])]))
    expect(packets[0].flags).toBe(
      DescriptorFlag.Ipv6 | DescriptorFlag.Fragment | DescriptorFlag.Options | DescriptorFlag.BadTransport,
    )
  })

  test('that end beyond 65535 bytes are dropped alone', () => {
    const beyond = ipv6(fragmentHeader(UDP, 65_528, false, 7, payload.slice(0, 16)), { next: FRAGMENT })
    const packets = [fragment6(THIRDS[0]), beyond, fragment6(THIRDS[1]), fragment6(THIRDS[2])]
    expect(fates(packets)).toEqual([FragmentKept, FragmentDropped, FragmentKept, 0])
  })

  test('are forgotten after their own time', () => {
    const packets = THIRDS.map((piece) => fragment6(piece))
    expect(fates(packets, [0n, SECOND, 60n * SECOND - 1n]).at(-1)).toBe(0)
    expect(fates(packets, [100n * SECOND, 101n * SECOND, 160n * SECOND]).at(-1)).toBe(FragmentKept)
  })

  test.each([
    ['a unicast address are of one datagram', IPV6_UNICAST, 1],
    ['a multicast address are of different ones', [0xff, 0x02], 0],
    ['a link-local address are of different ones', [0xfe, 0x80], 0],
  ])('seen on different interfaces, to %s', (_, destination, datagrams) => {
    indexer.setInterface(2, 101, 9)
    const split = THIRDS.map((piece, i) => {
      const bytes = fragment6(piece)
      bytes.splice(IPV6_DESTINATION, 2, ...destination)
      return { bytes, captureInterface: i === 1 ? 2 : 1 }
    })
    expect(indexer.index(split).packets).toHaveLength(datagrams)
  })
})

function thirdsWithTos(tos: readonly number[]): number[][] {
  return THIRDS.map((piece, i) => fragment4(piece, { tos: tos[i] }))
}

/** Pieces of 2000 datagrams, each of which lacks the others. */
function flood(round: number): number[][] {
  return Array.from({ length: 2000 }, (_, i) => fragment4(THIRDS[i % 3], { id: i, src: `192.0.${round}.1` }))
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items]
  let state = seed >>> 0
  for (let i = shuffled.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    ;[shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]]
  }
  return shuffled
}
