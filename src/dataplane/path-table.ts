/**
 * The paths of a shard: each outcome of a walk is kept once, found by its content, and counted.
 * In: a path as the walk wrote it into scratch memory. Out: the address of the shard's own copy.
 */
import { Path, PATH_IDENTITY } from './layout/path'
import { allocate } from './layout/replay'
import { Shard } from './layout/shard'

const FIRST_HEADS: u32 = 256
const FIRST_LIST: u32 = 256

/** Gives a new shard its empty path table; false when memory is used up. */
export function createPathTable(shard: Shard): bool {
  shard.pathHeads = <u32>allocate(FIRST_HEADS * 4)
  shard.pathHeadMask = FIRST_HEADS - 1
  shard.pathList = <u32>allocate(FIRST_LIST * 4)
  shard.pathCapacity = FIRST_LIST
  shard.pathCount = 0
  return shard.pathHeads != 0 && shard.pathList != 0
}

/** The address of the shard's path that equals the one at `scratch` (a `Path` and its counters); 0: out of memory. */
export function internPath(shardAt: usize, scratch: usize): usize {
  const shard = changetype<Shard>(shardAt)
  const counters = changetype<Path>(scratch).counterCount
  const size: usize = offsetof<Path>() + (<usize>counters << 2) - PATH_IDENTITY
  const hash = hashBytes(scratch + PATH_IDENTITY, size)
  const head: usize = shard.pathHeads + ((hash & shard.pathHeadMask) << 2)
  for (let at = load<u32>(head); at != 0; at = changetype<Path>(<usize>at).next) {
    const path = changetype<Path>(<usize>at)
    if (
      path.hash == hash &&
      path.counterCount == counters &&
      memory.compare(<usize>at + PATH_IDENTITY, scratch + PATH_IDENTITY, size) == 0
    ) {
      return at
    }
  }
  const at = allocate(PATH_IDENTITY + size)
  if (at == 0 || !remember(shard, at)) return 0
  memory.copy(at + PATH_IDENTITY, scratch + PATH_IDENTITY, size)
  const path = changetype<Path>(at)
  path.hash = hash
  path.next = load<u32>(shard.pathHeads + ((hash & shard.pathHeadMask) << 2))
  store<u32>(shard.pathHeads + ((hash & shard.pathHeadMask) << 2), <u32>at)
  return at
}

/** Counts one packet of `length` bytes (skb->len) on a path. */
@inline
export function countPath(path: usize, length: u32): void {
  changetype<Path>(path).packets += 1
  changetype<Path>(path).bytes += length
}

/** Appends to the shard's list of paths; when the list doubles, the hash heads double with it. */
function remember(shard: Shard, at: usize): bool {
  if (shard.pathCount == shard.pathCapacity) {
    const list = allocate(<usize>shard.pathCapacity * 8)
    const heads = allocate((<usize>shard.pathHeadMask + 1) * 8)
    if (list == 0 || heads == 0) return false
    memory.copy(list, shard.pathList, <usize>shard.pathCapacity * 4)
    shard.pathList = <u32>list
    shard.pathCapacity *= 2
    shard.pathHeads = <u32>heads
    shard.pathHeadMask = shard.pathHeadMask * 2 + 1
    for (let i: u32 = 0; i < shard.pathCount; i++) {
      const path = changetype<Path>(<usize>load<u32>(list + (<usize>i << 2)))
      const head = heads + (<usize>(path.hash & shard.pathHeadMask) << 2)
      path.next = load<u32>(head)
      store<u32>(head, <u32>changetype<usize>(path))
    }
  }
  store<u32>(<usize>shard.pathList + (<usize>shard.pathCount << 2), <u32>at)
  shard.pathCount++
  return true
}

/** `size` is a multiple of 4. */
function hashBytes(at: usize, size: usize): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15
  for (let i: usize = 0; i < size; i += 4) {
    hash = (hash ^ load<u32>(at + i)) * 0xff51afd7ed558ccd
    hash ^= hash >> 32
  }
  return <u32>(hash ^ (hash >> 29))
}
