import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DescriptorFlag } from '../../../src/memory/descriptor.js'
import { Direction } from '../../../src/memory/record.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { TestIndexer } from '../indexing.js'
import { ethernet, ipv4, OUR_MAC, PEER_MAC, tcp } from '../packet-bytes.js'

const OWN = '10.0.0.1'
const OTHER_OWN = '10.0.0.2'
const PEER = '192.0.2.1'
const RAW = { captureInterface: 1 }

let indexer: TestIndexer

beforeAll(() => {
  indexer = new TestIndexer()
  indexer.addLocalAddress(OWN)
  indexer.addLocalAddress(OTHER_OWN)
})

beforeEach(() => {
  indexer.flags = 0
})

const packet = (src: string, dst: string): number[] => ipv4(tcp(), { src, dst })
const LINK_RAW = 101
const wasSeenLeaving = (flags: number): boolean => (flags & DescriptorFlag.Sent) !== 0
const isOutput = (flags: number): boolean => (flags & DescriptorFlag.Output) !== 0

describe('with vantage arrival', () => {
  test.each([
    ['an own address', OWN, true],
    ['the loopback network', '127.1.2.3', true],
    ['elsewhere', PEER, false],
  ])('the source decides: %s', (_, src, output) => {
    expect(isOutput(indexer.describe({ ...RAW, bytes: packet(src, PEER) }).flags)).toBe(output)
    expect(isOutput(indexer.describe({ bytes: ethernet(0x0800, packet(src, PEER)) }).flags)).toBe(output)
  })

  test('a direction does not matter', () => {
    expect(isOutput(indexer.describe({ ...RAW, bytes: packet(OWN, PEER), direction: Direction.In }).flags)).toBe(true)
    expect(isOutput(indexer.describe({ ...RAW, bytes: packet(PEER, OWN), direction: Direction.Out }).flags)).toBe(false)
  })

  test('a thousand own addresses are all known', () => {
    const many = new TestIndexer()
    const own = Array.from({ length: 1000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    for (const address of own) many.addLocalAddress(address)
    const { packets } = many.index(own.map((src) => ({ captureInterface: 1, bytes: packet(src, PEER) })))
    expect(packets.every(({ flags }) => isOutput(flags))).toBe(true)
    expect(isOutput(many.describe({ ...RAW, bytes: packet('10.1.4.0', PEER) }).flags)).toBe(false)
  })
})

describe('with vantage tap', () => {
  beforeEach(() => {
    indexer.flags = ReplayFlag.Tap
  })

  test('what leaves from an own address starts at OUTPUT', () => {
    const found = indexer.describe({ ...RAW, bytes: packet(OWN, PEER), direction: Direction.Out })
    expect(isOutput(found.flags)).toBe(true)
  })

  test('what leaves from elsewhere was seen leaving, and does not start at OUTPUT', () => {
    const record = { ...RAW, bytes: packet(PEER, '198.51.100.1'), direction: Direction.Out }
    const { flags } = indexer.describe(record)
    expect(isOutput(flags)).toBe(false)
    expect(wasSeenLeaving(flags)).toBe(true)
  })

  test('what comes in is received, even from an own address', () => {
    const found = indexer.describe({ ...RAW, bytes: packet(OWN, PEER), direction: Direction.In })
    expect(isOutput(found.flags)).toBe(false)
  })

  test('loopback is seen once, as coming in, and starts at OUTPUT', () => {
    indexer.setInterface(3, LINK_RAW, 0)
    const record = { bytes: packet(OWN, OTHER_OWN), direction: Direction.In }
    expect(isOutput(indexer.describe({ ...record, captureInterface: 3 }).flags)).toBe(true)
    expect(isOutput(indexer.describe({ ...record, ...RAW }).flags)).toBe(false)
  })

  test('without a direction the MAC addresses decide', () => {
    indexer.setInterface(2, 1, 5, 0x020000000001n)
    const leaving = ethernet(0x0800, packet(PEER, '198.51.100.1'), PEER_MAC, OUR_MAC)
    const arriving = ethernet(0x0800, packet(OWN, PEER), OUR_MAC, PEER_MAC)
    expect(wasSeenLeaving(indexer.describe({ bytes: leaving, captureInterface: 2 }).flags)).toBe(true)
    expect(isOutput(indexer.describe({ bytes: arriving, captureInterface: 2 }).flags)).toBe(false)
  })

  test('without any of that the source decides', () => {
    expect(isOutput(indexer.describe({ ...RAW, bytes: packet(OWN, PEER) }).flags)).toBe(true)
    expect(isOutput(indexer.describe({ ...RAW, bytes: packet(PEER, OWN) }).flags)).toBe(false)
  })
})
