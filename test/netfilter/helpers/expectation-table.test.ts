import { beforeEach, describe, expect, test } from 'vitest'
import type { DataPlane } from '../../../src/memory/data-plane.js'
import { Memory } from '../../../src/memory/memory.js'
import { ConntrackCounter, SHARD_OFFSET, ShardView } from '../../../src/memory/shard.js'
import { expectTo, type Expectation } from '../../../src/netfilter/helpers/expectation.js'
import { type Asking, Expected, ExpectationTable } from '../../../src/netfilter/helpers/expectation-table.js'
import { HelpRecords } from '../../../src/netfilter/helpers/help-records.js'

const SHARD = 0x1000
const COUNTERS = 0x2000
const RECORDS = 0x10000
const TABLE = 0x100000
const SECOND_NS = 1_000_000_000n
const POLICIES = [
  { most: 2, seconds: 10 },
  { most: 1, seconds: 20 },
]

let records: HelpRecords
let table: ExpectationTable
let memory: Memory

/** A table for `most` expectations, over memory that is handed out from the end of it on. */
function makeTable(most: number): void {
  memory = Memory.create()
  memory.setU32(SHARD + SHARD_OFFSET.counters, COUNTERS)
  let free = 0x1000000
  const plane = {
    memory,
    allocate: (bytes: number) => (free += Math.ceil(bytes / 64) * 64) - bytes,
  } as unknown as DataPlane
  records = new HelpRecords(plane, RECORDS)
  ExpectationTable.create(memory, TABLE, most)
  table = new ExpectationTable(memory, TABLE, records)
}

beforeEach(() => makeTable(100))

function at(seconds: number, zone = 0): Asking {
  return { shard: SHARD, nowNs: BigInt(seconds) * SECOND_NS, zone }
}

/** From a host to a port of 10.0.0.1. */
function to(port: number, source: number | null = null, ofClass = 0): Expectation {
  return expectTo(4, 6, source === null ? null : [source], [0x0a000001], port, ofClass)
}

function add(expectation: Expectation, master: number, seconds = 0, sharing = false): Expected {
  return table.add(expectation, records.have(master), POLICIES, at(seconds), sharing)
}

function isMet(port: number, source: number, seconds = 0, zone = 0): boolean {
  return table.find({ ...to(port, source).tuple, srcPort: 99 }, at(seconds, zone), false) !== 0
}

describe('what is expected', () => {
  test('is met from any port of the source, and by no other source', () => {
    add(to(21, 7), 64)
    expect([isMet(21, 7), isMet(21, 8), isMet(22, 7)]).toEqual([true, false, false])
  })

  test('is met by any source where none is named', () => {
    add(to(21), 64)
    expect(isMet(21, 8)).toBe(true)
  })

  test('is met in the zone of its master only', () => {
    add(to(21), 64)
    expect(isMet(21, 8, 0, 5)).toBe(false)
  })

  test('lasts as long as its class says, to the nanosecond', () => {
    add(to(21), 64)
    expect([isMet(21, 8, 9), isMet(21, 8, 10)]).toEqual([true, false])
  })

  test('lasts longer when it is expected again', () => {
    add(to(21), 64)
    add(to(21), 64, 5)
    expect(isMet(21, 8, 14)).toBe(true)
  })

  test('clashes with what another connection expects, even from one of many sources', () => {
    add(to(21), 64)
    expect([add(to(21, 7), 128), add(to(21, 7), 64), add(to(22, 7), 128)]).toEqual([
      Expected.Clash,
      Expected.Clash,
      Expected.Added,
    ])
  })

  test('is as good for another connection that shares it', () => {
    add(to(21), 64)
    expect([add(to(21), 128, 0, true), add(to(21), 128)]).toEqual([Expected.Already, Expected.Clash])
  })

  test('makes room for a newer one of its class when there are too many', () => {
    for (const port of [1, 2, 3]) add(to(port), 64)
    add(to(4, null, 1), 64)
    expect([1, 2, 3, 4].map((port) => isMet(port, 8))).toEqual([false, true, true, true])
  })

  test('goes with its master, and is counted in the shard', () => {
    add(to(1), 64)
    add(to(2), 128)
    expect(memory.u32(SHARD + SHARD_OFFSET.expectations)).toBe(2)
    table.removeAll(records.have(64), SHARD)
    expect(memory.u32(SHARD + SHARD_OFFSET.expectations)).toBe(1)
    expect([isMet(1, 8), isMet(2, 8)]).toEqual([false, true])
  })

  test('is counted when it is made, and when it goes', () => {
    const counted = (): bigint[] => {
      const shard = new ShardView(memory, SHARD)
      return [shard.counter(ConntrackCounter.ExpectCreate), shard.counter(ConntrackCounter.ExpectDelete)]
    }
    add(to(1), 64)
    add(to(2), 128)
    expect(counted()).toEqual([2n, 0n])
    add(to(1), 64)
    expect(counted()).toEqual([3n, 1n])
    table.removeAll(records.have(128), SHARD)
    expect(counted()).toEqual([3n, 2n])
  })

  test('is refused when the table is full, until one is over', () => {
    makeTable(2)
    add(to(1), 64)
    add(to(2), 128, 1)
    expect([add(to(3), 192, 2), add(to(3), 192, 10)]).toEqual([Expected.Full, Expected.Added])
    expect([isMet(1, 8, 10), isMet(2, 8, 10), isMet(3, 8, 10)]).toEqual([false, true, true])
  })

  test('is not met while it is inactive, and then for as long as is said', () => {
    add({ ...to(1), inactive: true, permanent: true }, 64)
    expect(isMet(1, 8)).toBe(false)
    table.activate(table.find(to(1, 8).tuple, at(0), true), 100n * SECOND_NS)
    expect([isMet(1, 8, 99), isMet(1, 8, 100)]).toEqual([true, false])
  })
})
