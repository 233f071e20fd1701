/**
 * The data plane for a test: the compiled module over a memory of its own, with a `Replay` that says where free
 * memory begins, one shard, and nothing else switched on.
 */
import { readFileSync } from 'node:fs'
import { NO_CONTROL } from '../../src/memory/data-plane.js'
import { Memory } from '../../src/memory/memory.js'
import { REPLAY_AT, REPLAY_OFFSET, REPLAY_SIZE } from '../../src/memory/replay.js'
import { buildDataPlane } from './build.js'

/** Any export: addresses come back signed, so `>>> 0` them; u64 are BigInt. */
export type Export = (...values: (number | bigint)[]) => number | bigint

export interface LoadedDataPlane {
  readonly memory: Memory
  readonly exports: Record<string, Export>
  /** Zeroed memory, aligned to 64 bytes. */
  allocate(bytes: number): number
}

/**
 * Compiles `entry` (from the project's root; the whole data plane by default) if need be, and instantiates it.
 * `walk` stands in for the control plane.
 */
export function loadDataPlane(entry?: string, walk: (skb: number) => void = () => {}): LoadedDataPlane {
  const memory = Memory.create()
  const module = new WebAssembly.Module(readFileSync(buildDataPlane(entry)))
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory: memory.wasm },
    control: { ...NO_CONTROL, walk: (skb: number) => walk(skb >>> 0) },
  })
  memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, BigInt(REPLAY_AT + Math.ceil(REPLAY_SIZE / 4096) * 4096))
  memory.setU32(REPLAY_AT + REPLAY_OFFSET.shardCount, 1)
  return {
    memory,
    exports: exports as unknown as Record<string, Export>,
    allocate: (bytes) => allocate(memory, bytes),
  }
}

/** The same hand-out as the data plane's own `allocate`, for modules that do not export it. */
function allocate(memory: Memory, bytes: number): number {
  const at = memory.u64(REPLAY_AT + REPLAY_OFFSET.allocated)
  memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, at + BigInt(Math.ceil(bytes / 64) * 64))
  return Number(at)
}
