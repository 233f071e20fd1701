/**
 * `KernelTable` seen from the control plane; src/dataplane/layout/kernel-table.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const KERNEL_TABLE_OFFSET = { peakNs: 16, firstFullNs: 24, count: 80, peak: 84 } as const
export const KERNEL_TABLE_SIZE = 96

/** How the gc worker goes about it, as in the data plane's `GcWay`. */
export enum GcWay {
  Average = 0,
  Whole = 1,
  Share = 2,
}

export class KernelTableView {
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
  ) {}

  get count(): number {
    return this.memory.u32(this.at + KERNEL_TABLE_OFFSET.count)
  }

  get peak(): number {
    return this.memory.u32(this.at + KERNEL_TABLE_OFFSET.peak)
  }

  /** Trace time at which `peak` was reached. */
  get peakNs(): bigint {
    return this.memory.u64(this.at + KERNEL_TABLE_OFFSET.peakNs)
  }

  /** Trace time at which a packet first found the table full; 0: never. */
  get firstFullNs(): bigint {
    return this.memory.u64(this.at + KERNEL_TABLE_OFFSET.firstFullNs)
  }
}
