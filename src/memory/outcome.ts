/**
 * `Outcome` seen from the control plane; src/dataplane/layout/outcome.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const OUTCOME_OFFSET = { path: 0, mark: 4, ctId: 8 } as const
export const OUTCOME_SIZE = 16

export class OutcomeView {
  at = 0

  constructor(private readonly memory: Memory) {}

  /** Address of the packet's `Path`; below REASON_COUNT a `Reason`. */
  get path(): number {
    return this.memory.u32(this.at + OUTCOME_OFFSET.path)
  }

  get mark(): number {
    return this.memory.u32(this.at + OUTCOME_OFFSET.mark)
  }

  get ctId(): bigint {
    return this.memory.u64(this.at + OUTCOME_OFFSET.ctId)
  }
}
