/**
 * Memory of kept fragments: items of one size, handed out and taken back. Pools grow by pieces of the shared memory
 * and never shrink; how much is in use is bounded by what fragments may occupy (fragment-queue.ts).
 */
import { allocate } from '../layout/replay'

const PIECE_BYTES: u32 = 1 << 16

@unmanaged
export class FragmentPool {
  /** First free item, or 0; its first word is the next one. */
  free: u32
  itemBytes: u32
}

/** A zeroed item, or 0 when memory is used up. */
export function take(pool: FragmentPool): usize {
  if (pool.free == 0 && !grow(pool)) return 0
  const item: usize = pool.free
  pool.free = load<u32>(item)
  memory.fill(item, 0, pool.itemBytes)
  return item
}

export function giveBack(pool: FragmentPool, item: usize): void {
  store<u32>(item, pool.free)
  pool.free = <u32>item
}

function grow(pool: FragmentPool): bool {
  const piece = allocate(PIECE_BYTES)
  if (piece == 0) return false
  for (let at: u32 = 0; at + pool.itemBytes <= PIECE_BYTES; at += pool.itemBytes) giveBack(pool, piece + at)
  return true
}
