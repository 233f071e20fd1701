/**
 * The ways of a shard: found by their content, numbered in the order in which they came, and never given up. Entries
 * have 16 bits for a number: where rules make more ways than that, later ones are not remembered.
 */
import { allocate } from './layout/replay'
import { Shard } from './layout/shard'
import { MOST_WAYS, Way } from './layout/way'

const FIRST_CAPACITY: u32 = 64

/** Gives a new shard its empty table; false when memory is used up. */
export function createWayTable(shard: Shard): bool {
  // The first number is that of no way.
  shard.wayCount = 1
  return takeTable(shard, FIRST_CAPACITY)
}

/** The way of a number that is not 0. */
@inline
export function wayOf(shard: Shard, number: u16): Way {
  return changetype<Way>(<usize>shard.ways + <usize>number * offsetof<Way>())
}

/** The number of this way, which is added if it is new; 0 when it can not be kept. */
export function internWay(shard: Shard, path: u32, signature: u64, mark: u32): u16 {
  const hash = hashWay(path, signature, mark)
  for (let number = load<u32>(headOf(shard, hash)); number != 0;) {
    const way = wayOf(shard, <u16>number)
    if (way.hash == hash && way.path == path && way.signature == signature && way.mark == mark) return <u16>number
    number = way.next
  }
  if (shard.wayCount == shard.wayCapacity && !grow(shard)) return 0
  const number = shard.wayCount++
  const way = wayOf(shard, <u16>number)
  way.path = path
  way.signature = signature
  way.mark = mark
  way.hash = hash
  link(shard, number)
  return <u16>number
}

/** False when there is no more room, in memory or in numbers. */
function grow(shard: Shard): bool {
  const old: usize = shard.ways
  const capacity = shard.wayCapacity
  if (capacity == MOST_WAYS || !takeTable(shard, capacity * 2)) return false
  memory.copy(shard.ways, old, <usize>capacity * offsetof<Way>())
  for (let number: u32 = 1; number < shard.wayCount; number++) link(shard, number)
  return true
}

/** An empty table of a power of two of ways; false when memory is used up: then the old one stays. */
function takeTable(shard: Shard, capacity: u32): bool {
  const ways = allocate(<usize>capacity * (offsetof<Way>() + 4))
  if (ways == 0) return false
  shard.ways = <u32>ways
  shard.wayHeads = <u32>(ways + <usize>capacity * offsetof<Way>())
  shard.wayCapacity = capacity
  return true
}

/** Puts a way in front of its chain. */
function link(shard: Shard, number: u32): void {
  const way = wayOf(shard, <u16>number)
  const head = headOf(shard, way.hash)
  way.next = load<u32>(head)
  store<u32>(head, number)
}

@inline
function headOf(shard: Shard, hash: u32): usize {
  return <usize>shard.wayHeads + ((<usize>(hash & (shard.wayCapacity - 1))) << 2)
}

@inline
function hashWay(path: u32, signature: u64, mark: u32): u32 {
  let hash = (signature ^ (<u64>path << 32) ^ mark) * 0x9e3779b97f4a7c15
  hash = (hash ^ (hash >> 32)) * 0xbf58476d1ce4e5b9
  return <u32>(hash >> 32)
}
