/**
 * Where the reader stands in the bytes of one capture file, and where the records it finds go. The control plane
 * moves the bytes in and the limits on; the walk in records.ts moves `at` and `records` forward and says why it
 * stopped. One of these per open file; nobody but the reader touches it.
 *
 *   bytes     ....|walked records|... not walked yet ...|... free ...
 *                                 at                    end
 */

/** Why a walk stopped. */
export namespace WalkStop {
  /** [at, end) holds no whole record or block any more. */
  export const NEED_BYTES: u32 = 0
  /** No room for another record. */
  export const FULL: u32 = 1
  /** pcapng: a Section Header Block begins at `at`. */
  export const SECTION: u32 = 2
  /** pcapng: an Interface Description Block begins at `at`. */
  export const INTERFACE: u32 = 3
  /** The record or block at `at` says more captured bytes than can be. */
  export const BAD_CAPTURED_LENGTH: u32 = 4
  /** pcapng: the block at `at` has an impossible length. */
  export const BAD_BLOCK_LENGTH: u32 = 5
  /** pcapng: the four bytes at `at` should repeat `trailer`, the length of the block that ends there. */
  export const BAD_TRAILER: u32 = 6
  /** pcapng: the packet at `at` names an interface that its section has not described. */
  export const BAD_INTERFACE: u32 = 7
}

/** How an interface of a pcapng section counts time. */
export namespace TimeUnit {
  /** A tick is `factor` nanoseconds. */
  export const MULTIPLY: u32 = 0
  /** `factor` ticks are a nanosecond. */
  export const DIVIDE: u32 = 1
  /** 2 to the power of `factor` ticks are a second. */
  export const SHIFT: u32 = 2
}

/** An interface of a pcapng section: 32 bytes. */
@unmanaged
export class SectionInterface {
  /** Index into the capture interfaces. */
  captureInterface: u32
  /** Most bytes captured of a packet; 0 unlimited. */
  snapLength: u32
  /** TimeUnit. */
  unit: u32
  /** Longest captured length that is believed. */
  longest: u32
  factor: u64
  /** if_tsoffset in nanoseconds. */
  offsetNs: i64
}

@unmanaged
export class RecordWalk {
  /** Time of the latest record: times never go back. */
  latestNs: u64
  /** Sums over all records so far: bytes captured, bytes on the wire. */
  capturedBytes: u64
  originalBytes: u64
  /** Next byte to walk, and the end of the bytes that are there. */
  at: u32
  end: u32
  /** Where the next `Record` goes, and the end of the room for them. */
  records: u32
  recordsEnd: u32
  /** 1: numbers in the file are big-endian. */
  swapped: u32
  /** pcap: longest captured length that is believed. */
  longest: u32
  /** pcap: nanoseconds in one unit of the fraction of a second: 1000 or 1. */
  fractionNs: u32
  /** pcap: index into the capture interfaces. */
  captureInterface: u32
  /** pcapng: array of `SectionInterface`. */
  interfaces: u32
  interfaceCount: u32
  /** pcapng: bytes of an unknown block still to pass over, and the length to find behind them (0: no such block). */
  skip: u32
  trailer: u32
}

/** One file on its way into a merge: its records not yet taken. */
@unmanaged
export class MergeInput {
  next: u32
  end: u32
}

/** Several files becoming one: src/dataplane/merge-records.ts. */
@unmanaged
export class RecordMerge {
  /** Sums over all records so far: bytes captured, bytes on the wire. */
  capturedBytes: u64
  originalBytes: u64
  /** Array of `MergeInput`, in the order of the command line. */
  inputs: u32
  inputCount: u32
  /** Where the next packet's bytes go, and the end of the room for them. */
  at: u32
  end: u32
  /** Where the next `Record` goes, and the end of the room for them. */
  records: u32
  recordsEnd: u32
}
