import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PacketType } from '../../../src/memory/descriptor.js'
import { Reason } from '../../../src/memory/reason.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { TestIndexer } from '../indexing.js'
import { be16, be32, ethernet, ipv4, ipv6, OUR_MAC, PEER_MAC, repeat, tcp, vlanTag } from '../packet-bytes.js'

const V4 = ipv4(tcp())
const V6 = ipv6(tcp())
const LINK_SLL = 113
const LINK_SLL2 = 276

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer()
})

beforeEach(() => {
  indexer.flags = ReplayFlag.Outcomes
})

/** The one packet of a link type, without the link header. */
function describeOn(linkType: number, bytes: number[]) {
  indexer.setInterface(2, linkType, 7)
  return indexer.describe({ bytes, captureInterface: 2 })
}

function reasonOn(linkType: number, bytes: number[]) {
  indexer.setInterface(2, linkType, 7)
  return indexer.reasonOf({ bytes, captureInterface: 2 })
}

const session = (payload: number[]): number[] => ethernet(0x8864, [0x11, 0, 0, 7, ...be16(payload.length), ...payload])

const sll = (type: number, protocol: number, payload: number[]): number[] => [
  ...be16(type),
  ...be16(1),
  ...be16(6),
  ...PEER_MAC,
  0,
  0,
  ...be16(protocol),
  ...payload,
]
const sll2 = (type: number, protocol: number, payload: number[]): number[] => [
  ...be16(protocol),
  0,
  0,
  ...be32(2),
  ...be16(1),
  type,
  6,
  ...PEER_MAC,
  0,
  0,
  ...payload,
]

describe('Ethernet', () => {
  test.each([
    ['IPv4', 0x0800, V4],
    ['IPv6', 0x86dd, V6],
  ])('carries %s', (_, type, packet) => {
    const found = describeOn(1, ethernet(type, packet))
    expect(found).toMatchObject({ bytes: packet, boxInterface: 7, linkHeader: 14, packetType: PacketType.Host })
  })

  test.each([
    ['ARP', ethernet(0x0806, repeat(28, 0))],
    ['an 802.3 frame', ethernet(0x0100, V4)],
  ])('with %s is not IP', (_, frame) => {
    expect(reasonOn(1, frame)).toBe(Reason.NotIp)
  })

  test('cut in its header is cut', () => {
    expect(indexer.reasonOf({ bytes: ethernet(0x0800, V4), captured: 13 })).toBe(Reason.CutIpHeader)
  })

  test.each([
    ['broadcast', [255, 255, 255, 255, 255, 255], PacketType.Broadcast],
    ['multicast', [1, 0, 94, 0, 0, 1], PacketType.Multicast],
    ['host, as long as its own address is not known', [2, 9, 9, 9, 9, 9], PacketType.Host],
  ])('tells %s by the destination', (_, dst, packetType) => {
    expect(describeOn(1, ethernet(0x0800, V4, dst)).packetType).toBe(packetType)
  })

  test('drops what is for another host when it was captured on the interface itself', () => {
    indexer.setInterface(3, 1, 7, 0x020000000001n)
    indexer.flags = ReplayFlag.Tap | ReplayFlag.Outcomes
    expect(indexer.reasonOf({ bytes: ethernet(0x0800, V4, PEER_MAC), captureInterface: 3 })).toBe(Reason.OtherHost)
    expect(indexer.describe({ bytes: ethernet(0x0800, V4, OUR_MAC), captureInterface: 3 }).packetType).toBe(
      PacketType.Host,
    )
  })

  test('offers from afar what its link header addresses to another host', () => {
    indexer.setInterface(3, 1, 7, 0x020000000001n)
    const found = indexer.describe({ bytes: ethernet(0x0800, V4, PEER_MAC), captureInterface: 3 })
    expect(found.packetType).toBe(PacketType.Host)
  })

  test('pads short frames, and the padding is no part of the packet', () => {
    const padded = [...ethernet(0x0800, V4), 1, 2, 3, 4, 5, 6]
    expect(describeOn(1, padded)).toMatchObject({ length: V4.length, captured: V4.length, bytes: V4 })
  })
})

describe('VLAN tags', () => {
  const vlans = new Map([[10, 21]])

  test.each([
    ['802.1Q', 0x8100],
    ['802.1ad', 0x88a8],
    ['old QinQ', 0x9100],
  ])('of %s lead to the box interface of their id', (_, type) => {
    indexer.setInterface(3, 1, 7, 0n, vlans)
    const bytes = ethernet(type, vlanTag(10, 0x0800, V4))
    const found = indexer.describe({ bytes, captureInterface: 3 })
    expect(found).toMatchObject({ boxInterface: 21, linkHeader: 18, bytes: V4 })
  })

  test('priority bits are no part of the id', () => {
    indexer.setInterface(3, 1, 7, 0n, vlans)
    const bytes = ethernet(0x8100, vlanTag(0xe00a, 0x0800, V4))
    expect(indexer.describe({ bytes, captureInterface: 3 }).boxInterface).toBe(21)
  })

  test('with id 0 only carry a priority: the frame belongs to the interface itself', () => {
    indexer.setInterface(3, 1, 7, 0n, vlans)
    const bytes = ethernet(0x8100, vlanTag(0, 0x0800, V4))
    expect(indexer.describe({ bytes, captureInterface: 3 }).boxInterface).toBe(7)
  })

  test('leave the interface unknown when the box has no such VLAN, or two tags stand in a row', () => {
    indexer.setInterface(3, 1, 7, 0n, vlans)
    const one = ethernet(0x8100, vlanTag(11, 0x0800, V4))
    const two = ethernet(0x88a8, vlanTag(10, 0x8100, vlanTag(10, 0x86dd, V6)))
    expect(indexer.describe({ bytes: one, captureInterface: 3 }).boxInterface).toBe(0)
    expect(indexer.describe({ bytes: two, captureInterface: 3 })).toMatchObject({
      boxInterface: 0,
      linkHeader: 22,
      bytes: V6,
    })
  })

  test('stop at four', () => {
    const tagged = (tags: number): number[] =>
      tags === 0 ? V4 : vlanTag(1, tags === 1 ? 0x0800 : 0x8100, tagged(tags - 1))
    expect(describeOn(1, ethernet(0x8100, tagged(4))).bytes).toEqual(V4)
    expect(reasonOn(1, ethernet(0x8100, tagged(5)))).toBe(Reason.NotIp)
  })
})

describe('PPPoE', () => {
  test.each([
    ['IPv4', [0x00, 0x21, ...V4], V4],
    ['IPv6', [0x00, 0x57, ...V6], V6],
    ['IPv4 with a compressed protocol field', [0x21, ...V4], V4],
  ])('sessions carry %s, seen on no interface of the box', (_, payload, packet) => {
    expect(describeOn(1, session(payload))).toMatchObject({ boxInterface: 0, linkHeader: 0, bytes: packet })
  })

  test('control protocols are not IP', () => {
    expect(reasonOn(1, session([0xc0, 0x21, 1, 1, 0, 4]))).toBe(Reason.NotIp)
  })
})

describe('Linux cooked captures', () => {
  test.each([
    ['SLL', LINK_SLL, sll],
    ['SLL2', LINK_SLL2, sll2],
  ])('of kind %s carry the packet type and the sender', (_, linkType, frame) => {
    const found = describeOn(linkType, frame(PacketType.Multicast, 0x86dd, V6))
    expect(found).toMatchObject({ bytes: V6, packetType: PacketType.Multicast })
    expect(indexer.macOf(found)).toEqual(PEER_MAC)
  })

  test.each([
    ['SLL', LINK_SLL, sll],
    ['SLL2', LINK_SLL2, sll2],
  ])('of kind %s have VLAN tags inside', (_, linkType, frame) => {
    const found = describeOn(linkType, frame(PacketType.Host, 0x8100, vlanTag(5, 0x0800, V4)))
    expect(found).toMatchObject({ bytes: V4, boxInterface: 0 })
  })

  test('drop what was for another host when they were taken on the box', () => {
    indexer.flags = ReplayFlag.Tap | ReplayFlag.Outcomes
    expect(reasonOn(LINK_SLL, sll(PacketType.OtherHost, 0x0800, V4))).toBe(Reason.OtherHost)
  })
})

describe('links without addresses', () => {
  test.each([12, 14, 101, 228])('IPv4 is read from link type %i', (linkType) => {
    expect(describeOn(linkType, V4)).toMatchObject({ bytes: V4, linkHeader: 0, boxInterface: 7 })
  })

  test.each([12, 14, 101, 229])('IPv6 is read from link type %i', (linkType) => {
    expect(describeOn(linkType, V6)).toMatchObject({ bytes: V6, linkHeader: 0 })
  })

  test('raw IP of neither version is a wrong version', () => {
    expect(reasonOn(101, [0x50, ...V4.slice(1)])).toBe(Reason.IpVersion)
  })

  test.each([2, 10, 23, 24, 28, 30])('address family %i is known in both byte orders', (family) => {
    const packet = family === 2 ? V4 : V6
    expect(describeOn(0, [family, 0, 0, 0, ...packet]).bytes).toEqual(packet)
    expect(describeOn(108, [0, 0, 0, family, ...packet]).bytes).toEqual(packet)
  })

  test('other address families are not IP', () => {
    expect(reasonOn(0, [7, 0, 0, 0, ...V4])).toBe(Reason.NotIp)
  })

  test('PPP comes with and without address and control bytes', () => {
    expect(describeOn(9, [0xff, 0x03, 0x00, 0x21, ...V4]).bytes).toEqual(V4)
    expect(describeOn(9, [0x57, ...V6]).bytes).toEqual(V6)
  })

  test('a link type that nobody reads is named as the reason', () => {
    expect(reasonOn(105, V4)).toBe(Reason.LinkType)
  })
})
