/**
 * A shard: one share of the connections, with the table that tracks them, the paths its packets took, and its
 * counters. At any moment one worker writes it; whose turn it is, the engine's claims say.
 */

/** What conntrack counts, as `conntrack -S` names it, and the lives of entries. Indexes into `Shard.counters`. */
export namespace ConntrackCounter {
  export const INVALID: u32 = 0
  export const INSERT_FAILED: u32 = 1
  export const DROP: u32 = 2
  export const EARLY_DROP: u32 = 3
  export const ICMP_ERROR: u32 = 4
  export const CLASH_RESOLVE: u32 = 5
  /** Entries confirmed since the start. */
  export const CONFIRMED: u32 = 6
  /** Entries that died: timeout, RST, replaced. */
  export const DIED: u32 = 7
  /** Packets whose entry was found by the data plane with a remembered path. */
  export const PATH_HITS: u32 = 8
  /** Packets walked through the rules. */
  export const WALKS: u32 = 9
  export const COUNT: u32 = 16
}

@unmanaged
export class Shard {
  /** Taken by the worker that replays a run. */
  busy: u32
  /** Sequence number of the next block to replay. */
  nextBlock: u32
  number: u32
  /** Trace time of the last packet. */
  nowLow: u32
  nowNs: u64
  // Tuple index, conntrack/tuple-index.ts: slots of 8 bytes.
  slots: u32
  slotMask: u32
  /** Slots in use, and entries alive or expired but not yet swept. */
  used: u32
  entryCount: u32
  // Entry pools: heads of the free lists, and the chunks handed out.
  freeIpv4: u32
  freeIpv6: u32
  chunks: u32
  chunkCount: u32
  // Paths, path-table.ts: hash heads, and all paths in the order they were made.
  pathHeads: u32
  pathHeadMask: u32
  pathList: u32
  pathCount: u32
  pathCapacity: u32
  // Counts of entries over time, occupancy.ts.
  occupancy: u32
  /** ConntrackCounter.COUNT u64. */
  counters: u32
  /** State of trace-scoped matches (limit ...), laid out by the control plane. */
  extensionState: u32
}
