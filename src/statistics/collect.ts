/**
 * What one shard has counted, read from the shared memory once its last packet was replayed. Runs in a worker.
 */
import { GUESS } from '../compile/guesses.js'
import { DataPlane, NO_CONTROL } from '../memory/data-plane.js'
import { ComparisonView } from '../memory/expected.js'
import type { KernelTableView } from '../memory/kernel-table.js'
import { Memory } from '../memory/memory.js'
import { OCCUPANCY_OFFSET, OCCUPANCY_SIZE, OCCUPANCY_SLOTS } from '../memory/occupancy.js'
import { PathView } from '../memory/path.js'
import { REPLAY_AT, REPLAY_OFFSET } from '../memory/replay.js'
import { ConntrackCounter, ShardView } from '../memory/shard.js'
import { connectionState, protocolName } from './connection.js'
import type { Books, ConnectionCount, PathCount, ShardComparison, ShardStatistics, TableCount } from './report.js'

/** Plain data, sent to a worker; module and memory are shared. */
export interface CollectTask {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  /** Address of the shard. */
  readonly shard: number
  /** Trace time of the last record: what has expired by then is not alive. */
  readonly nowNs: bigint
}

/** Buries what has expired and nobody noticed, so that births and deaths are complete, and reads the shard. */
export function collectShard(task: CollectTask): ShardStatistics {
  const memory = new Memory(task.memory)
  const plane = DataPlane.instantiate(task.module, memory, NO_CONTROL)
  const view = new ShardView(memory, task.shard).table
  if (view !== null) plane.exports.runGc(task.shard, task.nowNs)
  // In the kernel's table, what has expired and was not collected counts to the end.
  const table = view === null ? null : readTable(view)
  plane.exports.sweep(task.shard, task.nowNs)
  plane.exports.settleExpected(task.shard, task.nowNs)
  plane.exports.countAlive(task.shard, task.nowNs)
  return { ...readShard(memory, task.shard), table }
}

function readTable({ count, peak, peakNs, firstFullNs }: KernelTableView): TableCount {
  return { entries: BigInt(count), peak: BigInt(peak), peakNs, firstFullNs }
}

export function readShard(memory: Memory, at: number): Omit<ShardStatistics, 'table'> {
  const shard = new ShardView(memory, at)
  return {
    paths: readPaths(memory, shard),
    counters: Array.from({ length: ConntrackCounter.ExpectDelete + 1 }, (_, counter) => shard.counter(counter)),
    books: readBooks(memory, shard.occupancy),
    connections: readCensus(shard),
    comparison: readComparison(memory, shard),
  }
}

function readComparison(memory: Memory, shard: ShardView): ShardComparison {
  const all = memory.u32(REPLAY_AT + REPLAY_OFFSET.comparisons)
  if (all === 0) return { same: 0n, counts: [], first: [] }
  const view = new ComparisonView(memory, all + shard.number * memory.u32(REPLAY_AT + REPLAY_OFFSET.comparisonBytes))
  return { same: view.same, counts: view.counts(), first: view.first() }
}

function readPaths(memory: Memory, shard: ShardView): PathCount[] {
  return Array.from({ length: shard.pathCount }, (_, index) => readPath(memory, memory.u32(shard.pathList + 4 * index)))
}

/** The path at an address, with what its shard counted on it. */
export function readPath(memory: Memory, at: number): PathCount {
  const path = new PathView(memory)
  path.at = at
  const { packets, bytes, hooks, where, verdict, hook, ctState, family, reason, flags, counterCount } = path
  const numbers = Array.from({ length: counterCount }, (_, index) => path.counter(index))
  return {
    packets,
    bytes,
    hooks,
    where,
    verdict,
    hook,
    state: ctState,
    family: family === 6 ? 6 : 4,
    reason,
    flags,
    counters: numbers.filter((number) => number < GUESS),
    guesses: numbers.filter((number) => number >= GUESS).map((number) => number - GUESS),
  }
}

function readBooks(memory: Memory, at: number): Books {
  const length = memory.u32(at + OCCUPANCY_OFFSET.slotCount)
  const counts = at + OCCUPANCY_SIZE
  return {
    firstSlot: memory.u64(at + OCCUPANCY_OFFSET.firstSlot),
    shift: memory.u32(at + OCCUPANCY_OFFSET.shift),
    births: listed(memory.u32s(counts, length)),
    deaths: listed(memory.u32s(counts + 4 * OCCUPANCY_SLOTS, length)),
  }
}

/** `Array.from` asks a typed array's iterator for each number: 0.4 ms a shard instead of 0.1. */
function listed(counts: Uint32Array): number[] {
  const numbers: number[] = []
  for (let slot = 0; slot < counts.length; slot++) numbers.push(counts[slot])
  return numbers
}

function readCensus(shard: ShardView): ConnectionCount[] {
  return Array.from(shard.census(), ({ family, protocol, state, entries }) => ({
    family,
    protocol: protocolName(protocol),
    state: connectionState(protocol, state),
    entries: BigInt(entries),
  }))
}
