/**
 * A path: one outcome of a walk through the hooks, with how many packets and bytes had it. Each shard keeps its
 * own; the merge spreads them over the rules.
 *
 *   Path (44 bytes) | counterCount x u32: the counters the walk bumped, in order
 *
 * A counter number names a rule or a chain's policy; src/compile/counters.ts numbers them.
 */
@unmanaged
export class Path {
  /** Next path of the same hash in the shard, or 0. */
  next: u32
  hash: u32
  packets: u64
  /** Sum of skb->len. */
  bytes: u64
  // What follows identifies the path: interning compares from here to the last counter.
  /** Hooks entered, in order: three bits each, lowest first, hook + 1; 0 ends. */
  hooks: u32
  /** The counter of the rule or policy that decided; NO_COUNTER when none did. */
  where: u32
  /** PathVerdict, hook that decided (hook + 1), PathState, 4 or 6. */
  verdict: u8
  hook: u8
  ctState: u8
  family: u8
  /** Reason when the verdict is ROUTE or the like; else 0. PathFlag bits. */
  reason: u8
  flags: u8
  /** Of the box, by which a forwarded packet leaves; 0 where it does not, or nobody asks. */
  outInterface: u16
  counterCount: u32
}

export const NO_COUNTER: u32 = 0xffffffff
/** Bytes from the start of a Path to the part that identifies it. */
export const PATH_IDENTITY: usize = 24
