/**
 * The table of a shard: many entries found again while it grows, expired ones swept away, memory used again, and the
 * books of births and deaths.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { ENTRY_OFFSET } from '../../../src/memory/entry.js'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { ConntrackCounter, ENTRY_CHUNK_OFFSET, SHARD_OFFSET } from '../../../src/memory/shard.js'
import { readShard } from '../../../src/statistics/collect.js'
import { mergeOccupancy } from '../../../src/statistics/occupancy.js'
import type { Books } from '../../../src/statistics/report.js'
import { packetBytes } from './packet-text.js'
import { TrackUnderTest } from './track-under-test.js'

const SECOND = 1_000_000_000n
const START = 1_700_000_000n * SECOND

let track: TrackUnderTest

beforeEach(() => {
  track = new TrackUnderTest()
})

describe.each([
  ['IPv4', (client: number) => `10.1.${client >> 8}.${client & 255}:4000 > 10.0.0.1:53 udp`],
  ['IPv6', (client: number) => `[2001:db8::${client.toString(16)}]:4000 > [2001:db8::ffff]:53 udp`],
])('%s', (_family, query) => {
  test('every entry is found again after the index has grown', () => {
    for (let client = 0; client < 5000; client++) track.pass(packetBytes(query(client)), START)
    expect(track.memory.u32(track.shard.at + SHARD_OFFSET.slotMask)).toBeGreaterThanOrEqual(8191)
    for (let client = 0; client < 5000; client += 7) {
      const [from, to] = query(client).replace(' udp', '').split(' > ')
      expect(track.pass(packetBytes(`${to} > ${from} udp`), START + SECOND)).toBe('ESTABLISHED')
    }
    expect(track.entries()).toHaveLength(5000)
  })

  test('expired entries are swept, so that a steady stream of new ones needs no more memory', () => {
    for (let client = 0; client < 20000; client++) {
      track.pass(packetBytes(query(client % 50000)), START + BigInt(client) * (SECOND / 10n))
    }
    expect(track.memory.u32(track.shard.at + SHARD_OFFSET.slotMask)).toBe(1023)
    expect(track.entries()).toHaveLength(300)
  })
})

test('a sweep at the end leaves what is alive, and books every death', () => {
  for (let client = 0; client < 100; client++) {
    track.pass(packetBytes(`10.0.0.9:${1000 + client} > 10.0.0.1:53 udp`), START + BigInt(client) * SECOND)
  }
  track.exports.sweep(track.shard.at, track.nowNs)
  expect(track.entries()).toHaveLength(30)
  expect(track.counter(ConntrackCounter.Confirmed)).toBe(100)
  expect(track.counter(ConntrackCounter.Died)).toBe(70)
  expect(track.memory.u32(track.shard.at + SHARD_OFFSET.entryCount)).toBe(30)
})

test('packets are counted beyond what 32 bits hold', () => {
  track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START)
  for (const { at } of track.shard.aliveEntries(START)) {
    track.memory.setU32(at + ENTRY_OFFSET.packets0, 0xffffffff)
  }
  track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START)
  for (const entry of track.shard.aliveEntries(START)) {
    expect(entry).toMatchObject({ packets0: 1n << 32n, packets1: 0n, bytes0: 56n })
  }
})

test('entries are two lines of memory, IPv6 three, and one more where NAT or marks need it', () => {
  const bytesWith = (flags: number): number[] => {
    track = new TrackUnderTest({ flags })
    track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START)
    track.pass(packetBytes('[2001:db8::9]:1 > [2001:db8::1]:53 udp'), START)
    const ipv4 = track.memory.u32(track.shard.at + SHARD_OFFSET.openIpv4)
    const ipv6 = track.memory.u32(track.shard.at + SHARD_OFFSET.openIpv6)
    return [ipv4, ipv6].map((chunk) => track.memory.u32(chunk + ENTRY_CHUNK_OFFSET.entryBytes))
  }
  expect(bytesWith(0)).toEqual([128, 192])
  expect(bytesWith(ReplayFlag.CtMarks)).toEqual([192, 192])
  expect(bytesWith(ReplayFlag.NatIpv4)).toEqual([192, 192])
  expect(bytesWith(ReplayFlag.NatIpv6)).toEqual([128, 256])
})

test('entries tell who began them, when, and what they counted', () => {
  track = new TrackUnderTest({ flags: ReplayFlag.TcpLoose | ReplayFlag.CtMarks })
  track.pass(packetBytes('10.0.0.8:1 > 10.0.0.1:53 udp'), START, true)
  track.pass(packetBytes('[2001:db8::9]:4000 > [2001:db8::1]:22 tcp SYN seq 1 len 10'), START)
  for (const entry of track.shard.aliveEntries(START)) {
    expect(entry).toMatchObject({
      family: 6,
      protocol: 6,
      srcPort: 4000,
      dstPort: 22,
      replySrcPort: 22,
      id: 2n,
      bytes0: 70n,
    })
    expect([0, 1, 2, 3].map((word) => entry.src6(word))).toEqual([0x20010db8, 0, 0, 9])
    expect([0, 1, 2, 3].map((word) => entry.replySrc6(word))).toEqual([0x20010db8, 0, 0, 1])
    entry.ctMark = 0xffffffff
    expect(entry.ctMark).toBe(0xffffffff)
  }
})

test('an ICMP entry tells the type of its answer', () => {
  track.pass(packetBytes('10.0.0.9 > 10.0.0.1 icmp 13/0 id 7'), START)
  for (const entry of track.shard.aliveEntries(START)) {
    expect(entry).toMatchObject({ srcPort: 7, dstPort: 13 << 8, replySrcPort: 7, replyDstPort: 14 << 8 })
  }
})

describe('occupancy', () => {
  const books = (): Books => readShard(track.memory, track.shard.at).books

  test('deaths are booked when the timeout ran out, not when they are noticed', () => {
    track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START)
    track.pass(packetBytes('10.0.0.9:2 > 10.0.0.1:53 udp'), START + 20n * SECOND)
    track.pass(packetBytes('10.0.0.9:3 > 10.0.0.1:53 udp'), START + 1000n * SECOND)
    track.exports.sweep(track.shard.at, track.nowNs)
    const { firstSlot, shift, births, deaths } = books()
    const slotsOf = (counts: readonly number[]): bigint[] =>
      counts.flatMap((count, slot) => Array<bigint>(count).fill(firstSlot + BigInt(slot)))
    const slotsAt = (...seconds: bigint[]): bigint[] =>
      seconds.map((second) => (START + second * SECOND) >> BigInt(shift))
    expect(slotsOf(births)).toEqual(slotsAt(0n, 20n, 1000n))
    expect(slotsOf(deaths)).toEqual(slotsAt(30n, 50n))
  })

  test('shards whose slots have different widths add up', () => {
    const other = track.address(track.exports.createShard(1))
    track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START)
    track.pass(packetBytes('10.0.0.9:1 > 10.0.0.1:53 udp'), START + 500_000n * SECOND)
    const first = books()
    track.useShard(other)
    track.pass(packetBytes('10.0.0.9:2 > 10.0.0.1:53 udp'), START + SECOND)
    const second = books()
    expect(first.shift).toBeGreaterThan(second.shift)
    expect(mergeOccupancy([first, second])).toEqual(mergeOccupancy([second, first]))
    expect(mergeOccupancy([first, second]).peak).toBe(2n)
  })

  test('no connection, no slot', () => {
    expect(books()).toMatchObject({ births: [], deaths: [] })
  })
})
