import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DescriptorFlag } from '../../../src/memory/descriptor.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { TestIndexer, type Described } from '../indexing.js'
import { be16, icmp, ipv4, ipv6, repeat, tcp, udp, withTransportChecksum } from '../packet-bytes.js'

const RAW = { captureInterface: 1 }
const { BadTransport, BadChecksum, IcmpError } = DescriptorFlag
const ECHO = 8
const UNREACHABLE = 3

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer()
})

beforeEach(() => {
  indexer.flags = 0
})

function describePacket(bytes: number[], captured = bytes.length): Described {
  return indexer.describe({ ...RAW, bytes, captured })
}

function hasFlag(bytes: number[], flag: DescriptorFlag): boolean {
  return (describePacket(bytes).flags & flag) !== 0
}

function hashOf(bytes: number[]): number {
  return describePacket(bytes).hash
}

function v4(protocol: number, payload: number[]): number[] {
  return ipv4(payload, { protocol })
}

/** A router's word to 192.0.2.1 that a packet cannot go on. */
function unreachable(quoted: number[]): number[] {
  return ipv4(icmp(UNREACHABLE, 1, 0, quoted), { src: '203.0.113.1', dst: '192.0.2.1', protocol: 1 })
}

test('a TCP header becomes the descriptor', () => {
  const segment = tcp([9], { srcPort: 1, dstPort: 2, seq: 0x80000001, ack: 7, flags: 0x52, window: 65535 })
  expect(describePacket(ipv4(segment))).toMatchObject({
    srcPort: 1,
    dstPort: 2,
    seq: 0x80000001,
    ack: 7,
    tcpFlags: 0x52,
    window: 65535,
    tcpHeader: 20,
    flags: 0,
  })
})

describe('a transport header is bad', () => {
  test.each([
    ['TCP shorter than 20 bytes', v4(6, tcp().slice(0, 19))],
    ['TCP with a data offset below 5', v4(6, tcp([], { headerWords: 4 }))],
    ['TCP with a data offset beyond the packet', v4(6, tcp([], { headerWords: 6 }))],
    ['UDP shorter than 8 bytes', v4(17, udp().slice(0, 7))],
    ['UDP with a length below 8', v4(17, udp([], { length: 7 }))],
    ['UDP with a length beyond the packet', v4(17, udp([1], { length: 10 }))],
    ['UDP-Lite with too small a coverage', v4(136, udp([1], { length: 7, checksum: 1 }))],
    ['UDP-Lite without a checksum', v4(136, udp([1], { length: 0 }))],
    ['SCTP shorter than 12 bytes', v4(132, tcp().slice(0, 11))],
    ['ICMP shorter than 8 bytes', v4(1, icmp(ECHO, 0, 0).slice(0, 7))],
    ['ICMP in IPv6', ipv6(icmp(ECHO, 0, 0), { next: 1 })],
    ['ICMPv6 in IPv4', v4(58, icmp(128, 0, 0))],
  ])('%s', (_, bytes) => {
    expect(hasFlag(bytes, BadTransport)).toBe(true)
  })

  test('when the snap length cuts it, with ports as far as they go', () => {
    const found = describePacket(ipv4(tcp()), 30)
    expect(found).toMatchObject({ srcPort: 40000, dstPort: 443, seq: 0, flags: BadTransport | DescriptorFlag.Cut })
  })

  test.each([
    ['UDP padded behind its length', v4(17, udp([1, 2], { length: 9 }))],
    ['UDP-Lite that covers all', v4(136, udp([1], { length: 0, checksum: 1 }))],
    ['a protocol nobody knows', v4(200, [])],
  ])('but not %s', (_, bytes) => {
    expect(hasFlag(bytes, BadTransport)).toBe(false)
  })
})

describe('checksums, when they are verified', () => {
  beforeEach(() => {
    indexer.flags = ReplayFlag.Checksum
  })

  const good = [
    ['TCP', withTransportChecksum(ipv4(tcp([1, 2, 3])), 16), 16],
    ['TCP over IPv6', withTransportChecksum(ipv6(tcp([1, 2, 3])), 16), 16],
    ['UDP', withTransportChecksum(ipv4(udp([1]), { protocol: 17 }), 6), 6],
    ['UDP over IPv6', withTransportChecksum(ipv6(udp([1]), { next: 17 }), 6), 6],
    ['ICMP', withTransportChecksum(ipv4(icmp(ECHO, 0, 1), { protocol: 1 }), 2), 2],
    ['ICMPv6', withTransportChecksum(ipv6(icmp(128, 0, 1), { next: 58 }), 2), 2],
  ] as const

  test.each(good)('%s passes when it is right', (_, bytes) => {
    expect(hasFlag(bytes, BadChecksum)).toBe(false)
  })

  test.each(good)('%s fails when it is wrong', (_, bytes, offset) => {
    const header = bytes[0] >> 4 === 4 ? 20 : 40
    const wrong = bytes.with(header + offset, bytes[header + offset] ^ 1)
    expect(hasFlag(wrong, BadChecksum)).toBe(true)
  })

  test('a UDP checksum of 0 was not computed, in IPv6 too', () => {
    expect(hasFlag(ipv4(udp([1]), { protocol: 17 }), BadChecksum)).toBe(false)
    expect(hasFlag(ipv6(udp([1]), { next: 17 }), BadChecksum)).toBe(false)
  })

  test('are not verified of a packet that was cut', () => {
    const found = describePacket(ipv4(tcp([1, 2, 3, 4])), 42)
    expect(found.flags).toBe(DescriptorFlag.Cut)
  })

  test('are not verified of what the box sent', () => {
    indexer.addLocalAddress('192.0.2.77')
    expect(hasFlag(ipv4(tcp([1]), { src: '192.0.2.77' }), BadChecksum)).toBe(false)
  })
})

describe('the hash', () => {
  const there = { src: '192.0.2.1', dst: '198.51.100.2' }
  const back = { src: '198.51.100.2', dst: '192.0.2.1' }

  test('is the same in both directions of TCP', () => {
    const request = hashOf(ipv4(tcp([], { srcPort: 5, dstPort: 6 }), there))
    expect(hashOf(ipv4(tcp([], { srcPort: 6, dstPort: 5 }), back))).toBe(request)
    expect(hashOf(ipv4(tcp([], { srcPort: 5, dstPort: 6 }), back))).not.toBe(request)
  })

  test('is the same in both directions over IPv6', () => {
    const request = hashOf(
      ipv6(udp([], { srcPort: 5, dstPort: 6 }), { src: '2001:db8::1', dst: '2001:db8::2', next: 17 }),
    )
    const reply = ipv6(udp([], { srcPort: 6, dstPort: 5 }), { src: '2001:db8::2', dst: '2001:db8::1', next: 17 })
    expect(hashOf(reply)).toBe(request)
  })

  test.each([
    ['echo', 8, 0],
    ['timestamp', 13, 14],
    ['information', 15, 16],
    ['address mask', 17, 18],
  ])('is the same for an ICMP %s and its answer, and tells ids apart', (_, query, answer) => {
    const asked = hashOf(ipv4(icmp(query, 0, 0x70001), { ...there, protocol: 1 }))
    expect(hashOf(ipv4(icmp(answer, 0, 0x70002), { ...back, protocol: 1 }))).toBe(asked)
    expect(hashOf(ipv4(icmp(query, 0, 0x80001), { ...there, protocol: 1 }))).not.toBe(asked)
  })

  test('is the same for an ICMPv6 echo and its answer', () => {
    const request = ipv6(icmp(128, 0, 0x70001), { next: 58, src: '2001:db8::1', dst: '2001:db8::2' })
    const answer = ipv6(icmp(129, 0, 0x70002), { next: 58, src: '2001:db8::2', dst: '2001:db8::1' })
    expect(hashOf(answer)).toBe(hashOf(request))
  })

  test('knows only addresses of a protocol without ports', () => {
    expect(hashOf(ipv4([1, 2, 3, 4], { protocol: 47 }))).toBe(hashOf(ipv4([5, 6, 7, 8], { protocol: 47 })))
    expect(hashOf(ipv4([1, 2, 3, 4], { protocol: 47 }))).not.toBe(hashOf(ipv4([1, 2, 3, 4], { protocol: 50 })))
  })

  test('fills shards evenly', () => {
    const flows = 4000
    const hashes = Array.from({ length: flows }, (_, i) => hashOf(ipv4(tcp([], { srcPort: 1024 + i }), there)))
    const shards = new Map<number, number>()
    for (const hash of hashes) shards.set(hash & 15, (shards.get(hash & 15) ?? 0) + 1)
    expect(new Set(hashes).size).toBeGreaterThan(flows - 10)
    expect(Math.max(...shards.values())).toBeLessThan((flows / 16) * 1.3)
  })
})

describe('an ICMP error', () => {
  const flow = ipv4(tcp([], { srcPort: 5, dstPort: 6 }), { src: '192.0.2.1', dst: '203.0.113.9' })

  test.each([3, 4, 5, 11, 12])('of type %i goes where the flow goes that it quotes', (type) => {
    const bytes = ipv4(icmp(type, 0, 0, flow.slice(0, 28)), { dst: '192.0.2.1', protocol: 1 })
    const found = describePacket(bytes)
    expect(found).toMatchObject({ flags: IcmpError, hash: describePacket(flow).hash, dstPort: type << 8 })
  })

  test('about an echo goes where the echo goes', () => {
    const echo = ipv4(icmp(ECHO, 0, 0x70001), { protocol: 1 })
    expect(describePacket(unreachable(echo)).hash).toBe(describePacket(echo).hash)
  })

  test('over IPv6 goes where the flow goes that it quotes', () => {
    const quoted = ipv6(udp([1]), { next: 17 })
    const found = describePacket(ipv6(icmp(1, 0, 0, quoted), { next: 58, src: '2001:db8::9', dst: '2001:db8::1' }))
    expect(found.flags & IcmpError).toBe(IcmpError)
    expect(found.hash).toBe(describePacket(quoted).hash)
  })

  test('that quotes too little keeps the hash of its own addresses', () => {
    const own = describePacket(unreachable([])).hash
    expect(describePacket(unreachable(flow.slice(0, 23))).hash).toBe(own)
    expect(describePacket(unreachable(ipv4(tcp(), { fragment: 5 }))).hash).toBe(own)
  })
})

test('DCCP has ports, but conntrack tells its flows apart by address alone', () => {
  const one = v4(33, [...be16(5), ...be16(9), ...repeat(8, 0)])
  const other = v4(33, [...be16(6), ...be16(9), ...repeat(8, 0)])
  expect(describePacket(one)).toMatchObject({ srcPort: 5, dstPort: 9, hash: hashOf(other) })
})
