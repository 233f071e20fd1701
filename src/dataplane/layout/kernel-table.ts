/**
 * The kernel's own hash table, for replays in which the number of entries is limited: which bucket each tuple is in
 * and in which order, what counts towards the limit, and when the gc worker runs. A shard that is not limited has none.
 *
 *   heads: bucketCount addresses      bucket -> TableNode -> TableNode -> 0, newest first
 *
 * Kernel: nf_conntrack_hash, struct conntrack_gc_work, net/netfilter/nf_conntrack_core.c (v6.18).
 */

/** How the gc worker of the kernel's version goes about it; `KernelTable.gcWay`. */
export namespace GcWay {
  /** All buckets, then a pause that fits the timeouts met. Kernel: v5.18 and later. */
  export const AVERAGE: u32 = 0
  /** All buckets every two minutes. Kernel: v5.14. */
  export const WHOLE: u32 = 1
  /** A 128th of the buckets at a time, oftener when many have expired. Kernel: up to v5.13. */
  export const SHARE: u32 = 2
}

@unmanaged
export class KernelTable {
  /** When the gc worker runs next; 0 before the first packet. */
  gcAtNs: u64
  /** When its pass through the buckets began. */
  gcStartNs: u64
  /** Trace time at which `peak` was reached, and at which a packet first found the table full (0: never). */
  peakNs: u64
  firstFullNs: u64
  /** What the pass has worked out so far: jiffies, and of how many entries. Way SHARE: jiffies between runs. */
  gcAverage: i64
  gcCount: i64
  gcBucket: u32
  /** 1 after a packet found no room: the next pass makes some. */
  gcPressed: u32
  /** A `GcWay`. */
  gcWay: u32
  /** Jiffies a second. */
  hz: u32
  /** net.netfilter.nf_conntrack_max. */
  limit: u32
  /** net.netfilter.nf_conntrack_buckets. */
  bucketCount: u32
  /** A chain may have so many nodes, and a random number below `chainSpread` more; 0 and 0: any. */
  chainLeast: u32
  chainSpread: u32
  /** Entries in memory: confirmed, expired and not yet collected, and the one under way. Kernel: nf_conntrack_net.count. */
  count: u32
  peak: u32
  /** Array of `bucketCount` addresses of `TableNode`. */
  heads: u32
  /** Nodes not in use. */
  freeNode: u32
}

/** One direction of an entry in its bucket. */
@unmanaged
export class TableNode {
  /** Address of the entry, with REPLY_BIT for the reply direction. */
  entry: u32
  next: u32
}
