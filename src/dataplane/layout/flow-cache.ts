/**
 * A shard's cache of flows: what the walk of a packet came to, by its flow's key and by the signature of its
 * connection. It answers for packets whose entry remembers nothing: the first of each direction, and the only ones.
 */

/** Nodes and outcomes lie behind it in one stretch of memory. When that is full, it is emptied and grows. */
@unmanaged
export class FlowCache {
  /** First node of each hash, u32. */
  heads: u32
  headMask: u32
  /** The stretch, and how much of it is in use. */
  memory: u32
  capacity: u32
  used: u32
}

/** One key; its bytes from `FlowKey.signature` on stand behind the node. 24 bytes. */
@unmanaged
export class FlowNode {
  /** Next node of the same head, or 0. */
  next: u32
  hash: u32
  keyBytes: u32
  /** 1: packets are tracked on their way, and the outcome depends on the connection; 0: there is one outcome. */
  tracks: u32
  /** First outcome. */
  outcomes: u32
  unused: u32
}

@unmanaged
export class FlowOutcome {
  /** Next outcome of the node, or 0. */
  next: u32
  path: u32
  /** The connection's part of the signature. */
  signature: u64
  /** skb->mark after the walk. */
  mark: u32
  /** 1: the way ends where new connections are confirmed. */
  confirms: u32
}
