/**
 * --vantage tap: what the replay has sent and the capture has still to show, and how the two differed so far. One for
 * each shard:
 *
 *   Comparison | KINDS u64: packets that differed, by `DifferenceKind` | EXAMPLES Difference | SLOTS Expected
 */

/** How what the replay sends differs from what the capture shows. */
export namespace DifferenceKind {
  /** The replay sends it, the capture does not show it. */
  export const MISSING: u32 = 0
  /** The capture shows that the box forwarded it, the replay does not send it. */
  export const UNEXPECTED: u32 = 1
  /** Both, but with another source, destination, interface, TTL, TOS, or other bytes of the headers. */
  export const SOURCE: u32 = 2
  export const DESTINATION: u32 = 3
  export const INTERFACE: u32 = 4
  export const TTL: u32 = 5
  export const TOS: u32 = 6
  export const HEADERS: u32 = 7
  /** The box sent it itself, the rules drop it. */
  export const DROPPED: u32 = 8
}

export const DIFFERENCE_KINDS: u32 = 9
/** Differences that are kept: the first ones. */
export const EXAMPLES: u32 = 10
/** Slots in a row for packets of one hash, and how many of these rows. */
export const WAYS: u32 = 8
export const ROWS: u32 = 256
export const HEADER_BYTES: u32 = 128

@unmanaged
export class Comparison {
  /** Packets that were seen leaving as the replay sent them. */
  same: u64
  exampleCount: u32
  unused: u32
}

@unmanaged
export class Difference {
  /** Number of the packet that was received, and of the one that was seen leaving; 0 where there is none. */
  received: u64
  seen: u64
  kind: u32
  unused: u32
}

@unmanaged
export class Expected {
  /** Of what neither a router nor NAT changes; 0: the slot is free. */
  key: u64
  /** When it was received. */
  atNs: u64
  /** Number of the packet that was received. */
  number: u64
  outInterface: u16
  /** Bytes of headers that follow: HEADER_BYTES of room, checksums being 0. */
  headerBytes: u16
  unused: u32
}

export const EXAMPLES_AT: usize = offsetof<Comparison>() + DIFFERENCE_KINDS * 8
export const ROWS_AT: usize = EXAMPLES_AT + EXAMPLES * offsetof<Difference>()
export const SLOT_BYTES: usize = offsetof<Expected>() + HEADER_BYTES
