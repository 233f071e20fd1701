/** The ways that the entries of a shard remember, by an entry to the module that is compiled for these tests alone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { type Export, loadDataPlane } from './load.js'

/** Compiled from dist, so that it is never committed. */
const ENTRY = new URL('../../dist/ways.ts', import.meta.url)
const SOURCE = `
import { createShard } from '../src/dataplane/conntrack/create-shard'
import { Shard } from '../src/dataplane/layout/shard'
import { internWay, wayOf } from '../src/dataplane/way-table'
export function create(): usize { return createShard(0) }
export function intern(shard: usize, path: u32, signature: u64, mark: u32): u32 {
  return internWay(changetype<Shard>(shard), path, signature, mark)
}
export function path(shard: usize, way: u16): u32 { return wayOf(changetype<Shard>(shard), way).path }
export function signature(shard: usize, way: u16): u64 { return wayOf(changetype<Shard>(shard), way).signature }
export function mark(shard: usize, way: u16): u32 { return wayOf(changetype<Shard>(shard), way).mark }
`

let ways: Record<string, Export>
let shard: number | bigint

beforeAll(() => {
  mkdirSync(new URL('.', ENTRY), { recursive: true })
  writeFileSync(ENTRY, SOURCE)
})

beforeEach(() => {
  ways = loadDataPlane('dist/ways.ts').exports
  shard = ways.create()
})

test('a way is numbered once, by path, signature and mark together', () => {
  const way = ways.intern(shard, 0x2000, 5n, 7)
  expect(way).toBe(1)
  expect(ways.intern(shard, 0x2000, 5n, 7)).toBe(way)
  const others = [
    ways.intern(shard, 0x2040, 5n, 7),
    ways.intern(shard, 0x2000, 6n, 7),
    ways.intern(shard, 0x2000, 5n, 8),
  ]
  expect(others).toEqual([2, 3, 4])
})

test('as many as 16 bits can number are kept, and later ones are not', () => {
  for (let mark = 1; mark < 65536; mark++) ways.intern(shard, 0x2000, BigInt(mark) << 32n, mark)
  expect(ways.intern(shard, 0x2000, 1n << 62n, 0)).toBe(0)
  for (const mark of [1, 63, 64, 4711, 65535]) {
    expect(ways.intern(shard, 0x2000, BigInt(mark) << 32n, mark)).toBe(mark)
    expect(ways.path(shard, mark)).toBe(0x2000)
    expect(ways.signature(shard, mark)).toBe(BigInt(mark) << 32n)
    expect(ways.mark(shard, mark)).toBe(mark)
  }
})
