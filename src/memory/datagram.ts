/**
 * `DatagramHead` seen from the control plane; src/dataplane/layout/datagram.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const DATAGRAM_HEAD_OFFSET = { largest: 0, pieces: 4 } as const
export const DATAGRAM_HEAD_SIZE = 8

export class DatagramHeadView {
  at = 0

  constructor(private readonly memory: Memory) {}

  get largest(): number {
    return this.memory.u32(this.at + DATAGRAM_HEAD_OFFSET.largest)
  }

  /** Bytes of data of each fragment, in their order. */
  pieces(): number[] {
    const { memory } = this
    const at = memory.u32(this.at + DATAGRAM_HEAD_OFFSET.pieces)
    return Array.from({ length: memory.u16(at) }, (_, index) => memory.u16(at + 2 + 2 * index))
  }
}
