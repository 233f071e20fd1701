import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DescriptorFlag } from '../../../src/memory/descriptor.js'
import { Reason } from '../../../src/memory/reason.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { TestIndexer } from '../indexing.js'
import { be16, be32, fragmentHeader, ipv6, optionsHeader, repeat, tcp, udp } from '../packet-bytes.js'

const RAW = { captureInterface: 1 }
const IPV6 = DescriptorFlag.Ipv6
const TCP = 6
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const NONE = 59
const DESTINATION = 60
const PADDING = [1, 4, 0, 0, 0, 0]

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer()
  indexer.addLocalAddress('2001:db8::100')
})

beforeEach(() => {
  indexer.flags = 0
})

function reasonOf(bytes: number[]) {
  return indexer.reasonOf({ ...RAW, bytes })
}

const withHopByHop = (options: number[]): number[] => ipv6(optionsHeader(TCP, options, tcp()), { next: HOP_BY_HOP })

test('the header becomes the descriptor', () => {
  const bytes = ipv6(tcp(), { trafficClass: 0xb8, hopLimit: 9 })
  expect(indexer.describe({ ...RAW, bytes })).toMatchObject({
    length: 60,
    captured: 60,
    src: 0,
    dst: 0,
    transport: 40,
    protocol: TCP,
    tos: 0xb8,
    ttl: 9,
    flags: IPV6,
    dstPort: 443,
  })
})

describe('ipv6_rcv drops a received packet', () => {
  test.each([
    ['whose payload is longer than it', ipv6(tcp(), { length: 21 }), Reason.Ipv6PayloadLength],
    ['from a multicast address', ipv6(tcp(), { src: 'ff02::1' }), Reason.Ipv6Address],
    ['from the loopback address to it', ipv6(tcp(), { dst: '::1' }), Reason.Ipv6Address],
    ['to an interface-local group', ipv6(tcp(), { dst: 'ff01::1' }), Reason.Ipv6Address],
    ['to a group of reserved scope', ipv6(tcp(), { dst: 'ff10::1' }), Reason.Ipv6Address],
    ['shorter than its header', ipv6([]).slice(0, 39), Reason.IpHeaderLength],
  ])('%s', (_, bytes, reason) => {
    expect(reasonOf(bytes)).toBe(reason)
  })

  test('cut in its header for no fault of its own', () => {
    expect(indexer.reasonOf({ ...RAW, bytes: ipv6(tcp()), captured: 39 })).toBe(Reason.CutIpHeader)
  })
})

test('a packet from an own address, or from ::1, starts at OUTPUT', () => {
  const own = indexer.describe({ ...RAW, bytes: ipv6(tcp(), { src: '2001:db8::100' }) })
  const loopback = indexer.describe({ ...RAW, bytes: ipv6(tcp(), { src: '::1', dst: '::1' }) })
  expect([own.flags, loopback.flags]).toEqual([IPV6 | DescriptorFlag.Output, IPV6 | DescriptorFlag.Output])
})

describe('extension headers', () => {
  test.each([
    ['hop-by-hop options', HOP_BY_HOP, optionsHeader(TCP, PADDING, tcp()), 48],
    ['destination options', DESTINATION, optionsHeader(TCP, PADDING, tcp()), 48],
    ['a routing header', ROUTING, [TCP, 0, 4, 0, 0, 0, 0, 0, ...tcp()], 48],
    ['an authentication header', AUTHENTICATION, [TCP, 4, ...repeat(22, 0), ...tcp()], 64],
    ['two of them', HOP_BY_HOP, optionsHeader(DESTINATION, PADDING, optionsHeader(TCP, PADDING, tcp())), 56],
  ])('%s are passed over', (_, next, payload, transport) => {
    const found = indexer.describe({ ...RAW, bytes: ipv6(payload, { next }) })
    expect(found).toMatchObject({ transport, protocol: TCP, dstPort: 443, flags: IPV6 | DescriptorFlag.Options })
  })

  test('without a next header have no transport', () => {
    const bytes = ipv6([], { next: NONE })
    expect(indexer.describe({ ...RAW, bytes })).toMatchObject({
      protocol: NONE,
      flags: IPV6 | DescriptorFlag.NoTransport,
    })
  })

  test('that run out of the packet have no transport', () => {
    const bytes = ipv6(optionsHeader(DESTINATION, PADDING, []), { next: DESTINATION })
    const flags = IPV6 | DescriptorFlag.Options | DescriptorFlag.NoTransport
    expect(indexer.describe({ ...RAW, bytes })).toMatchObject({ flags })
  })
})

describe('hop-by-hop options', () => {
  test.each([
    ['a router alert', [5, 2, 0, 0, 1, 0]],
    ['an unknown option that may be skipped', [0x1e, 4, 1, 2, 3, 4]],
    ['seven bytes of padding', [0, 0, 0, 0, 0, 0]],
    ['eight options', [...repeat(8, 0x1e, 0), 1, 4, 0, 0, 0, 0]],
  ])('with %s pass', (_, options) => {
    expect(indexer.describe({ ...RAW, bytes: withHopByHop(options) }).protocol).toBe(TCP)
  })

  test.each([
    ['an unknown option that must not be skipped', [0x5e, 4, 1, 2, 3, 4]],
    ['an option longer than the header', [0x1e, 5, 1, 2, 3, 4]],
    ['padding that is not zero', [1, 4, 0, 0, 1, 0]],
    ['more than seven bytes of padding', [...repeat(8, 0), 5, 2, 0, 0, 1, 0]],
    ['a router alert of the wrong size', [5, 1, 0, 1, 1, 0]],
    ['nine options', [...repeat(9, 0x1e, 0), 1, 2, 0, 0]],
    ['a jumbo length beside a payload length', [0xc2, 4, ...be32(70_000)]],
  ])('with %s are dropped', (_, options) => {
    expect(reasonOf(withHopByHop(options))).toBe(Reason.Ipv6HopByHop)
  })

  test('longer than the packet are dropped', () => {
    expect(reasonOf(ipv6([TCP, 1, ...PADDING], { next: HOP_BY_HOP }))).toBe(Reason.Ipv6HopByHop)
  })

  test('may announce a jumbogram', () => {
    const bytes = ipv6(optionsHeader(TCP, [0xc2, 4, ...be32(70_000)], tcp()), { next: HOP_BY_HOP, length: 0 })
    expect(indexer.describe({ ...RAW, bytes, original: 70_100 })).toMatchObject({ length: 70_040, transport: 48 })
  })
})

describe('fragments that nobody puts together', () => {
  test('have their fragment header passed over, the later ones have no transport, and all meet in one shard', () => {
    const payload = udp([1, 2, 3, 4, 5, 6, 7, 8])
    const { packets } = indexer.index([
      { ...RAW, bytes: ipv6(fragmentHeader(17, 0, true, 7, payload), { next: FRAGMENT }) },
      { ...RAW, bytes: ipv6(fragmentHeader(17, 16, false, 7, payload), { next: FRAGMENT }) },
    ])
    const flags = IPV6 | DescriptorFlag.Fragment | DescriptorFlag.Options
    expect(packets[0]).toMatchObject({ flags, transport: 48, protocol: 17, dstPort: 53 })
    expect(packets[1]).toMatchObject({ flags: flags | DescriptorFlag.NoTransport, protocol: 17, dstPort: 0 })
    expect(packets[0].hash).toBe(packets[1].hash)
  })
})

describe('ICMPv6 redirects', () => {
  const quoted = ipv6(tcp(), { src: '2001:db8::5', dst: '2001:db8::6' })
  const redirect = [137, 0, 0, 0, ...be32(0), ...repeat(32, 0), 4, 8, ...be16(0), ...be32(0), ...quoted]

  test('from a router on the link are errors about the packet they quote', () => {
    indexer.flags = ReplayFlag.TrackIpv6
    const bytes = ipv6(redirect, { src: 'fe80::1', hopLimit: 255, next: 58 })
    const found = indexer.describe({ ...RAW, bytes })
    expect(found.flags & DescriptorFlag.IcmpError).toBe(DescriptorFlag.IcmpError)
    expect(found.hash).toBe(indexer.describe({ ...RAW, bytes: quoted }).hash)
  })

  test('from further away are not', () => {
    const bytes = ipv6(redirect, { src: 'fe80::1', hopLimit: 254, next: 58 })
    expect(indexer.describe({ ...RAW, bytes }).flags & DescriptorFlag.IcmpError).toBe(0)
  })
})
