/**
 * `Record` seen from the control plane; src/dataplane/layout/record.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const RECORD_OFFSET = {
  bytes: 0,
  captured: 4,
  atNs: 8,
  original: 16,
  captureInterface: 20,
  direction: 22,
} as const
export const RECORD_SIZE = 24

/** `RecordView.direction`, as in the data plane's `Direction`. */
export enum Direction {
  Unknown = 0,
  In = 1,
  Out = 2,
}

export class RecordView {
  at = 0

  constructor(private readonly memory: Memory) {}

  get bytes(): number {
    return this.memory.u32(this.at + RECORD_OFFSET.bytes)
  }
  set bytes(address: number) {
    this.memory.setU32(this.at + RECORD_OFFSET.bytes, address)
  }

  get captured(): number {
    return this.memory.u32(this.at + RECORD_OFFSET.captured)
  }
  set captured(bytes: number) {
    this.memory.setU32(this.at + RECORD_OFFSET.captured, bytes)
  }

  get atNs(): bigint {
    return this.memory.u64(this.at + RECORD_OFFSET.atNs)
  }
  set atNs(time: bigint) {
    this.memory.setU64(this.at + RECORD_OFFSET.atNs, time)
  }

  get original(): number {
    return this.memory.u32(this.at + RECORD_OFFSET.original)
  }
  set original(bytes: number) {
    this.memory.setU32(this.at + RECORD_OFFSET.original, bytes)
  }

  get captureInterface(): number {
    return this.memory.u16(this.at + RECORD_OFFSET.captureInterface)
  }
  set captureInterface(index: number) {
    this.memory.setU16(this.at + RECORD_OFFSET.captureInterface, index)
  }

  get direction(): Direction {
    return this.memory.u8(this.at + RECORD_OFFSET.direction)
  }
  set direction(direction: Direction) {
    this.memory.setU8(this.at + RECORD_OFFSET.direction, direction)
  }
}
