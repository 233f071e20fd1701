/**
 * What helpers expect, in shared memory: found by where it goes, and by the record of its master, newest first. Those
 * whose time is over go when they are met, or when room is needed.
 * Kernel: net/netfilter/nf_conntrack_expect.c (v6.18).
 * Differs from the kernel: 65,536 at a time at most, where nf_conntrack_expect_max may say more; and expect_delete counts
 * one whose time is over when it goes.
 *
 *   header: first free u32 | ever used u32 | count u32 | most u32 | none ends before u64 || chains: a u32 each
 *   expectation: BYTES bytes, its fields at FIELD
 */
import type { Memory } from '../../memory/memory.js'
import { ConntrackCounter, SHARD_OFFSET, ShardView } from '../../memory/shard.js'
import type { Tuple } from '../../memory/tuple.js'
import { sameWords } from '../nat-tuple.js'
import type { Expectation, ExpectationPolicy, SourceMask } from './expectation.js'
import type { HelpRecords } from './help-records.js'

const HEADER = { free: 0, used: 4, count: 8, most: 12, earliestNs: 16 } as const
const CHAINS_AT = 24
const CHAINS = 4096
const MOST = 65536
const FIELD = {
  next: 0,
  nextOfRecord: 4,
  record: 8,
  zone: 12,
  family: 14,
  protocol: 15,
  srcPort: 16,
  srcPortMask: 18,
  dstPort: 20,
  savedPort: 22,
  source: 24,
  mask: 40,
  destination: 56,
  savedAddress: 72,
  class: 88,
  flags: 89,
  follow: 90,
  direction: 91,
  helper: 92,
  expiryNs: 96,
} as const
const BYTES = 104
/** Flags. */
const PERMANENT = 1
const INACTIVE = 2
const SECOND_NS = 1_000_000_000n
const LATEST_NS = 2n ** 64n - 1n

/** What became of an attempt to expect. Kernel: 0, -EALREADY, -EBUSY, -EMFILE. */
export enum Expected {
  Added,
  /** Another connection expects the very same. */
  Already,
  /** It could not be told from another one. */
  Clash,
  Full,
}

/** For whom, and when, the table is asked. */
export interface Asking {
  /** Address of the shard. */
  readonly shard: number
  readonly nowNs: bigint
  /** Conntrack zone of the connection. */
  readonly zone: number
}

export class ExpectationTable {
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly records: HelpRecords,
  ) {}

  /** Bytes of a table for `most` expectations. */
  static bytes(most: number): number {
    return CHAINS_AT + 4 * CHAINS + BYTES * clamped(most)
  }

  /** Makes an empty table of zeroed memory. */
  static create(memory: Memory, at: number, most: number): void {
    memory.setU32(at + HEADER.most, clamped(most))
  }

  /** Address of the newest one that the tuple meets; 0 when there is none. Inactive ones are met only if asked for. */
  find(tuple: Tuple, asking: Asking, inactive: boolean): number {
    for (const at of this.chain(tuple, asking)) {
      if (this.meets(at, tuple, asking.zone) && (inactive || (this.flags(at) & INACTIVE) === 0)) return at
    }
    return 0
  }

  /**
   * Adds what the connection of `record` expects; the same again is renewed. `sharing`: the same of another
   * connection is as good. Kernel: nf_ct_expect_related(), __nf_ct_expect_check().
   */
  add(
    expectation: Expectation,
    record: number,
    policies: readonly ExpectationPolicy[],
    asking: Asking,
    sharing: boolean,
  ): Expected {
    const { memory } = this
    for (const at of this.chain(expectation.tuple, asking)) {
      const own = memory.u32(at + FIELD.record) === record && memory.u8(at + FIELD.class) === expectation.class
      if ((own || sharing) && this.isSame(at, expectation, asking.zone)) {
        if (!own) return Expected.Already
        this.remove(at, asking.shard)
        break
      }
      if (this.clashes(at, expectation, asking.zone)) return Expected.Clash
    }
    const policy = policies[expectation.class]
    const own = this.ofRecord(record, asking).filter((at) => memory.u8(at + FIELD.class) === expectation.class)
    if (own.length >= policy.most) this.remove(own[own.length - 1], asking.shard)
    if (this.isFull) this.sweep(asking)
    if (this.isFull) return Expected.Full
    this.insert(expectation, record, asking, asking.nowNs + BigInt(policy.seconds) * SECOND_NS)
    return Expected.Added
  }

  /** Addresses of what the connection of the record expects, newest first. */
  ofRecord(record: number, asking: Asking): number[] {
    const { memory, records } = this
    const found: number[] = []
    for (let at = memory.u32(records.firstOf(record)), next = 0; at !== 0; at = next) {
      next = memory.u32(at + FIELD.nextOfRecord)
      if (this.isOver(at, asking.nowNs)) this.remove(at, asking.shard)
      else found.push(at)
    }
    return found
  }

  /** Everything that the connection of the record expects goes. Kernel: nf_ct_remove_expectations(). */
  removeAll(record: number, shard: number): void {
    const { memory, records } = this
    for (;;) {
      const at = memory.u32(records.firstOf(record))
      if (at === 0) return
      this.remove(at, shard)
    }
  }

  remove(at: number, shard: number): void {
    const { memory } = this
    const { family, protocol, destination, dstPort } = this.read(at).tuple
    this.unlink(this.chainOf(family, protocol, destination, dstPort), FIELD.next, at)
    this.unlink(this.records.firstOf(memory.u32(at + FIELD.record)), FIELD.nextOfRecord, at)
    memory.setU32(at + FIELD.next, memory.u32(this.at + HEADER.free))
    memory.setU32(this.at + HEADER.free, at)
    this.count(shard, -1)
  }

  /** The record of the connection that expects it. */
  recordOf(at: number): number {
    return this.memory.u32(at + FIELD.record)
  }

  /** It is met from now on, for so long. */
  activate(at: number, untilNs: bigint): void {
    this.memory.setU8(at + FIELD.flags, this.flags(at) & ~INACTIVE)
    this.setExpiry(at, untilNs)
  }

  read(at: number): Expectation {
    const { memory } = this
    const family = memory.u8(at + FIELD.family) === 6 ? 6 : 4
    const words = (field: number): number[] =>
      Array.from({ length: family === 4 ? 1 : 4 }, (_, index) => memory.u32(at + field + 4 * index))
    const flags = this.flags(at)
    return {
      tuple: {
        family,
        protocol: memory.u8(at + FIELD.protocol),
        source: words(FIELD.source),
        destination: words(FIELD.destination),
        srcPort: memory.u16(at + FIELD.srcPort),
        dstPort: memory.u16(at + FIELD.dstPort),
      },
      mask: { address: words(FIELD.mask), port: memory.u16(at + FIELD.srcPortMask) },
      class: memory.u8(at + FIELD.class),
      permanent: (flags & PERMANENT) !== 0,
      inactive: (flags & INACTIVE) !== 0,
      helper: memory.u8(at + FIELD.helper),
      follow: memory.u8(at + FIELD.follow),
      direction: memory.u8(at + FIELD.direction) === 0 ? 0 : 1,
      savedAddress: words(FIELD.savedAddress),
      savedPort: memory.u16(at + FIELD.savedPort),
    }
  }

  private insert(expectation: Expectation, record: number, asking: Asking, expiryNs: bigint): void {
    const { memory } = this
    const { tuple, mask } = expectation
    const at = this.take()
    const setWords = (field: number, words: readonly number[]): void =>
      words.forEach((word, index) => memory.setU32(at + field + 4 * index, word))
    const { family, protocol, destination, dstPort } = tuple
    const chain = this.chainOf(family, protocol, destination, dstPort)
    memory.setU32(at + FIELD.next, memory.u32(chain))
    memory.setU32(chain, at)
    const first = this.records.firstOf(record)
    memory.setU32(at + FIELD.nextOfRecord, memory.u32(first))
    memory.setU32(first, at)
    memory.setU32(at + FIELD.record, record)
    memory.setU16(at + FIELD.zone, asking.zone)
    memory.setU8(at + FIELD.family, family)
    memory.setU8(at + FIELD.protocol, protocol)
    memory.setU16(at + FIELD.srcPort, tuple.srcPort)
    memory.setU16(at + FIELD.srcPortMask, mask.port)
    memory.setU16(at + FIELD.dstPort, dstPort)
    memory.setU16(at + FIELD.savedPort, expectation.savedPort)
    setWords(FIELD.source, tuple.source)
    setWords(FIELD.mask, mask.address)
    setWords(FIELD.destination, destination)
    setWords(FIELD.savedAddress, expectation.savedAddress)
    memory.setU8(at + FIELD.class, expectation.class)
    memory.setU8(at + FIELD.flags, (expectation.permanent ? PERMANENT : 0) | (expectation.inactive ? INACTIVE : 0))
    memory.setU8(at + FIELD.follow, expectation.follow)
    memory.setU8(at + FIELD.direction, expectation.direction)
    memory.setU8(at + FIELD.helper, expectation.helper)
    this.setExpiry(at, expiryNs)
    this.count(asking.shard, 1)
  }

  private setExpiry(at: number, expiryNs: bigint): void {
    const { memory } = this
    memory.setU64(at + FIELD.expiryNs, expiryNs)
    const earliest = this.at + HEADER.earliestNs
    if (expiryNs < memory.u64(earliest)) memory.setU64(earliest, expiryNs)
  }

  /** Room for one more; the table is not full. */
  private take(): number {
    const { memory, at } = this
    const free = memory.u32(at + HEADER.free)
    if (free !== 0) {
      memory.setU32(at + HEADER.free, memory.u32(free + FIELD.next))
      return free
    }
    const used = memory.u32(at + HEADER.used)
    memory.setU32(at + HEADER.used, used + 1)
    return at + CHAINS_AT + 4 * CHAINS + BYTES * used
  }

  private get isFull(): boolean {
    return this.memory.u32(this.at + HEADER.count) >= this.memory.u32(this.at + HEADER.most)
  }

  /** Removes all whose time is over, unless it was done at this very time. */
  private sweep({ shard, nowNs }: Asking): void {
    const { memory, at } = this
    if (memory.u64(at + HEADER.earliestNs) > nowNs) return
    let earliestNs = LATEST_NS
    for (let chain = 0; chain < CHAINS; chain++) {
      for (let each = memory.u32(at + CHAINS_AT + 4 * chain), next = 0; each !== 0; each = next) {
        next = memory.u32(each + FIELD.next)
        const expiryNs = memory.u64(each + FIELD.expiryNs)
        if (expiryNs <= nowNs) this.remove(each, shard)
        else if (expiryNs < earliestNs) earliestNs = expiryNs
      }
    }
    memory.setU64(at + HEADER.earliestNs, earliestNs)
  }

  private count(shard: number, change: 1 | -1): void {
    const { memory, at } = this
    new ShardView(memory, shard).count(change === 1 ? ConntrackCounter.ExpectCreate : ConntrackCounter.ExpectDelete)
    const count = memory.u32(at + HEADER.count) + change
    memory.setU32(at + HEADER.count, count)
    memory.setU32(shard + SHARD_OFFSET.expectations, count)
  }

  private unlink(head: number, field: number, at: number): void {
    const { memory } = this
    let link = head
    while (memory.u32(link) !== at) link = memory.u32(link) + field
    memory.setU32(link, memory.u32(at + field))
  }

  /** Those that go where the tuple goes, perhaps; what is over is gone. */
  private chain({ family, protocol, destination, dstPort }: Tuple, { shard, nowNs }: Asking): number[] {
    const { memory } = this
    const found: number[] = []
    for (let at = memory.u32(this.chainOf(family, protocol, destination, dstPort)), next = 0; at !== 0; at = next) {
      next = memory.u32(at + FIELD.next)
      if (this.isOver(at, nowNs)) this.remove(at, shard)
      else found.push(at)
    }
    return found
  }

  private chainOf(family: number, protocol: number, destination: readonly number[], dstPort: number): number {
    let hash = (family << 24) ^ (protocol << 16) ^ dstPort
    for (const word of destination) {
      hash = Math.imul(hash ^ word, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return this.at + CHAINS_AT + 4 * (hash & (CHAINS - 1))
  }

  private isOver(at: number, nowNs: bigint): boolean {
    return this.memory.u64(at + FIELD.expiryNs) <= nowNs
  }

  private flags(at: number): number {
    return this.memory.u8(at + FIELD.flags)
  }

  /** Kernel: nf_ct_exp_equal(). */
  private meets(at: number, tuple: Tuple, zone: number): boolean {
    const { mask } = this.read(at)
    return this.overlaps(at, tuple, mask, zone)
  }

  /** Kernel: expect_clash(). */
  private clashes(at: number, { tuple, mask }: Expectation, zone: number): boolean {
    const own = this.read(at).mask
    const both = { address: own.address.map((word, index) => word & mask.address[index]), port: own.port & mask.port }
    return this.overlaps(at, tuple, both, zone)
  }

  /** Kernel: expect_matches(). */
  private isSame(at: number, { tuple, mask }: Expectation, zone: number): boolean {
    const own = this.read(at)
    return (
      own.mask.port === mask.port &&
      own.tuple.srcPort === tuple.srcPort &&
      own.tuple.family === tuple.family &&
      sameWords(own.mask.address, mask.address) &&
      sameWords(own.tuple.source, tuple.source) &&
      this.overlaps(at, tuple, mask, zone)
    )
  }

  /** Kernel: nf_ct_tuple_mask_cmp(). */
  private overlaps(at: number, tuple: Tuple, mask: SourceMask, zone: number): boolean {
    const own = this.read(at).tuple
    return (
      own.family === tuple.family &&
      own.protocol === tuple.protocol &&
      own.dstPort === tuple.dstPort &&
      sameWords(own.destination, tuple.destination) &&
      ((own.srcPort ^ tuple.srcPort) & mask.port) === 0 &&
      own.source.every((word, index) => ((word ^ tuple.source[index]) & mask.address[index]) === 0) &&
      this.memory.u16(at + FIELD.zone) === zone
    )
  }
}

function clamped(most: number): number {
  return Math.max(1, Math.min(MOST, most))
}
