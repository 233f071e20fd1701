/**
 * Queues of fragments: found by what the fragments of a datagram share, filled run by run, killed by overlaps,
 * expiry, or when the datagram is whole.
 * Kernel: net/ipv4/inet_fragment.c. What a fragment counts for is a model of skb->truesize.
 * Differs from the kernel: truesize depends on the driver; here it is the frame's length and fixed overheads.
 */
import { Descriptor } from '../layout/descriptor'
import { replay } from '../layout/replay'
import { giveBack, take } from './fragment-pool'
import {
  CHUNK_DATA,
  Fragment,
  FragmentFamily,
  FragmentPeer,
  FragmentQueue,
  FragmentArena,
  peerHead,
  queueHead,
} from './fragment-arena'

/** struct sk_buff and skb_shared_info, and the headroom, rounded to cache lines. */
const SKB_BYTES: u32 = 256 + 320
const HEADROOM: u32 = 64
/** sizeof(struct ipq); struct frag_queue is as large to a few bytes. */
const QUEUE_BYTES: u32 = 208
/** net.ipv4.ipfrag_max_dist, its default. */
const MAX_DISTANCE: u32 = 64

/** What inserting says. Kernel: IPFRAG_OK, IPFRAG_DUP, IPFRAG_OVERLAP. */
export namespace Insertion {
  export const OK: u32 = 0
  export const DUPLICATE: u32 = 1
  export const OVERLAP: u32 = 2
}

/** skb->truesize as modelled. */
export function trueSize(descriptor: Descriptor): u32 {
  return SKB_BYTES + ((HEADROOM + descriptor.linkHeader + descriptor.length + 63) & ~63)
}

/** Kills the family's queues whose time is over at `nowNs`. */
export function expireQueues(arena: FragmentArena, family: FragmentFamily, nowNs: u64): void {
  while (family.oldest != 0) {
    const queue = changetype<FragmentQueue>(<usize>family.oldest)
    if (queue.expiryNs > nowNs) return
    killQueue(arena, family, queue)
  }
}

/** The queue that equals `key` in what its fragments share, or null. */
export function findQueue(arena: FragmentArena, key: FragmentQueue): FragmentQueue | null {
  for (let at = load<u32>(queueHead(arena, key.hash)); at != 0;) {
    const queue = changetype<FragmentQueue>(<usize>at)
    if (hasKey(queue, key)) return queue
    at = queue.next
  }
  return null
}

/** A new, empty queue for `key`; null when memory is used up. Kernel: inet_frag_create(). */
export function createQueue(arena: FragmentArena, family: FragmentFamily, key: FragmentQueue): FragmentQueue | null {
  const at = take(arena.queues)
  if (at == 0) return null
  memory.copy(at, changetype<usize>(key), offsetof<FragmentQueue>())
  const queue = changetype<FragmentQueue>(at)
  const head = queueHead(arena, queue.hash)
  queue.next = load<u32>(head)
  store<u32>(head, <u32>at)
  appendByExpiry(family, queue)
  family.bytes += QUEUE_BYTES
  return queue
}

/** Frees the queue and all it keeps. Kernel: inet_frag_kill(), inet_frag_destroy(). */
export function killQueue(arena: FragmentArena, family: FragmentFamily, queue: FragmentQueue): void {
  freeFragments(arena, family, queue)
  unlinkByExpiry(family, queue)
  const at = <u32>changetype<usize>(queue)
  let link = queueHead(arena, queue.hash)
  while (load<u32>(link) != at) link = load<u32>(link)
  store<u32>(link, queue.next)
  if (queue.peer != 0) leavePeer(arena, queue.peer)
  family.bytes -= QUEUE_BYTES
  giveBack(arena.queues, at)
}

/**
 * Notes one more fragment of an IPv4 sender. When too many others came since this queue's last one, the queue starts
 * anew. Kernel: ip_frag_too_far(), ip_frag_reinit(), net/ipv4/ip_fragment.c.
 */
export function noteDistance(arena: FragmentArena, family: FragmentFamily, queue: FragmentQueue, expiryNs: u64): void {
  if (queue.peer == 0) return
  const peer = changetype<FragmentPeer>(<usize>queue.peer)
  const before = queue.peerCount
  peer.count++
  queue.peerCount = peer.count
  if (queue.tail == 0 || peer.count - before <= MAX_DISTANCE) return
  freeFragments(arena, family, queue)
  queue.flags = 0
  queue.length = 0
  queue.meat = 0
  queue.ecn = 0
  unlinkByExpiry(family, queue)
  queue.expiryNs = expiryNs
  appendByExpiry(family, queue)
}

/** Makes the sender known to the queue. Kernel: ip4_frag_init(). */
export function joinPeer(arena: FragmentArena, queue: FragmentQueue, address: u32): void {
  const head = peerHead(arena, address)
  let at: usize = load<u32>(head)
  while (at != 0 && changetype<FragmentPeer>(at).address != address) at = changetype<FragmentPeer>(at).next
  if (at == 0) {
    at = take(arena.peers)
    if (at == 0) return
    changetype<FragmentPeer>(at).address = address
    changetype<FragmentPeer>(at).next = load<u32>(head)
    store<u32>(head, <u32>at)
  }
  changetype<FragmentPeer>(at).queues++
  queue.peer = <u32>at
}

/**
 * Puts a fragment [offset, end) in its place among the runs; its bytes are not kept yet.
 * Kernel: inet_frag_queue_insert().
 */
export function insertFragment(queue: FragmentQueue, fragment: Fragment, offset: u32, end: u32): u32 {
  const at = <u32>changetype<usize>(fragment)
  fragment.offset = offset
  fragment.length = end - offset
  fragment.runLength = end - offset
  if (queue.tail == 0) {
    queue.firstRun = at
    queue.lastRun = at
    queue.tail = at
    return Insertion.OK
  }
  const tail = changetype<Fragment>(<usize>queue.tail)
  const tailEnd = tail.offset + tail.length
  if (tailEnd >= end) return insertBetween(queue, fragment, offset, end)
  if (offset < tailEnd) return Insertion.OVERLAP
  const lastRun = changetype<Fragment>(<usize>queue.lastRun)
  if (offset == tailEnd) {
    lastRun.runLength += end - offset
    tail.next = at
  } else {
    lastRun.nextRun = at
    queue.lastRun = at
  }
  queue.tail = at
  return Insertion.OK
}

/** Keeps `bytes` bytes at `from` behind those that the fragment has; false when memory is used up. */
export function keepBytes(arena: FragmentArena, fragment: Fragment, from: usize, bytes: u32): bool {
  let link = changetype<usize>(fragment) + offsetof<Fragment>('chunks')
  while (load<u32>(link) != 0) link = load<u32>(link)
  let inChunk = fragment.kept % CHUNK_DATA
  let left = bytes
  while (left != 0) {
    if (inChunk == 0) {
      const chunk = take(arena.chunks)
      if (chunk == 0) return false
      store<u32>(link, <u32>chunk)
      link = chunk
    }
    const part = min(left, CHUNK_DATA - inChunk)
    memory.copy(link + 4 + inChunk, from, part)
    from += part
    left -= part
    inChunk = (inChunk + part) % CHUNK_DATA
  }
  fragment.kept += bytes
  return true
}

/** Copies all kept bytes of the fragment to `to`. */
export function copyKept(fragment: Fragment, to: usize): void {
  let left = fragment.kept
  for (let chunk: usize = fragment.chunks; left != 0; chunk = load<u32>(chunk)) {
    const part = min(left, CHUNK_DATA)
    memory.copy(to, chunk + 4, part)
    to += part
    left -= part
  }
}

/** Gives back a fragment and its bytes. */
export function freeFragment(arena: FragmentArena, fragment: Fragment): void {
  let chunk: usize = fragment.chunks
  while (chunk != 0) {
    const next: usize = load<u32>(chunk)
    giveBack(arena.chunks, chunk)
    chunk = next
  }
  giveBack(arena.fragments, changetype<usize>(fragment))
}

function insertBetween(queue: FragmentQueue, fragment: Fragment, offset: u32, end: u32): u32 {
  let before: u32 = 0
  let at = queue.firstRun
  while (true) {
    const run = changetype<Fragment>(<usize>at)
    const runEnd = run.offset + run.runLength
    if (end <= run.offset) break
    if (offset < runEnd) return offset >= run.offset && end <= runEnd ? Insertion.DUPLICATE : Insertion.OVERLAP
    before = at
    at = run.nextRun
  }
  fragment.nextRun = at
  if (before == 0) queue.firstRun = <u32>changetype<usize>(fragment)
  else changetype<Fragment>(<usize>before).nextRun = <u32>changetype<usize>(fragment)
  return Insertion.OK
}

function freeFragments(arena: FragmentArena, family: FragmentFamily, queue: FragmentQueue): void {
  let run: usize = queue.firstRun
  while (run != 0) {
    const nextRun: usize = changetype<Fragment>(run).nextRun
    let fragment = run
    while (fragment != 0) {
      const next: usize = changetype<Fragment>(fragment).next
      freeFragment(arena, changetype<Fragment>(fragment))
      fragment = next
    }
    run = nextRun
  }
  queue.firstRun = 0
  queue.lastRun = 0
  queue.tail = 0
  family.bytes -= queue.bytes
  queue.bytes = 0
}

function leavePeer(arena: FragmentArena, at: u32): void {
  const peer = changetype<FragmentPeer>(<usize>at)
  if (--peer.queues != 0) return
  let link = peerHead(arena, peer.address)
  while (load<u32>(link) != at) link = load<u32>(link)
  store<u32>(link, peer.next)
  giveBack(arena.peers, at)
}

function appendByExpiry(family: FragmentFamily, queue: FragmentQueue): void {
  const at = <u32>changetype<usize>(queue)
  queue.older = family.newest
  queue.newer = 0
  if (family.newest == 0) family.oldest = at
  else changetype<FragmentQueue>(<usize>family.newest).newer = at
  family.newest = at
}

function unlinkByExpiry(family: FragmentFamily, queue: FragmentQueue): void {
  if (queue.older == 0) family.oldest = queue.newer
  else changetype<FragmentQueue>(<usize>queue.older).newer = queue.newer
  if (queue.newer == 0) family.newest = queue.older
  else changetype<FragmentQueue>(<usize>queue.newer).older = queue.older
}

function hasKey(queue: FragmentQueue, key: FragmentQueue): bool {
  return (
    queue.hash == key.hash &&
    queue.srcLow == key.srcLow &&
    queue.dstLow == key.dstLow &&
    queue.srcHigh == key.srcHigh &&
    queue.dstHigh == key.dstHigh &&
    queue.id == key.id &&
    queue.boxInterface == key.boxInterface &&
    queue.protocol == key.protocol &&
    queue.user == key.user &&
    queue.family == key.family
  )
}
