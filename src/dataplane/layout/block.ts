/**
 * A block: a stretch of the capture on its way through the engine. The reader fills bytes and records, a worker
 * indexes it (descriptors), scatters them into one run per shard, and when every shard has replayed its run the
 * block goes back to the reader.
 *
 *   FREE -> READ -> INDEXED (only when it holds fragments) -> SCATTERED -> DONE -> FREE
 */

/** `Block.stage`, published with an atomic store. */
export namespace BlockStage {
  export const FREE: u32 = 0
  /** Bytes and records are there. */
  export const READ: u32 = 1
  /** A worker is indexing it. */
  export const INDEXING: u32 = 2
  /** Descriptors are in record order; fragments wait for their turn. */
  export const INDEXED: u32 = 3
  /** A worker puts fragments together and scatters. */
  export const SCATTERING: u32 = 4
  /** Runs are complete: shards may replay. */
  export const SCATTERED: u32 = 5
  /** Every shard has replayed its run: the reader takes the outcomes. */
  export const DONE: u32 = 6
}

export const BLOCK_BYTES: u32 = 2 << 20
/** At most this many records in a block. */
export const BLOCK_RECORDS: u32 = 32768

@unmanaged
export class Block {
  stage: u32
  /** Shards that have not replayed their run yet; at 0 the block is DONE. */
  remaining: u32
  /** Number of this block in the capture, from 0. */
  sequence: u32
  /** Records in it. */
  recordCount: u32
  /** Number of its first packet in the capture, from 1. */
  firstPacket: u64
  /** BLOCK_BYTES of capture bytes. */
  bytes: usize
  /** BLOCK_RECORDS `Record`s. */
  records: usize
  /** BLOCK_RECORDS `Descriptor`s in record order (indexing). */
  descriptors: usize
  /** BLOCK_RECORDS `Descriptor`s, shard after shard (scattered). */
  runs: usize
  /** shardCount + 1 u32: shard s's run is descriptors [runStarts[s], runStarts[s+1]) of `runs`. */
  runStarts: usize
  /** BLOCK_RECORDS `Outcome`s in record order, when outcomes are kept; else 0. */
  outcomes: usize
  /** REASON_COUNT u32: packets that no shard sees, by `Reason`. Set by indexing, added up by the reader. */
  reasons: usize
  /** Descriptors that hold a fragment, so that the block must take its turn. */
  fragmentCount: u32
  /** Memory of datagrams put together in this block: kept until the block is freed; see defragment.ts. */
  datagrams: usize
  /** Descriptors in `descriptors`: records that no shard sees have none. */
  descriptorCount: u32
  /** Answers that rate limits may hold back (src/netfilter/held-answers.ts), when any applies; else 0. */
  heldAnswers: usize
  /** Packets that leave the box because of this block's (src/memory/departure-list.ts), when asked for; else 0. */
  departures: usize
}
