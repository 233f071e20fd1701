/**
 * `Shard` seen from the control plane; src/dataplane/layout/shard.ts says what its fields mean.
 */
import { EntryStatus, EntryView } from './entry.js'
import { KernelTableView } from './kernel-table.js'
import type { Memory } from './memory.js'

export const SHARD_OFFSET = {
  busy: 0,
  nextBlock: 4,
  number: 8,
  census: 12,
  nowNs: 16,
  slots: 24,
  slotMask: 28,
  used: 32,
  entryCount: 36,
  freeIpv4: 40,
  freeIpv6: 44,
  chunks: 48,
  lastChunk: 52,
  openIpv4: 56,
  openIpv6: 60,
  sweepChunk: 64,
  sweepIndex: 68,
  spare: 72,
  spareBytes: 76,
  pathHeads: 80,
  pathHeadMask: 84,
  pathList: 88,
  pathCount: 92,
  pathCapacity: 96,
  ways: 100,
  wayHeads: 104,
  wayCount: 108,
  wayCapacity: 112,
  occupancy: 116,
  counters: 120,
  delivery: 124,
  natSources: 128,
  splitZones: 132,
  expectations: 136,
  greKeys: 140,
  flowCache: 144,
  table: 148,
  touched: 152,
} as const
export const SHARD_SIZE = 156

export const ENTRY_CHUNK_OFFSET = { next: 0, entryBytes: 4, capacity: 8, used: 12 } as const
export const ENTRY_CHUNK_SIZE = 16
const CHUNK_HEADER = 64

const CENSUS_STATES = 16
const CENSUS_COUNTS = 2 * 256 * CENSUS_STATES

/** How many connections of one protocol and state there are. */
export interface CensusCount {
  readonly family: 4 | 6
  readonly protocol: number
  /** The tracker's state; for protocols without, a `CensusState`. */
  readonly state: number
  readonly entries: number
}

/** How far a connection got, where its protocol's tracker keeps no state. */
export enum CensusState {
  Unreplied = 0,
  Replied = 1,
  Assured = 2,
}

/** What a shard counts, as in the data plane's `ConntrackCounter`; the first ones as `conntrack -S` names them. */
export enum ConntrackCounter {
  Invalid = 0,
  InsertFailed = 1,
  Drop = 2,
  EarlyDrop = 3,
  /** `error`, or icmp_error. */
  IcmpError = 4,
  ClashResolve = 5,
  Confirmed = 6,
  Died = 7,
  PathHits = 8,
  Walks = 9,
  FlowHits = 10,
  Found = 11,
  /** `chainlength`, or chaintoolong. */
  ChainTooLong = 12,
  TableFull = 13,
  ExpectNew = 14,
  ExpectCreate = 15,
  ExpectDelete = 16,
}

export class ShardView {
  constructor(
    private readonly memory: Memory,
    readonly at: number,
  ) {}

  get number(): number {
    return this.memory.u32(this.at + SHARD_OFFSET.number)
  }

  /** Trace time of its last packet, in nanoseconds. */
  get nowNs(): bigint {
    return this.memory.u64(this.at + SHARD_OFFSET.nowNs)
  }

  get pathCount(): number {
    return this.memory.u32(this.at + SHARD_OFFSET.pathCount)
  }

  /** Address of its `pathCount` addresses of paths. */
  get pathList(): number {
    return this.memory.u32(this.at + SHARD_OFFSET.pathList)
  }

  /** Address of its `LocalDelivery`; 0 as long as no fragment came that it needs. */
  get delivery(): number {
    return this.memory.u32(this.at + SHARD_OFFSET.delivery)
  }

  /** Where the number of entries is limited. */
  get table(): KernelTableView | null {
    const at = this.memory.u32(this.at + SHARD_OFFSET.table)
    return at === 0 ? null : new KernelTableView(this.memory, at)
  }

  /** Address of its `Occupancy`. */
  get occupancy(): number {
    return this.memory.u32(this.at + SHARD_OFFSET.occupancy)
  }

  /** Kinds of connections of which some were alive when the data plane counted them: `state` may be a `CensusState`. */
  *census(): Generator<CensusCount, void> {
    const counts = this.memory.u32s(this.memory.u32(this.at + SHARD_OFFSET.census), CENSUS_COUNTS)
    for (let index = 0; index < CENSUS_COUNTS; index++) {
      if (counts[index] === 0) continue
      const kind = Math.floor(index / CENSUS_STATES)
      yield { family: kind < 256 ? 4 : 6, protocol: kind & 255, state: index % CENSUS_STATES, entries: counts[index] }
    }
  }

  counter(which: ConntrackCounter): bigint {
    return this.memory.u64(this.memory.u32(this.at + SHARD_OFFSET.counters) + 8 * which)
  }

  /** Adds one. */
  count(which: ConntrackCounter): void {
    this.memory.setU64(this.memory.u32(this.at + SHARD_OFFSET.counters) + 8 * which, this.counter(which) + 1n)
  }

  /**
   * The connections alive at `nowNs`, each in the same view, which moves on: take what you need before the next one.
   * Their order says nothing.
   */
  *aliveEntries(nowNs: bigint): Generator<EntryView, void> {
    const { memory } = this
    const entry = new EntryView(memory)
    for (let chunk = memory.u32(this.at + SHARD_OFFSET.chunks); chunk !== 0; chunk = memory.u32(chunk)) {
      const entryBytes = memory.u32(chunk + ENTRY_CHUNK_OFFSET.entryBytes)
      const end = chunk + CHUNK_HEADER + entryBytes * memory.u32(chunk + ENTRY_CHUNK_OFFSET.used)
      for (let at = chunk + CHUNK_HEADER; at < end; at += entryBytes) {
        entry.at = at
        const alive = (entry.status & (EntryStatus.Confirmed | EntryStatus.Dying)) === EntryStatus.Confirmed
        if (alive && entry.expiryNs > nowNs) yield entry
      }
    }
  }
}
