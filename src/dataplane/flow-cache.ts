/**
 * The cache of flows of a shard. Its memory is bounded: it begins small, and each time it is full it is emptied and
 * doubles, up to a limit; what was known is walked again.
 */
import { FlowCache, FlowNode, FlowOutcome } from './layout/flow-cache'
import { allocate } from './layout/replay'
import { Shard } from './layout/shard'

const FIRST_BYTES: u32 = 32 << 10
const MOST_BYTES: u32 = 4 << 20
/** Bytes of stretch for each head. */
const BYTES_PER_HEAD: u32 = 64

/** Gives a new shard its empty cache; false when memory is used up. */
export function createFlowCache(shard: Shard): bool {
  shard.flowCache = <u32>allocate(offsetof<FlowCache>())
  if (shard.flowCache == 0) return false
  return takeMemory(changetype<FlowCache>(<usize>shard.flowCache), FIRST_BYTES)
}

/** The node of the key whose `bytes` bytes (a multiple of 8) stand at `words`; 0 when there is none. */
export function findNode(shard: Shard, words: usize, bytes: u32, hash: u32): usize {
  const cache = changetype<FlowCache>(<usize>shard.flowCache)
  let at: usize = load<u32>(<usize>cache.heads + ((<usize>(hash & cache.headMask)) << 2))
  while (at != 0) {
    const node = changetype<FlowNode>(at)
    if (node.hash == hash && node.keyBytes == bytes && isEqual(at + offsetof<FlowNode>(), words, bytes)) return at
    at = node.next
  }
  return 0
}

/** Adds a node without outcomes; 0 when memory is used up. */
export function addNode(shard: Shard, words: usize, bytes: u32, hash: u32, tracks: u32): usize {
  const cache = changetype<FlowCache>(<usize>shard.flowCache)
  const at = take(cache, <u32>offsetof<FlowNode>() + bytes)
  if (at == 0) return 0
  memory.copy(at + offsetof<FlowNode>(), words, bytes)
  const head = <usize>cache.heads + ((<usize>(hash & cache.headMask)) << 2)
  const node = changetype<FlowNode>(at)
  node.next = load<u32>(head)
  node.hash = hash
  node.keyBytes = bytes
  node.tracks = tracks
  node.outcomes = 0
  store<u32>(head, <u32>at)
  return at
}

/** The outcome for a connection of this signature; 0 when there is none. */
@inline
export function findOutcome(nodeAt: usize, signature: u64): usize {
  let at: usize = changetype<FlowNode>(nodeAt).outcomes
  while (at != 0 && changetype<FlowOutcome>(at).signature != signature) at = changetype<FlowOutcome>(at).next
  return at
}

/** Makes sure that a node with this key and one more outcome fit: what was found before is void when they did not. */
export function makeRoomForOutcome(shard: Shard, keyBytes: u32): void {
  const cache = changetype<FlowCache>(<usize>shard.flowCache)
  if (cache.used + <u32>offsetof<FlowNode>() + keyBytes + <u32>offsetof<FlowOutcome>() <= cache.capacity) return
  if (cache.capacity < MOST_BYTES && takeMemory(cache, cache.capacity * 2)) return
  memory.fill(cache.heads, 0, (<usize>cache.headMask + 1) << 2)
  cache.used = 0
}

/** Adds an outcome to a node. Requires room for it. */
export function addOutcome(shard: Shard, nodeAt: usize, signature: u64, path: u32, mark: u32, confirms: u32): void {
  const at = take(changetype<FlowCache>(<usize>shard.flowCache), <u32>offsetof<FlowOutcome>())
  if (at == 0) return
  const node = changetype<FlowNode>(nodeAt)
  const outcome = changetype<FlowOutcome>(at)
  outcome.next = node.outcomes
  outcome.path = path
  outcome.signature = signature
  outcome.mark = mark
  outcome.confirms = confirms
  node.outcomes = <u32>at
}

function take(cache: FlowCache, bytes: u32): usize {
  if (cache.used + bytes > cache.capacity) return 0
  const at = <usize>cache.memory + cache.used
  cache.used += bytes
  return at
}

/** An empty stretch of this many bytes; false when memory is used up: then the cache stays as it is. */
function takeMemory(cache: FlowCache, bytes: u32): bool {
  const heads = bytes / BYTES_PER_HEAD
  const at = allocate(<usize>bytes + ((<usize>heads) << 2))
  if (at == 0) return false
  cache.memory = <u32>at
  cache.capacity = bytes
  cache.used = 0
  cache.heads = <u32>at + bytes
  cache.headMask = heads - 1
  return true
}

@inline
function isEqual(one: usize, other: usize, bytes: u32): bool {
  let difference: u64 = 0
  for (let i: usize = 0; i < <usize>bytes; i += 8) difference |= load<u64>(one + i) ^ load<u64>(other + i)
  return difference == 0
}
