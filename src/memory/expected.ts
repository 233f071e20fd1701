/**
 * What was compared of what the replay sends and what the capture shows, seen from the control plane;
 * src/dataplane/layout/expected.ts says what it means.
 */
import type { Memory } from './memory.js'

/** As in the data plane's `DifferenceKind`. */
export enum DifferenceKind {
  Missing = 0,
  Unexpected = 1,
  Source = 2,
  Destination = 3,
  Interface = 4,
  Ttl = 5,
  Tos = 6,
  Headers = 7,
  Dropped = 8,
}
export const DIFFERENCE_KINDS = 9

export const COMPARISON_OFFSET = { same: 0, exampleCount: 8 } as const
export const COMPARISON_SIZE = 16
export const DIFFERENCE_OFFSET = { received: 0, seen: 8, kind: 16 } as const
export const DIFFERENCE_SIZE = 24
export const EXPECTED_OFFSET = { key: 0, atNs: 8, number: 16, outInterface: 24, headerBytes: 26 } as const
export const EXPECTED_SIZE = 32
const COUNTS = COMPARISON_SIZE
const EXAMPLES = COUNTS + 8 * DIFFERENCE_KINDS
const EXAMPLE_COUNT = 10
/** Rows of slots, and headers behind each. */
const SLOTS = 256 * 8
const HEADER_BYTES = 128

/** What the comparison of one shard takes. */
export const COMPARISON_BYTES = EXAMPLES + EXAMPLE_COUNT * DIFFERENCE_SIZE + SLOTS * (EXPECTED_SIZE + HEADER_BYTES)

/** Numbers of the packets that were received and seen leaving; 0 where there is none. */
export interface Difference {
  readonly kind: DifferenceKind
  readonly received: bigint
  readonly seen: bigint
}

export class ComparisonView {
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
  ) {}

  /** Packets that were seen leaving as the replay sent them. */
  get same(): bigint {
    return this.memory.u64(this.at + COMPARISON_OFFSET.same)
  }

  /** Packets that differed, by `DifferenceKind`. */
  counts(): bigint[] {
    return Array.from({ length: DIFFERENCE_KINDS }, (_, kind) => this.memory.u64(this.at + COUNTS + 8 * kind))
  }

  /** The first ones. */
  first(): Difference[] {
    const { memory, at } = this
    return Array.from({ length: memory.u32(at + COMPARISON_OFFSET.exampleCount) }, (_, index) => {
      const example = at + EXAMPLES + index * DIFFERENCE_SIZE
      return {
        kind: memory.u32(example + DIFFERENCE_OFFSET.kind),
        received: memory.u64(example + DIFFERENCE_OFFSET.received),
        seen: memory.u64(example + DIFFERENCE_OFFSET.seen),
      }
    })
  }
}
