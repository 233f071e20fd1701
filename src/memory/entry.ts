/**
 * `Entry` seen from the control plane; src/dataplane/layout/entry.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export class EntryView {
  at = 0

  constructor(readonly memory: Memory) {}
}
