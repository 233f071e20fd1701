/**
 * A way: what an entry remembers of a direction's walk. Many entries remember the same ones, so each is kept once a
 * shard, and entries hold its number.
 */
@unmanaged
export class Way {
  /** Signature of the packets that the path holds for. */
  signature: u64
  path: u32
  /** skb->mark after the walk. */
  mark: u32
  hash: u32
  /** Number of the next way of the same head; 0: none. */
  next: u32
}

/** Number 0 is no way. */
export const MOST_WAYS: u32 = 1 << 16
