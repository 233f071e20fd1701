/**
 * `Block` seen from the control plane; src/dataplane/layout/block.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const BLOCK_OFFSET = {
  stage: 0,
  remaining: 4,
  sequence: 8,
  recordCount: 12,
  firstPacket: 16,
  bytes: 24,
  records: 28,
  descriptors: 32,
  runs: 36,
  runStarts: 40,
  outcomes: 44,
  reasons: 48,
  fragmentCount: 52,
  datagrams: 56,
  descriptorCount: 60,
  heldAnswers: 64,
  departures: 68,
} as const
export const BLOCK_SIZE = 72

/** Capture bytes a block holds. */
export const BLOCK_BYTES = 2 << 20
/** Records a block holds at most. */
export const BLOCK_RECORDS = 32768

/** `BlockView.stage`, as in the data plane's `BlockStage`. */
export enum BlockStage {
  Free = 0,
  Read = 1,
  Indexing = 2,
  Indexed = 3,
  Scattering = 4,
  Scattered = 5,
  Done = 6,
}

export class BlockView {
  constructor(
    private readonly memory: Memory,
    readonly at: number,
  ) {}

  get sequence(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.sequence)
  }
  set sequence(number: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.sequence, number)
  }

  get recordCount(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.recordCount)
  }
  set recordCount(count: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.recordCount, count)
  }

  get firstPacket(): bigint {
    return this.memory.u64(this.at + BLOCK_OFFSET.firstPacket)
  }
  set firstPacket(number: bigint) {
    this.memory.setU64(this.at + BLOCK_OFFSET.firstPacket, number)
  }

  get bytes(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.bytes)
  }
  set bytes(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.bytes, address)
  }

  get records(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.records)
  }
  set records(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.records, address)
  }

  get descriptors(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.descriptors)
  }
  set descriptors(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.descriptors, address)
  }

  get runs(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.runs)
  }
  set runs(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.runs, address)
  }

  get runStarts(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.runStarts)
  }
  set runStarts(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.runStarts, address)
  }

  get outcomes(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.outcomes)
  }
  set outcomes(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.outcomes, address)
  }

  get reasons(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.reasons)
  }
  set reasons(address: number) {
    this.memory.setU32(this.at + BLOCK_OFFSET.reasons, address)
  }

  get fragmentCount(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.fragmentCount)
  }

  get heldAnswers(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.heldAnswers)
  }

  get departures(): number {
    return this.memory.u32(this.at + BLOCK_OFFSET.departures)
  }
}
