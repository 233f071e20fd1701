/**
 * The packet under way through the hooks: what the kernel keeps in its sk_buff while rules look at it and change
 * it. One per worker; data plane and control plane both work on it. Its address never changes during a replay.
 * Kernel: struct sk_buff, include/linux/skbuff.h.
 */

/** `Skb.ctInfo`. Kernel: enum ip_conntrack_info, include/uapi/linux/netfilter/nf_conntrack_common.h. */
export namespace CtInfo {
  export const ESTABLISHED: u8 = 0
  export const RELATED: u8 = 1
  export const NEW: u8 = 2
  export const ESTABLISHED_REPLY: u8 = 3
  export const RELATED_REPLY: u8 = 4
  export const UNTRACKED: u8 = 7
}

/** `Skb.verdict`: what tracking and confirming say. Kernel: NF_DROP, NF_ACCEPT. */
export namespace SkbVerdict {
  export const DROP: u8 = 0
  export const ACCEPT: u8 = 1
}

/**
 * Bits of `Skb.template`: what -j CT noted in the table raw for an entry that the packet may begin, and for finding
 * the one that it belongs to. Kernel: the template of nf_ct_tmpl_alloc(); NF_CT_ZONE_DIR_*, NF_CT_FLAG_MARK.
 */
export namespace Template {
  /** The zone counts for the tuples of the original, of the reply direction; as in `Entry.zoneDirections`. */
  export const ZONE_ORIGINAL: u8 = 1
  export const ZONE_REPLY: u8 = 2
  /** The zone is the packet's mark, as it is when conntrack sees it. */
  export const ZONE_IS_MARK: u8 = 4
  export const PRESENT: u8 = 8
}

@unmanaged
export class Skb {
  /** The packet's `Descriptor`; for a packet that the box makes itself (REJECT), one that stands for it. */
  descriptor: u32
  /** Address of the IP header, as in the descriptor. Mangling writes there. */
  packet: u32
  /** Trace time of the packet. */
  nowNs: u64
  /** The packet's number in the capture, from 1. */
  number: u64
  /** skb->len. */
  length: u32
  /** skb->mark. */
  mark: u32
  /** Address of the connection's `Entry`, or 0: no conntrack entry (INVALID, or UNTRACKED by ctInfo). */
  entry: u32
  /** With entry 0: UNTRACKED, or 0 for none. */
  ctInfo: u8
  /** tracked already, by the data plane: the walk must not track again. */
  tracked: u8
  /** Set by the walk: its outcome was pure, the entry may remember the path for packets like this one. */
  remember: u8
  verdict: u8
  /** The walk's result: the packet's `Path`, or a `Reason`. */
  path: u32
  /** Shard that replays the packet. */
  shard: u32
  /** The connection part of the signature, as it was when the packet had been tracked. */
  signature: u64
  /** Template bits; 0: no template. Conntrack takes it off the packet. */
  template: u8
  /** Number of the helper for a new entry (extensions/conntrack-helpers.ts); 0: none. */
  templateHelper: u8
  templateZone: u16
  /** The worker's `FlowKey`. */
  flowKey: u32
  /** Bytes of this packet's key; 0: its flow has none. */
  flowKeyBytes: u32
  /** Set by the walk: `FlowMemory` bits. */
  flowMemory: u32
}

/** What the cache of flows may keep of a walk. */
export namespace FlowMemory {
  /** Packets with this flow's key and this signature take the same way. */
  export const KEEP: u32 = 1
  /** The packet was tracked on its way. */
  export const TRACKS: u32 = 2
  /** The way ends where new connections are confirmed. */
  export const CONFIRMS: u32 = 4
}

/** In place of `CtInfo` in a signature: the packet has no entry. */
export const NO_ENTRY: u8 = 6
