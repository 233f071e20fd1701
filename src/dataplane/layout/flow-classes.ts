/**
 * Classes of flows: each of the four numbers of a flow (source, destination, source service, destination service) has
 * its values cut into stretches that neither rules nor routes tell apart. For each class it is known which rules hold
 * for it (of those that stand with this number), and which do if the flow's other numbers pass their tests.
 * The control plane (src/compile/flow-classes.ts) writes them once; a service is protocol and port, of ICMP as a
 * destination type and code.
 */

/** One of a family; 0 in `Replay` when its flows are not cut. */
@unmanaged
export class FlowClasses {
  source: u32
  destination: u32
  sourceService: u32
  destinationService: u32
  /** 1: a flow's key and its signature decide the walk, which may be kept; 0: the key only spares rules of the walk. */
  keeps: u32
  /** Rules that are asked whatever is known of the flow: u32 count, u32 numbers in order. The control plane's. */
  untested: u32
}

@unmanaged
export class AddressClasses {
  /** First address of each class, in order: u32, or of IPv6 two u64, upper half first. */
  starts: u32
  count: u32
  /** IPv4: for each upper half of an address the class of its lowest, 65537 u32. */
  buckets: u32
  /** `FlowClass`, one a class. */
  classes: u32
}

@unmanaged
export class ServiceClasses {
  /** By protocol: the class of its lowest port, u32. */
  firsts: u32
  /**
   * By protocol: 256 pages, u32 each, for the upper half of a port; 0: all its ports are of one class. A page is 256 u16
   * for the lower half, what to add to `firsts`; pages with equal classes are one, so that few lines of memory do.
   */
  ports: u32
  classes: u32
}

@unmanaged
export class FlowClass {
  /** Rules that hold: u32 count, u32 numbers. Equal lists have one address; 0 none. */
  holding: u32
  /** Rules that may hold: number and address of the tests, u32 each. */
  candidates: u32
  candidateCount: u32
  unused: u32
}

/**
 * What is known of one flow with one signature, and so decides its way: equal keys, equal paths. A worker has one, in
 * front of which stand the classes that tests look at:
 *
 *   classes 4 x u32 | signature u64 | 4 x list of rules that hold | count | count x rule, padded to a multiple of 8
 */
@unmanaged
export class FlowKey {
  class0: u32
  class1: u32
  class2: u32
  class3: u32
  /** The packet's part. */
  signature: u64
  holding0: u32
  holding1: u32
  holding2: u32
  holding3: u32
  count: u32
  candidate0: u32
}

/** Rules that hold beyond this number: the flow is walked. */
export const MOST_CANDIDATES: u32 = 61
export const FLOW_KEY_BYTES: usize = 48 + 64 * 4
/** Ends the tests of a candidate. */
export const NO_MORE_TESTS: u32 = 0xffffffff
