/**
 * Matches that remember what came before: what they keep, how long, and where their counting has edges.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Packet } from '../../src/memory/packet.js'
import { TUPLE_OFFSET, writeTuple } from '../../src/memory/tuple.js'
import { clearState, entryOf, packetOf, type PacketText, questionOf, udpHeader } from './packet-under-test.js'

const SECOND = 1_000_000_000n
const START = 1_700_000_000n * SECOND
const ASSURED = 4
const CONFIRMED = 8

beforeEach(clearState)

function udp(src: string, atMs: number, more: PacketText = {}): Packet {
  const nowNs = START + BigInt(atMs) * 1_000_000n
  return packetOf({ protocol: 17, src, transport: udpHeader(1000, 53), nowNs, ...more })
}

describe('statistic', () => {
  test('matches packet p and every nth after it', () => {
    const matches = questionOf('-m statistic --mode nth --every 3 --packet 1')
    const said = Array.from({ length: 8 }, () => matches(udp('192.0.2.1', 0)))
    expect(said).toEqual([false, true, false, false, true, false, false, true])
  })

  test('at random is about as often as asked for, never at 0 and always at 1', () => {
    const count = (rule: string): number => {
      const matches = questionOf(rule)
      return Array.from({ length: 1000 }, () => matches(udp('192.0.2.1', 0))).filter(Boolean).length
    }
    const third = count('-m statistic --mode random --probability 0.33333')
    expect(third).toBeGreaterThan(280)
    expect(third).toBeLessThan(390)
    expect(count('-m statistic --mode random --probability 0')).toBe(0)
    expect(count('-m statistic --mode random --probability 1')).toBe(1000)
    expect(count('-m statistic --mode random ! --probability 1')).toBe(0)
  })
})

test('quota lets bytes pass up to the last one, and nothing once a packet did not fit', () => {
  const matches = questionOf('-m quota --quota 100')
  const lengths = [60, 40, 1]
  expect(lengths.map((length) => matches(udp('192.0.2.1', 0, { length })))).toEqual([true, true, false])
  clearState()
  const tight = questionOf('-m quota --quota 100')
  expect([60, 41, 20].map((length) => tight(udp('192.0.2.1', 0, { length })))).toEqual([true, false, false])
})

describe('recent', () => {
  test('a stamp exactly so many seconds old still counts', () => {
    const set = questionOf('-m recent --set')
    const seen = questionOf('-m recent --rcheck --seconds 2')
    expect(seen(udp('192.0.2.1', 0))).toBe(false)
    expect(set(udp('192.0.2.1', 0))).toBe(true)
    expect(seen(udp('192.0.2.1', 2000))).toBe(true)
    expect(seen(udp('192.0.2.1', 2004))).toBe(false)
    expect(seen(udp('192.0.2.2', 0))).toBe(false)
  })

  test('--update counts itself only when it matches', () => {
    questionOf('-m recent --set')(udp('192.0.2.1', 0))
    const often = questionOf('-m recent --update --hitcount 2')
    expect(often(udp('192.0.2.1', 1))).toBe(false)
    expect(often(udp('192.0.2.1', 2))).toBe(false)
    questionOf('-m recent --set')(udp('192.0.2.1', 3))
    expect(often(udp('192.0.2.1', 4))).toBe(true)
  })

  test('--remove forgets, --rttl asks for the TTL, --mask for the network', () => {
    questionOf('-m recent --set --mask 255.255.255.0')(udp('192.0.2.1', 0))
    const network = questionOf('-m recent --rcheck --mask 255.255.255.0')
    expect(network(udp('192.0.2.9', 1))).toBe(true)
    const sameWay = questionOf('-m recent --rcheck --rttl --mask 255.255.255.0')
    expect(sameWay(udp('192.0.2.9', 1, { ttl: 63 }))).toBe(false)
    expect(questionOf('-m recent --remove --mask 255.255.255.0')(udp('192.0.2.7', 2))).toBe(true)
    expect(network(udp('192.0.2.9', 3))).toBe(false)
  })

  test('the address not seen for longest makes room for the hundred and first', () => {
    const set = questionOf('-m recent --set')
    const seen = questionOf('-m recent --rcheck')
    for (let host = 1; host <= 101; host++) set(udp(`192.0.2.${host}`, host))
    expect(seen(udp('192.0.2.1', 200))).toBe(false)
    expect(seen(udp('192.0.2.2', 200))).toBe(true)
    expect(seen(udp('192.0.2.101', 200))).toBe(true)
  })
})

describe('hashlimit', () => {
  test('each address has a bucket that fills with time', () => {
    const below = questionOf(
      '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name a',
    )
    const said = [0, 0, 0, 96, 100].map((atMs) => below(udp('192.0.2.1', atMs)))
    expect(said).toEqual([true, true, false, false, true])
    expect(below(udp('192.0.2.2', 100))).toBe(true)
  })

  test('an entry that is collected begins again with a full bucket', () => {
    const below = questionOf(
      '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-htable-expire 500 --hashlimit-name a',
    )
    expect([0, 1400, 2000].map((atMs) => below(udp('192.0.2.1', atMs)))).toEqual([true, true, true])
    clearState()
    const again = questionOf(
      '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-htable-expire 500 --hashlimit-name a',
    )
    expect([0, 900, 1300].map((atMs) => again(udp('192.0.2.1', atMs)))).toEqual([true, false, false])
  })

  test('drops a packet for which a full table has no room', () => {
    const below = questionOf(
      '-m hashlimit --hashlimit-upto 1/sec --hashlimit-htable-size 1 --hashlimit-htable-max 1 --hashlimit-mode srcip --hashlimit-name a',
    )
    expect(below(udp('192.0.2.1', 0))).toBe(true)
    const other = udp('192.0.2.2', 0)
    expect([below(other), other.hotDrop]).toEqual([false, true])
  })
})

describe('connlimit', () => {
  const entry = { protocol: 17, status: CONFIRMED, expiryNs: START + 600n * SECOND }

  test('counts a new connection, and forgets it when it was not confirmed', () => {
    const above = questionOf('-m connlimit --connlimit-above 1')
    expect(above(udp('192.0.2.1', 0, { entry: { protocol: 17 } }))).toBe(false)
    expect(above(udp('192.0.2.1', 0, { entry: { protocol: 17 } }))).toBe(true)
    expect(above(udp('192.0.2.1', 50, { entry: { protocol: 17 } }))).toBe(false)
  })

  test('puts down a confirmed connection until it is assured', () => {
    const above = questionOf('-m connlimit --connlimit-above 0')
    expect(above(udp('192.0.2.1', 0, { entry: { protocol: 17 } }))).toBe(true)
    expect(above(udp('192.0.2.1', 50, { entry }))).toBe(true)
  })

  test('drops a packet of an assured connection when none is left on the list', () => {
    const above = questionOf('-m connlimit --connlimit-above 9')
    const gone = { ...entry, status: CONFIRMED | ASSURED, expiryNs: START }
    expect(above(udp('192.0.2.1', 0, { entry: gone }))).toBe(false)
    const late = udp('192.0.2.1', 50, { entry: gone })
    expect([above(late), late.hotDrop]).toEqual([false, true])
  })
})

describe('connlimit, without an entry', () => {
  test('drops a packet that has no tuple', () => {
    const packet = udp('192.0.2.1', 0)
    expect([questionOf('-m connlimit --connlimit-above 9')(packet), packet.hotDrop]).toEqual([false, true])
  })

  test('counts tuples that have an entry, and the packet’s own once', () => {
    const known = [4000, 4001]
    const above = questionOf('-m connlimit --connlimit-above 2')
    const says = (atMs: number, ports: readonly number[]): boolean[] =>
      ports.map((port) => above(withoutEntry(port, atMs, known)))
    expect(says(0, [4000, 4001, 4002, 4003])).toEqual([false, false, true, true])
    // The list is gone over as far as the own tuple.
    expect(says(50, [4001])).toEqual([true])
    known.pop()
    expect(says(100, [4000, 4004, 4000, 4005])).toEqual([true, false, false, true])
  })
})

/** A datagram from the port; the tuples of the ports that are known have an entry each. */
function withoutEntry(port: number, atMs: number, known: readonly number[]): Packet {
  const packet = udp('192.0.2.1', atMs)
  const { memory } = packet
  packet.writeTuple = (at) => {
    const ends = { source: [1], destination: [2], srcPort: port, dstPort: 53 }
    writeTuple(memory, at, { family: 4, protocol: 17, ...ends })
    return true
  }
  packet.findEntry = (at) => {
    const srcPort = memory.u16(at + TUPLE_OFFSET.srcPort)
    return known.includes(srcPort)
      ? entryOf({ protocol: 17, src: '0.0.0.1', dst: '0.0.0.2', srcPort, dstPort: 53, status: CONFIRMED })
      : 0
  }
  return packet
}

describe('connlabel', () => {
  test('is the label that the connection was given', () => {
    const labelled = questionOf('-m connlabel --label 5')
    const entry = { protocol: 17, status: CONFIRMED }
    expect(labelled(udp('192.0.2.1', 0, { entry }))).toBe(false)
    expect(questionOf('-m connlabel --label 5 --set')(udp('192.0.2.1', 0, { entry }))).toBe(true)
    expect(labelled(udp('192.0.2.1', 0, { entry }))).toBe(true)
    expect(questionOf('-m connlabel --label 6')(udp('192.0.2.1', 0, { entry }))).toBe(false)
  })
})

test('connbytes reads the counters of the connection, and nothing where there is none', () => {
  const matches = questionOf('-m connbytes --connbytes 0:10 --connbytes-mode bytes --connbytes-dir both')
  expect(matches(udp('192.0.2.1', 0, { entry: { protocol: 17 } }))).toBe(true)
  expect(matches(udp('192.0.2.1', 0))).toBe(false)
  const more = questionOf('-m connbytes --connbytes 1 --connbytes-mode packets --connbytes-dir original')
  expect(more(udp('192.0.2.1', 0, { entry: { protocol: 17 } }))).toBe(false)
})
