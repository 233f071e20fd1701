import { beforeAll, describe, expect, test } from 'vitest'
import { DescriptorFlag } from '../../../src/memory/descriptor.js'
import { Reason } from '../../../src/memory/reason.js'
import { TestIndexer } from '../indexing.js'
import { ipv4, repeat, tcp, udp } from '../packet-bytes.js'

const RAW = { captureInterface: 1 }
const LOCAL = '10.0.0.1'

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer()
  indexer.addLocalAddress(LOCAL)
})

test('the header becomes the descriptor', () => {
  const bytes = ipv4(tcp(), { src: '192.0.2.1', dst: '198.51.100.2', tos: 0x2e, ttl: 3, fragment: 0x4000 })
  expect(indexer.describe({ ...RAW, bytes, atNs: 5n })).toMatchObject({
    atNs: 5n,
    record: 0,
    length: 40,
    captured: 40,
    src: 0xc0000201,
    dst: 0xc6336402,
    transport: 20,
    protocol: 6,
    tos: 0x2e,
    ttl: 3,
    boxInterface: 4,
    flags: DescriptorFlag.DontFragment,
  })
})

test('options move the transport header', () => {
  const bytes = ipv4(udp(), { protocol: 17, options: [148, 4, 0, 0] })
  expect(indexer.describe({ ...RAW, bytes })).toMatchObject({
    transport: 24,
    flags: DescriptorFlag.Options,
    dstPort: 53,
  })
})

describe('ip_rcv drops a received packet', () => {
  test.each([
    ['of another version', ipv4(tcp(), { version: 5 }), Reason.IpVersion],
    ['with a header length below 5', ipv4(tcp(), { headerWords: 4 }), Reason.IpHeaderLength],
    ['whose header is longer than it', ipv4([], { headerWords: 6, length: 20 }), Reason.IpHeaderLength],
    ['with a wrong header checksum', ipv4(tcp(), { checksum: 0x1234 }), Reason.IpChecksum],
    ['whose total length is beyond it', ipv4(tcp(), { length: 41 }), Reason.IpTotalLength],
    ['whose total length is below its header', ipv4(tcp(), { length: 19 }), Reason.IpTotalLength],
    ['without a total length', ipv4(tcp(), { length: 0 }), Reason.IpTotalLength],
  ])('%s', (_, bytes, reason) => {
    indexer.setInterface(2, 228, 4)
    expect(indexer.reasonOf({ bytes, captureInterface: 2 })).toBe(reason)
  })

  test('shorter than its header', () => {
    expect(indexer.reasonOf({ ...RAW, bytes: ipv4([]).slice(0, 19) })).toBe(Reason.IpHeaderLength)
  })
})

describe('a packet of the box itself', () => {
  test('starts at OUTPUT, whatever its header checksum', () => {
    const bytes = ipv4(tcp(), { src: LOCAL, checksum: 0 })
    expect(indexer.describe({ ...RAW, bytes })).toMatchObject({
      flags: DescriptorFlag.Output,
      boxInterface: 0,
      linkHeader: 0,
    })
  })

  test('without a total length (segmented by the device) is as long as it was on the wire', () => {
    const bytes = ipv4(tcp(), { src: LOCAL, length: 0 })
    const found = indexer.describe({ ...RAW, bytes, original: 70_000 })
    expect(found).toMatchObject({ length: 70_000, captured: 40, flags: DescriptorFlag.Output | DescriptorFlag.Cut })
  })
})

describe('the snap length', () => {
  test('cuts the captured bytes, not the length', () => {
    const bytes = ipv4(tcp(repeat(1000, 7)))
    expect(indexer.describe({ ...RAW, bytes, captured: 60 })).toMatchObject({
      length: 1040,
      captured: 60,
      flags: DescriptorFlag.Cut,
      dstPort: 443,
    })
  })

  test.each([
    ['the header', ipv4(tcp()), 19],
    ['its options', ipv4(tcp(), { options: [1, 1, 1, 1] }), 23],
  ])('can cut %s', (_, bytes, captured) => {
    expect(indexer.reasonOf({ ...RAW, bytes, captured })).toBe(Reason.CutIpHeader)
  })
})

describe('fragments that nobody puts together', () => {
  const first = ipv4(udp([1, 2, 3, 4, 5, 6, 7, 8]), { protocol: 17, fragment: 0x2000, id: 9 })
  const later = ipv4([1, 2, 3, 4, 5, 6, 7, 8], { protocol: 17, fragment: 2, id: 9 })

  test('go on as they are, the first with its ports', () => {
    const { packets } = indexer.index([
      { ...RAW, bytes: first },
      { ...RAW, bytes: later },
    ])
    expect(packets[0]).toMatchObject({ flags: DescriptorFlag.Fragment, dstPort: 53 })
    expect(packets[1]).toMatchObject({ flags: DescriptorFlag.Fragment | DescriptorFlag.NoTransport, dstPort: 0 })
  })

  test('of one datagram meet in one shard', () => {
    const { packets } = indexer.index([
      { ...RAW, bytes: first },
      { ...RAW, bytes: later },
    ])
    expect(packets[0].hash).toBe(packets[1].hash)
  })
})
