/**
 * All datagrams under way, of both families: one for the replay, since fragments of any connection share the
 * kernel's limits. Made when the first fragment comes; only the worker whose block has its turn touches it.
 */
import { allocate, replay } from '../layout/replay'
import { FragmentPool } from './fragment-pool'

/** One family's share of the limits. Kernel: struct fqdir, include/net/inet_frag.h. */
@unmanaged
export class FragmentFamily {
  /** Bytes its queues and fragments count for. */
  bytes: u64
  /** Its queues in the order in which they expire. */
  oldest: u32
  newest: u32
}

/** One direction of one datagram's fragments. Kernel: struct ipq, struct frag_queue. */
@unmanaged
export class FragmentQueue {
  /** Next queue of the same hash. */
  next: u32
  hash: u32
  older: u32
  newer: u32
  expiryNs: u64
  // What fragments of one datagram share. IPv4 addresses stand in the low halves.
  srcHigh: u64
  srcLow: u64
  dstHigh: u64
  dstLow: u64
  /** As it lies in the header. */
  id: u32
  boxInterface: u16
  protocol: u8
  /** QueueUser. */
  user: u8
  /** 4 or 6. */
  family: u8
  /** QueueFlag bits. */
  flags: u8
  /** Bit n: a fragment had ECN field n. */
  ecn: u8
  unused: u8
  /** End of the datagram's data as far as known; all of it once LAST_IN. */
  length: u32
  /** Bytes of data there. */
  meat: u32
  /** What its fragments count for in the family's `bytes`. */
  bytes: u32
  /** Largest fragment with its IP header; largest one with DF. */
  maxSize: u32
  maxDfSize: u32
  /** Runs of adjacent fragments in order of offset; the fragment with the highest offset. */
  firstRun: u32
  lastRun: u32
  tail: u32
  /** IPv4: its sender, and the sender's count when the last fragment of this queue came. */
  peer: u32
  peerCount: u32
}

export namespace QueueUser {
  export const RECEIVED: u8 = 0
  export const OUTPUT: u8 = 1
}

export namespace QueueFlag {
  export const FIRST_IN: u8 = 1
  export const LAST_IN: u8 = 2
}

/** One kept fragment. */
@unmanaged
export class Fragment {
  /** Next fragment of its run; the first of a run also has the next run and the run's length. */
  next: u32
  nextRun: u32
  runLength: u32
  /** Where its data stands in the datagram, and how much of it there is, captured or not. */
  offset: u32
  length: u32
  /** Bytes kept, in a chain of chunks: of the first fragment with link and IP headers, of others data alone. */
  kept: u32
  chunks: u32
  /** Of the first fragment: bytes of link header, and of headers from the IP header to the data. */
  linkHeader: u16
  header: u16
  /** IPv6: offset of the byte that announces the fragment header. */
  announces: u16
  packetType: u8
  unused: u8
}

/** Who sends IPv4 fragments. Kernel: struct inet_peer, its rid. */
@unmanaged
export class FragmentPeer {
  next: u32
  address: u32
  /** Fragments of this sender so far. */
  count: u32
  /** Queues that hold it. */
  queues: u32
}

/** A stretch of kept bytes: next chunk, then CHUNK_DATA bytes. */
export const CHUNK_BYTES: u32 = 256
export const CHUNK_DATA: u32 = 252

const QUEUE_HEADS: u32 = 4096
const PEER_HEADS: u32 = 1024

@unmanaged
export class FragmentArena {
  ipv4: FragmentFamily
  ipv6: FragmentFamily
  queues: FragmentPool
  fragments: FragmentPool
  peers: FragmentPool
  chunks: FragmentPool
  /** Hash heads. */
  queueHeads: usize
  peerHeads: usize
  /** Scratch: what is looked for. */
  key: FragmentQueue
}

/** The replay's store; null when memory is used up. */
export function fragmentArena(): FragmentArena | null {
  if (replay().fragments != 0) return changetype<FragmentArena>(replay().fragments)
  const arena = createArena()
  if (arena !== null) replay().fragments = changetype<usize>(arena)
  return arena
}

/** An empty store; null when memory is used up. */
export function createArena(): FragmentArena | null {
  const at = allocate(offsetof<FragmentArena>())
  const queueHeads = allocate(QUEUE_HEADS * 4)
  const peerHeads = allocate(PEER_HEADS * 4)
  const parts = allocate(2 * offsetof<FragmentFamily>() + 4 * offsetof<FragmentPool>())
  const key = allocate(offsetof<FragmentQueue>())
  if (at == 0 || queueHeads == 0 || peerHeads == 0 || parts == 0 || key == 0) return null
  const arena = changetype<FragmentArena>(at)
  arena.ipv4 = changetype<FragmentFamily>(parts)
  arena.ipv6 = changetype<FragmentFamily>(parts + offsetof<FragmentFamily>())
  const pools = parts + 2 * offsetof<FragmentFamily>()
  arena.queues = createPool(pools, <u32>offsetof<FragmentQueue>())
  arena.fragments = createPool(pools + offsetof<FragmentPool>(), <u32>offsetof<Fragment>())
  arena.peers = createPool(pools + 2 * offsetof<FragmentPool>(), <u32>offsetof<FragmentPeer>())
  arena.chunks = createPool(pools + 3 * offsetof<FragmentPool>(), CHUNK_BYTES)
  arena.queueHeads = queueHeads
  arena.peerHeads = peerHeads
  arena.key = changetype<FragmentQueue>(key)
  return arena
}

/** Address of the head of a chain of queues. */
@inline
export function queueHead(arena: FragmentArena, hash: u32): usize {
  return arena.queueHeads + ((<usize>(hash & (QUEUE_HEADS - 1))) << 2)
}

/** Address of the head of a chain of peers. */
@inline
export function peerHead(arena: FragmentArena, address: u32): usize {
  return arena.peerHeads + ((<usize>((address * 0x9e3779b1) >> 22)) << 2)
}

function createPool(at: usize, itemBytes: u32): FragmentPool {
  const pool = changetype<FragmentPool>(at)
  pool.itemBytes = (itemBytes + 7) & ~7
  return pool
}
