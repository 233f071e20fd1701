import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { GUESS } from '../../src/compile/guesses.js'
import { ENTRY_OFFSET, EntryStatus, TcpState } from '../../src/memory/entry.js'
import { DataPlane, NO_CONTROL } from '../../src/memory/data-plane.js'
import { Memory } from '../../src/memory/memory.js'
import { OCCUPANCY_OFFSET, OCCUPANCY_SIZE, OCCUPANCY_SLOTS } from '../../src/memory/occupancy.js'
import { PATH_OFFSET, PathState, PathVerdict, PathView } from '../../src/memory/path.js'
import { ConntrackCounter, ENTRY_CHUNK_OFFSET, SHARD_OFFSET } from '../../src/memory/shard.js'
import { Hook } from '../../src/ruleset/ruleset.js'
import { collectShard, readShard } from '../../src/statistics/collect.js'
import { buildDataPlane } from '../dataplane/build.js'
import { loadDataPlane } from '../dataplane/load.js'
import { hooks } from './shards.js'

const SHARD = 0x1000
const PATH_LIST = 0x2000
const PATHS = 0x3000
const COUNTERS = 0x4000
const CHUNK = 0x5000
const BOOKS = 0x10000
const CENSUS = 0x30000
const CHUNK_HEADER = 64
const ENTRY_BYTES = 192

/** One shard, written by hand as the data plane would. */
function handMade(): Memory {
  const memory = Memory.create()
  memory.setU32(SHARD + SHARD_OFFSET.pathList, PATH_LIST)
  memory.setU32(SHARD + SHARD_OFFSET.counters, COUNTERS)
  memory.setU32(SHARD + SHARD_OFFSET.chunks, CHUNK)
  memory.setU32(SHARD + SHARD_OFFSET.occupancy, BOOKS)
  memory.setU32(SHARD + SHARD_OFFSET.census, CENSUS)
  memory.setU32(CHUNK + ENTRY_CHUNK_OFFSET.entryBytes, ENTRY_BYTES)
  memory.setU32(CHUNK + ENTRY_CHUNK_OFFSET.capacity, 8)
  return memory
}

function addEntry(memory: Memory, protocol: number, status: number, state: TcpState, expiryNs: bigint): void {
  const used = memory.u32(CHUNK + ENTRY_CHUNK_OFFSET.used)
  const at = CHUNK + CHUNK_HEADER + used * ENTRY_BYTES
  memory.setU8(at + ENTRY_OFFSET.protocol, protocol)
  memory.setU8(at + ENTRY_OFFSET.family, 4)
  memory.setU16(at + ENTRY_OFFSET.status, status | EntryStatus.Confirmed)
  memory.setU8(at + ENTRY_OFFSET.state, state)
  memory.setU64(at + ENTRY_OFFSET.expiryNs, expiryNs)
  memory.setU32(CHUNK + ENTRY_CHUNK_OFFSET.used, used + 1)
}

test('paths are read with their counters and guesses', () => {
  const memory = handMade()
  const path = new PathView(memory)
  path.at = PATHS
  path.hooks = hooks(Hook.Prerouting, Hook.Input)
  path.where = 7
  path.verdict = PathVerdict.Reject
  path.hook = Hook.Input + 1
  path.ctState = PathState.New
  path.family = 6
  path.counterCount = 3
  path.setCounter(0, 3)
  path.setCounter(1, GUESS + 9)
  path.setCounter(2, 7)
  memory.setU64(PATHS + PATH_OFFSET.packets, 5n)
  memory.setU64(PATHS + PATH_OFFSET.bytes, 1n << 40n)
  memory.setU32(PATH_LIST, PATHS)
  memory.setU32(SHARD + SHARD_OFFSET.pathCount, 1)

  expect(readShard(memory, SHARD).paths).toEqual([
    {
      packets: 5n,
      bytes: 1n << 40n,
      hooks: path.hooks,
      where: 7,
      verdict: PathVerdict.Reject,
      hook: Hook.Input + 1,
      state: PathState.New,
      family: 6,
      reason: 0,
      flags: 0,
      counters: [3, 7],
      guesses: [9],
    },
  ])
})

test('counters are listed by their number', () => {
  const memory = handMade()
  memory.setU64(COUNTERS + 8 * ConntrackCounter.Invalid, 3n)
  memory.setU64(COUNTERS + 8 * ConntrackCounter.Walks, 11n)
  const { counters } = readShard(memory, SHARD)
  expect(counters).toEqual([3n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 11n, 0n, 0n, 0n, 0n, 0n, 0n, 0n])
})

test('connections alive are counted by protocol and state', () => {
  const memory = handMade()
  addEntry(memory, 6, EntryStatus.SeenReply, TcpState.Established, 2000n)
  addEntry(memory, 6, EntryStatus.SeenReply, TcpState.Established, 3000n)
  addEntry(memory, 6, EntryStatus.SeenReply, TcpState.TimeWait, 1000n)
  addEntry(memory, 17, 0, TcpState.None, 1500n)
  addEntry(memory, 17, EntryStatus.SeenReply | EntryStatus.Assured, TcpState.None, 1500n)
  addEntry(memory, 50, EntryStatus.SeenReply, TcpState.None, 1500n)
  const { exports } = DataPlane.instantiate(new WebAssembly.Module(readFileSync(buildDataPlane())), memory, NO_CONTROL)
  exports.countAlive(SHARD, 1000n)
  expect(readShard(memory, SHARD).connections).toEqual([
    { family: 4, protocol: 'tcp', state: 'ESTABLISHED', entries: 2n },
    { family: 4, protocol: 'udp', state: 'UNREPLIED', entries: 1n },
    { family: 4, protocol: 'udp', state: 'ASSURED', entries: 1n },
    { family: 4, protocol: 'unknown', state: 'REPLIED', entries: 1n },
  ])
})

test('births and deaths are read as they were booked', () => {
  const memory = handMade()
  memory.setU64(BOOKS + OCCUPANCY_OFFSET.firstSlot, 1_712_219n)
  memory.setU32(BOOKS + OCCUPANCY_OFFSET.shift, 20)
  memory.setU32(BOOKS + OCCUPANCY_OFFSET.slotCount, 3)
  memory.setU32(BOOKS + OCCUPANCY_SIZE, 4)
  memory.setU32(BOOKS + OCCUPANCY_SIZE + 8, 1)
  memory.setU32(BOOKS + OCCUPANCY_SIZE + 4 * (OCCUPANCY_SLOTS + 2), 5)
  expect(readShard(memory, SHARD).books).toEqual({
    firstSlot: 1_712_219n,
    shift: 20,
    births: [4, 0, 1],
    deaths: [0, 0, 5],
  })
})

test('a shard that the data plane has just made has counted nothing', () => {
  const { memory, exports } = loadDataPlane()
  const shard = Number(exports.createShard(0)) >>> 0
  const module = new WebAssembly.Module(readFileSync(buildDataPlane()))
  const statistics = collectShard({ module, memory: memory.wasm, shard, nowNs: 1_795_391_549_000_000_000n })
  expect(statistics).toEqual({
    paths: [],
    counters: Array.from({ length: 17 }, () => 0n),
    books: { firstSlot: 0n, shift: 20, births: [], deaths: [] },
    comparison: { same: 0n, counts: [], first: [] },
    connections: [],
    table: null,
  })
})
