/**
 * `RecordWalk` and `RecordMerge` seen from the control plane; src/dataplane/layout/record-walk.ts says what their
 * fields mean.
 */
import type { Memory } from './memory.js'

export const RECORD_WALK_OFFSET = {
  latestNs: 0,
  capturedBytes: 8,
  originalBytes: 16,
  at: 24,
  end: 28,
  records: 32,
  recordsEnd: 36,
  swapped: 40,
  longest: 44,
  fractionNs: 48,
  captureInterface: 52,
  interfaces: 56,
  interfaceCount: 60,
  skip: 64,
  trailer: 68,
} as const
export const RECORD_WALK_SIZE = 72

export const SECTION_INTERFACE_OFFSET = {
  captureInterface: 0,
  snapLength: 4,
  unit: 8,
  longest: 12,
  factor: 16,
  offsetNs: 24,
} as const
export const SECTION_INTERFACE_SIZE = 32

export const RECORD_MERGE_OFFSET = {
  capturedBytes: 0,
  originalBytes: 8,
  inputs: 16,
  inputCount: 20,
  at: 24,
  end: 28,
  records: 32,
  recordsEnd: 36,
} as const
export const RECORD_MERGE_SIZE = 40

export const MERGE_INPUT_OFFSET = { next: 0, end: 4 } as const
export const MERGE_INPUT_SIZE = 8

/** Why a walk stopped, as in the data plane's `WalkStop`. */
export enum WalkStop {
  NeedBytes = 0,
  Full = 1,
  Section = 2,
  Interface = 3,
  BadCapturedLength = 4,
  BadBlockLength = 5,
  BadTrailer = 6,
  BadInterface = 7,
}

/** How an interface counts time, as in the data plane's `TimeUnit`. */
export enum TimeUnit {
  Multiply = 0,
  Divide = 1,
  Shift = 2,
}

export class RecordWalkView {
  constructor(
    readonly memory: Memory,
    readonly address: number,
  ) {}

  get latestNs(): bigint {
    return this.memory.u64(this.address + RECORD_WALK_OFFSET.latestNs)
  }
  set latestNs(time: bigint) {
    this.memory.setU64(this.address + RECORD_WALK_OFFSET.latestNs, time)
  }

  get capturedBytes(): bigint {
    return this.memory.u64(this.address + RECORD_WALK_OFFSET.capturedBytes)
  }
  set capturedBytes(bytes: bigint) {
    this.memory.setU64(this.address + RECORD_WALK_OFFSET.capturedBytes, bytes)
  }

  get originalBytes(): bigint {
    return this.memory.u64(this.address + RECORD_WALK_OFFSET.originalBytes)
  }
  set originalBytes(bytes: bigint) {
    this.memory.setU64(this.address + RECORD_WALK_OFFSET.originalBytes, bytes)
  }

  get at(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.at)
  }
  set at(address: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.at, address)
  }

  get end(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.end)
  }
  set end(address: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.end, address)
  }

  get records(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.records)
  }
  set records(address: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.records, address)
  }

  get recordsEnd(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.recordsEnd)
  }
  set recordsEnd(address: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.recordsEnd, address)
  }

  set swapped(bigEndian: boolean) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.swapped, bigEndian ? 1 : 0)
  }

  set longest(bytes: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.longest, bytes)
  }

  set fractionNs(nanoseconds: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.fractionNs, nanoseconds)
  }

  set captureInterface(index: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.captureInterface, index)
  }

  get interfaces(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.interfaces)
  }
  set interfaces(address: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.interfaces, address)
  }

  get interfaceCount(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.interfaceCount)
  }
  set interfaceCount(count: number) {
    this.memory.setU32(this.address + RECORD_WALK_OFFSET.interfaceCount, count)
  }

  get skip(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.skip)
  }

  get trailer(): number {
    return this.memory.u32(this.address + RECORD_WALK_OFFSET.trailer)
  }
}

export class RecordMergeView {
  constructor(
    private readonly memory: Memory,
    readonly address: number,
  ) {}

  get capturedBytes(): bigint {
    return this.memory.u64(this.address + RECORD_MERGE_OFFSET.capturedBytes)
  }

  get originalBytes(): bigint {
    return this.memory.u64(this.address + RECORD_MERGE_OFFSET.originalBytes)
  }

  set inputs(address: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.inputs, address)
  }

  set inputCount(count: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.inputCount, count)
  }

  set at(address: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.at, address)
  }

  set end(address: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.end, address)
  }

  get records(): number {
    return this.memory.u32(this.address + RECORD_MERGE_OFFSET.records)
  }
  set records(address: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.records, address)
  }

  set recordsEnd(address: number) {
    this.memory.setU32(this.address + RECORD_MERGE_OFFSET.recordsEnd, address)
  }
}
