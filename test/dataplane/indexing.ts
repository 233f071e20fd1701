/**
 * Blocks for tests of indexing: records in, and out comes what the shards would see of them.
 */
import { BLOCK_BYTES, BLOCK_OFFSET, BLOCK_RECORDS, BLOCK_SIZE, BlockStage } from '../../src/memory/block.js'
import { CAPTURE_INTERFACE_SIZE, writeCaptureInterface } from '../../src/memory/capture-interface.js'
import { DESCRIPTOR_OFFSET, DESCRIPTOR_SIZE } from '../../src/memory/descriptor.js'
import { OUTCOME_SIZE, OutcomeView } from '../../src/memory/outcome.js'
import { REASON_COUNT, type Reason } from '../../src/memory/reason.js'
import { Direction, RECORD_SIZE, RecordView } from '../../src/memory/record.js'
import {
  REPLAY_AT,
  REPLAY_OFFSET,
  setReplayField,
  setTimeoutNs,
  Timeout,
  TIMEOUT_COUNT,
} from '../../src/memory/replay.js'
import { loadDataPlane, type LoadedDataPlane } from './load.js'
import { address } from './packet-bytes.js'

export interface TestRecord {
  readonly bytes: readonly number[]
  /** Bytes captured; all of them when not given. */
  readonly captured?: number
  /** Bytes on the wire; as many as there are bytes when not given. */
  readonly original?: number
  readonly atNs?: bigint
  readonly captureInterface?: number
  readonly direction?: Direction
}

/** A descriptor by the names of its fields, its IP packet as far as captured, and the shard whose run it is in. */
export type Described = Record<Exclude<keyof typeof DESCRIPTOR_OFFSET, 'atNs'>, number> & {
  readonly at: number
  readonly atNs: bigint
  readonly shard: number
  readonly bytes: number[]
}

export interface Indexed {
  readonly packets: Described[]
  /** How many records no shard sees, by reason. */
  readonly reasons: ReadonlyMap<Reason, number>
}

export const LINK_ETHERNET = 1
export const LINK_RAW = 101
const INTERFACES = 16

const U64_FIELDS = new Set<string>(['atNs'])
const U16_FIELDS = new Set<string>(['srcPort', 'dstPort', 'window', 'transport', 'boxInterface', 'flags', 'linkHeader'])
const U8_FIELDS = new Set<string>(['tcpFlags', 'tcpHeader', 'protocol', 'tos', 'ttl', 'packetType'])

export class TestIndexer {
  readonly plane: LoadedDataPlane
  /** What stands behind each record. */
  sentinel = 0xa5
  private readonly interfaces: number
  private readonly block: number
  private readonly bytes: number
  private readonly records: number
  private readonly outcomes: number
  private readonly reasons: number
  private readonly runStarts: number
  private readonly timeouts: number
  private firstPacket = 1n

  constructor(private readonly shards = 1) {
    this.plane = loadDataPlane()
    const { memory } = this.plane
    const allocate = (bytes: number): number => this.plane.allocate(bytes)
    this.interfaces = allocate(INTERFACES * CAPTURE_INTERFACE_SIZE)
    this.timeouts = allocate(TIMEOUT_COUNT * 8)
    this.block = allocate(BLOCK_SIZE)
    this.bytes = allocate(BLOCK_BYTES)
    this.records = allocate(BLOCK_RECORDS * RECORD_SIZE)
    this.outcomes = allocate(BLOCK_RECORDS * OUTCOME_SIZE)
    this.reasons = allocate(REASON_COUNT * 4)
    this.runStarts = allocate((shards + 1) * 4)
    memory.setU32(this.block + BLOCK_OFFSET.bytes, this.bytes)
    memory.setU32(this.block + BLOCK_OFFSET.records, this.records)
    memory.setU32(this.block + BLOCK_OFFSET.descriptors, allocate(BLOCK_RECORDS * DESCRIPTOR_SIZE))
    memory.setU32(this.block + BLOCK_OFFSET.runs, allocate(BLOCK_RECORDS * DESCRIPTOR_SIZE))
    memory.setU32(this.block + BLOCK_OFFSET.runStarts, this.runStarts)
    memory.setU32(this.block + BLOCK_OFFSET.outcomes, this.outcomes)
    memory.setU32(this.block + BLOCK_OFFSET.reasons, this.reasons)
    setReplayField(memory, 'shardCount', shards)
    setReplayField(memory, 'captureInterfaces', this.interfaces)
    setReplayField(memory, 'timeouts', this.timeouts)
    setReplayField(memory, 'seed', 0x5eed)
    setReplayField(memory, 'ipv4FragmentBytes', 4 << 20)
    setReplayField(memory, 'ipv6FragmentBytes', 4 << 20)
    setTimeoutNs(memory, this.timeouts, Timeout.Ipv4Fragment, 30_000_000_000n)
    setTimeoutNs(memory, this.timeouts, Timeout.Ipv6Fragment, 60_000_000_000n)
    this.setInterface(0, LINK_ETHERNET, 3)
    this.setInterface(1, LINK_RAW, 4)
  }

  /** ReplayFlag bits. */
  set flags(bits: number) {
    setReplayField(this.plane.memory, 'flags', bits)
  }

  set fragmentBytes(bytes: number) {
    setReplayField(this.plane.memory, 'ipv4FragmentBytes', bytes)
    setReplayField(this.plane.memory, 'ipv6FragmentBytes', bytes)
  }

  setInterface(
    index: number,
    linkType: number,
    boxInterface: number,
    mac = 0n,
    vlans?: ReadonlyMap<number, number>,
  ): void {
    const { memory } = this.plane
    let vlansAt = 0
    if (vlans !== undefined) {
      vlansAt = this.plane.allocate(4096 * 2)
      for (const [id, number] of vlans) memory.setU16(vlansAt + 2 * id, number)
    }
    writeCaptureInterface(memory, this.interfaces, index, linkType, { boxInterface, mac, vlansAt })
  }

  addLocalAddress(text: string): void {
    const bytes = address(text)
    const at = this.plane.allocate(16)
    this.plane.memory.bytes.set(bytes.length === 4 ? [...address('::ffff:0:0').slice(0, 12), ...bytes] : bytes, at)
    if (this.plane.exports.addLocalAddress(at) === 0) throw new Error('out of memory')
  }

  /** Replaces the block's records, indexes it, and puts its fragments together. */
  index(records: readonly TestRecord[]): Indexed {
    this.write(records)
    const { memory, exports } = this.plane
    memory.setU32(this.block + BLOCK_OFFSET.stage, BlockStage.Indexing)
    exports.indexBlock(this.block)
    if (this.stage === BlockStage.Indexed) exports.defragmentBlock(this.block)
    if (this.stage !== BlockStage.Scattered) throw new Error(`the block is left in stage ${this.stage}`)
    this.firstPacket += BigInt(records.length)
    const reasons = new Map<Reason, number>()
    for (let reason = 0; reason < REASON_COUNT; reason++) {
      const count = memory.u32(this.reasons + 4 * reason)
      if (count > 0) reasons.set(reason, count)
    }
    return { packets: this.runs(), reasons }
  }

  /** The one packet's descriptor. */
  describe(record: TestRecord): Described {
    const { packets, reasons } = this.index([record])
    if (packets.length !== 1) throw new Error(`no shard sees the packet, for reasons ${[...reasons.keys()].join(' ')}`)
    return packets[0]
  }

  /** Why no shard sees the packet. */
  reasonOf(record: TestRecord): Reason | undefined {
    const { packets, reasons } = this.index([record])
    return packets.length === 0 ? [...reasons.keys()][0] : undefined
  }

  /** `Outcome.path` of a record of the block just indexed. */
  outcomeOf(record: number): number {
    const outcome = new OutcomeView(this.plane.memory)
    outcome.at = this.outcomes + record * OUTCOME_SIZE
    return outcome.path
  }

  /** The sender's MAC address, where rules look for it. */
  macOf({ packet, linkHeader }: Described): number[] {
    return Array.from(this.plane.memory.bytes.subarray(packet - linkHeader + 6, packet - linkHeader + 12))
  }

  private get stage(): number {
    return this.plane.memory.u32(this.block + BLOCK_OFFSET.stage)
  }

  /** Each record ends at a sentinel, so that what is read behind it changes what comes out. */
  private write(records: readonly TestRecord[]): void {
    const { memory } = this.plane
    const view = new RecordView(memory)
    let at = this.bytes
    records.forEach((record, number) => {
      const captured = record.captured ?? record.bytes.length
      memory.bytes.set(record.bytes.slice(0, captured), at)
      memory.bytes.fill(this.sentinel, at + captured, at + captured + 64)
      view.at = this.records + number * RECORD_SIZE
      view.bytes = at
      view.captured = captured
      view.original = record.original ?? record.bytes.length
      view.atNs = record.atNs ?? 1_000_000_000n
      view.captureInterface = record.captureInterface ?? 0
      view.direction = record.direction ?? Direction.Unknown
      at += captured + 64
    })
    memory.setU32(this.block + BLOCK_OFFSET.recordCount, records.length)
    memory.setU64(this.block + BLOCK_OFFSET.firstPacket, this.firstPacket)
  }

  private runs(): Described[] {
    const { memory } = this.plane
    const runs = memory.u32(this.block + BLOCK_OFFSET.runs)
    return Array.from({ length: this.shards }, (_, shard) => {
      const first = memory.u32(this.runStarts + 4 * shard)
      const end = memory.u32(this.runStarts + 4 * shard + 4)
      return Array.from({ length: end - first }, (_, i) => this.read(runs + (first + i) * DESCRIPTOR_SIZE, shard))
    }).flat()
  }

  private read(at: number, shard: number): Described {
    const { memory } = this.plane
    const fields = Object.entries(DESCRIPTOR_OFFSET).map(([name, offset]) => [name, this.field(name, at + offset)])
    const described = Object.fromEntries(fields) as Described
    const bytes = Array.from(memory.bytes.subarray(described.packet, described.packet + described.captured))
    return { ...described, at, shard, bytes }
  }

  private field(name: string, at: number): number | bigint {
    const { memory } = this.plane
    if (U64_FIELDS.has(name)) return memory.u64(at)
    if (U16_FIELDS.has(name)) return memory.u16(at)
    return U8_FIELDS.has(name) ? memory.u8(at) : memory.u32(at)
  }
}

/** The shards' memory limit is elsewhere; this is where the hand-out stands. */
export function allocatedBytes(indexer: TestIndexer): bigint {
  return indexer.plane.memory.u64(REPLAY_AT + REPLAY_OFFSET.allocated)
}
