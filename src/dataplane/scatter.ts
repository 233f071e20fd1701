/**
 * Scattering: a block's descriptors, in record order, become one run per shard. Each shard's packets keep their
 * order, and lie side by side, so replaying a shard reads memory from front to back.
 */
import { Block, BlockStage } from './layout/block'
import { Descriptor } from './layout/descriptor'
import { replay } from './layout/replay'

/** Before the first `countShard` of a block. */
export function resetShardCounts(block: Block): void {
  memory.fill(block.runStarts, 0, (<usize>replay().shardCount + 1) << 2)
}

/** One more descriptor for the shard. `counts` is the block's `runStarts`, which hold counts until they are summed. */
@inline
export function countShard(counts: usize, shard: u32): void {
  const at = counts + ((<usize>shard) << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/** Requires `block.runStarts[s]` to hold the number of descriptors of shard s. Publishes the block as SCATTERED. */
export function scatterBlock(block: Block): void {
  const shards = replay().shardCount
  const starts = block.runStarts
  if (shards == 1) {
    scatterToOne(block)
  } else {
    sumStarts(starts, shards)
    copyToRuns(block, shards - 1)
    // Each start has moved to its run's end, which is the next run's start.
    memory.copy(starts + 4, starts, (<usize>shards) << 2)
    store<u32>(starts, 0)
  }
  atomic.store<u32>(changetype<usize>(block), BlockStage.SCATTERED, offsetof<Block>('stage'))
}

/** One shard takes them all as they lie: the two arrays change places. */
function scatterToOne(block: Block): void {
  const runs = block.runs
  block.runs = block.descriptors
  block.descriptors = runs
  store<u32>(block.runStarts, 0)
  store<u32>(block.runStarts, block.descriptorCount, 4)
}

/** Turns counts into where each run starts. */
function sumStarts(starts: usize, shards: u32): void {
  let sum: u32 = 0
  for (let shard: u32 = 0; shard < shards; shard++) {
    const at = starts + ((<usize>shard) << 2)
    const count = load<u32>(at)
    store<u32>(at, sum)
    sum += count
  }
}

function copyToRuns(block: Block, mask: u32): void {
  const starts = block.runStarts
  const runs = block.runs
  let from = block.descriptors
  const end = from + ((<usize>block.descriptorCount) << 6)
  for (; from < end; from += 64) {
    const start = starts + ((<usize>(changetype<Descriptor>(from).hash & mask)) << 2)
    const index = load<u32>(start)
    const to = runs + ((<usize>index) << 6)
    store<u32>(start, index + 1)
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    v128.store(to, v128.load(from, 32), 32)
    v128.store(to, v128.load(from, 48), 48)
  }
}
