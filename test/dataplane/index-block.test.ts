import * as fc from 'fast-check'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { Reason } from '../../src/memory/reason.js'
import { Direction } from '../../src/memory/record.js'
import { ReplayFlag } from '../../src/memory/replay.js'
import { type Described, TestIndexer, type TestRecord } from './indexing.js'
import {
  checksum,
  ethernet,
  fragmentHeader,
  icmp,
  ipv4,
  ipv6,
  optionsHeader,
  OUR_MAC,
  PEER_MAC,
  repeat,
  tcp,
  udp,
  vlanTag,
} from './packet-bytes.js'

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer(8)
  indexer.addLocalAddress('192.0.2.200')
  indexer.setInterface(2, 113, 5)
  indexer.setInterface(3, 276, 5)
  indexer.setInterface(4, 0, 5)
  indexer.setInterface(5, 9, 5)
  indexer.setInterface(6, 1, 5, 0x020000000001n)
})

beforeEach(() => {
  indexer.flags = ReplayFlag.Outcomes
})

/** What a packet comes to, but for where it lies. */
function facts({ at: _at, packet: _packet, ...rest }: Described): object {
  return rest
}

test('each shard gets its packets in the order of the capture, and no packet is lost', () => {
  const records = Array.from({ length: 5000 }, (_, i) => ({
    bytes: ethernet(0x0800, ipv4(udp([], { srcPort: i % 977 }), { protocol: 17 })),
  }))
  const { packets } = indexer.index(records)
  for (const { shard, hash } of packets) expect(shard).toBe(hash & 7)
  const places = packets.map(({ shard, record }) => shard * 5000 + record)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(new Set(packets.map(({ record }) => record)).size).toBe(5000)
})

test('records that no shard sees are counted, and their outcome says why', () => {
  const { packets, reasons } = indexer.index([
    { bytes: ethernet(0x0806, []) },
    { bytes: ethernet(0x0800, ipv4(tcp())) },
    { bytes: ethernet(0x0800, ipv4(tcp(), { checksum: 1 })) },
    { bytes: ethernet(0x0800, ipv4(tcp(), { checksum: 2 })) },
  ])
  expect(packets.map(({ record }) => record)).toEqual([1])
  expect(reasons).toEqual(
    new Map([
      [Reason.NotIp, 1],
      [Reason.IpChecksum, 2],
    ]),
  )
  expect([0, 2, 3].map((record) => indexer.outcomeOf(record))).toEqual([
    Reason.NotIp,
    Reason.IpChecksum,
    Reason.IpChecksum,
  ])
})

test('a block may be empty', () => {
  expect(indexer.index([]).packets).toEqual([])
})

const flows = fc.record({
  src: fc.constantFrom('192.0.2.1', '192.0.2.200', '10.9.8.7'),
  dst: fc.constantFrom('198.51.100.2', '192.0.2.200'),
  srcPort: fc.integer({ min: 0, max: 65535 }),
  dstPort: fc.integer({ min: 0, max: 65535 }),
  seq: fc.nat(0xffffffff),
  ack: fc.nat(0xffffffff),
  headerWords: fc.constantFrom(5, 5, 5, 4, 6, 15),
  flags: fc.integer({ min: 0, max: 255 }),
  window: fc.integer({ min: 0, max: 65535 }),
  tos: fc.integer({ min: 0, max: 255 }),
  ttl: fc.integer({ min: 0, max: 255 }),
  fragment: fc.constantFrom(0, 0x4000),
  isTcp: fc.boolean(),
  payload: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
  cut: fc.integer({ min: 0, max: 50 }),
  padding: fc.integer({ min: 0, max: 6 }),
  dstMac: fc.constantFrom(OUR_MAC, PEER_MAC, [1, 0, 94, 0, 0, 1], repeat(6, 255)),
  srcMac: fc.constantFrom(OUR_MAC, PEER_MAC),
  captureInterface: fc.constantFrom(0, 6),
  direction: fc.constantFrom(Direction.Unknown, Direction.In, Direction.Out),
  settings: fc.constantFrom(0, ReplayFlag.Tap, ReplayFlag.Checksum),
})

test('the short way for plain packets says what the long way says', () => {
  fc.assert(
    fc.property(flows, (flow) => {
      const { captureInterface, direction, dstMac, srcMac, settings } = flow
      const transport = flow.isTcp ? tcp(flow.payload, flow) : udp(flow.payload, flow)
      const packet = ipv4(transport, { ...flow, protocol: flow.isTcp ? 6 : 17 })
      const padding = repeat(flow.padding, 0)
      const plain = [...ethernet(0x0800, packet, dstMac, srcMac), ...padding]
      // A priority tag changes nothing but the length of the link header.
      const tagged = [...ethernet(0x8100, vlanTag(0, 0x0800, packet), dstMac, srcMac), ...padding]
      indexer.flags = settings | ReplayFlag.Outcomes
      const [short, long] = [plain, tagged].map((bytes) =>
        indexer.index([
          { bytes, captured: bytes.length - Math.min(flow.cut, packet.length), captureInterface, direction },
        ]),
      )
      expect(short.reasons).toEqual(long.reasons)
      expect(short.packets.map(factsBehindLink)).toEqual(long.packets.map(factsBehindLink))
    }),
    { numRuns: 1000 },
  )
})

function factsBehindLink(described: Described): object {
  return { ...facts(described), linkHeader: described.linkHeader > 0 }
}

const TEMPLATES: readonly (readonly [number, number[]])[] = [
  [0, ethernet(0x0800, ipv4(tcp([1, 2, 3, 4])))],
  [0, ethernet(0x0800, ipv4(udp([1, 2, 3, 4]), { protocol: 17, options: [7, 7, 4, 0, 0, 0, 0, 0] }))],
  [0, ethernet(0x8100, vlanTag(5, 0x86dd, ipv6(optionsHeader(6, [5, 2, 0, 0, 1, 0], tcp()), { next: 0 })))],
  [0, ethernet(0x8864, [0x11, 0, 0, 1, 0, 42, 0, 0x21, ...ipv4(tcp())])],
  [1, ipv4(icmp(3, 1, 0, ipv4(tcp())), { protocol: 1 })],
  [1, ipv6(icmp(1, 0, 0, ipv6(optionsHeader(17, [1, 4, 0, 0, 0, 0], udp()), { next: 60 })), { next: 58 })],
  [1, ipv6(fragmentHeader(17, 0, true, 3, udp(repeat(24, 1))), { next: 44 })],
  [1, ipv6(fragmentHeader(17, 32, false, 3, repeat(24, 1)), { next: 44 })],
  [1, ipv4(udp(repeat(24, 1)), { protocol: 17, fragment: 0x2000 })],
  [1, ipv4(repeat(24, 1), { protocol: 17, fragment: 4 })],
  [1, ipv6([6, 4, ...repeat(22, 0), ...tcp()], { next: 51 })],
  [2, [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, 8, 0, ...ipv4(tcp())]],
  [3, [0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, ...ipv6(tcp())]],
  [4, [2, 0, 0, 0, ...ipv4(tcp())]],
  [5, [0xff, 3, 0, 0x57, ...ipv6(tcp())]],
]

const spoiled: fc.Arbitrary<TestRecord> = fc
  .record({
    template: fc.integer({ min: 0, max: TEMPLATES.length - 1 }),
    changes: fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    captured: fc.nat(140),
    more: fc.nat(100),
    fixChecksum: fc.boolean(),
  })
  .map(({ template, changes, captured, more, fixChecksum }) => {
    const [captureInterface, frame] = TEMPLATES[template]
    const bytes = [...frame]
    for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value
    // Otherwise most changes end at the header checksum.
    const header = bytes.indexOf(0x45)
    if (fixChecksum && header >= 0 && header + 20 <= bytes.length) {
      bytes.splice(header + 10, 2, 0, 0)
      const sum = checksum(bytes.slice(header, header + 20))
      bytes.splice(header + 10, 2, sum >> 8, sum & 255)
    }
    const length = Math.min(captured, bytes.length)
    return { captureInterface, bytes, captured: length, original: length + more }
  })

const noise: fc.Arbitrary<TestRecord> = fc.record({
  bytes: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 120 }),
  captureInterface: fc.integer({ min: 0, max: 5 }),
})

test.each([
  ['nothing switched on', 0],
  ['fragments put together', ReplayFlag.TrackIpv4 | ReplayFlag.TrackIpv6],
  ['checksums verified', ReplayFlag.Checksum | ReplayFlag.Tap],
])('whatever a record holds, what stands behind it does not matter: %s', (_, flags) => {
  // Two of a kind, so that what one says does not depend on the fragments of the other.
  const [one, other] = [new TestIndexer(4), new TestIndexer(4)]
  other.sentinel = 0x45
  for (const each of [one, other]) {
    each.flags = flags | ReplayFlag.Outcomes
    for (const [index, linkType] of [1, 101, 113, 276, 0, 9].entries())
      each.setInterface(index, linkType, 2, index === 0 ? 0n : 1n)
  }
  fc.assert(
    fc.property(fc.array(fc.oneof(spoiled, noise), { minLength: 1, maxLength: 40 }), (records) => {
      const seen = one.index(records)
      const again = other.index(records)
      expect(again.reasons).toEqual(seen.reasons)
      expect(again.packets.map(facts)).toEqual(seen.packets.map(facts))
      const booked = [...seen.reasons.values()].reduce((sum, count) => sum + count, 0)
      expect(seen.packets.length + booked).toBe(records.length)
      for (const packet of seen.packets) {
        expect(packet.captured).toBeLessThanOrEqual(packet.length)
        expect(packet.transport).toBeLessThanOrEqual(65535)
      }
    }),
    { numRuns: 400 },
  )
})
