/**
 * What a set holds while a trace is replayed: its elements in a hash table, and how many networks of each length
 * there are, so that a lookup tries the lengths in use only, longest first.
 * Of a hash that changes, HashPlacement says what finds room.
 * Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_add(), mtype_del(), mtype_test_cidrs() (v6.18).
 *
 *   1 once it was filled u32 | unused u32 | networks of each prefix length, first and second part: 2 x 129 u32 || table ||
 *   placement
 *   value: flags u32 | queue u32 | expiry f64 (jiffies; 0: never) | packets u64 | bytes u64 | mark u32 | mask u32 |
 *          priority u32 | MAC to be compared: 0, or 1, two words
 */
import { HashTable, type TableShape } from '../memory/hash-table.js'
import type { Memory } from '../memory/memory.js'
import { HashPlacement, type Held, type PlacementRules } from './hash-placement.js'
import { type HashPlan, MOST_SLOTS, planHash, sharesBuckets } from './hash-plan.js'
import { elementHash, isHash } from './hash-words.js'
import type { SetData, SetElement } from './set.js'
import { keyOfElement, wildcardsOf } from './element-key.js'
import { KEY } from './set-key.js'

const VALUE = {
  flags: 0,
  queue: 4,
  expiry: 8,
  packets: 16,
  bytes: 24,
  mark: 32,
  markMask: 36,
  priority: 40,
  hasMac: 44,
  mac: 48,
  /** The prefix lengths, for when it is removed. */
  kind: 56,
  bytesTotal: 72,
}
const NO_MATCH = 1
const LENGTHS = 129
const HEADER = { filled: 0, lengths: 8, bytes: 8 + 2 * LENGTHS * 4 }

/** What a SET target puts down with an element. */
export interface AddedExtensions {
  readonly timeoutJiffies: number
  readonly bytes: number
  /** Of a bitmap:ip,mac. */
  readonly mac: readonly [number, number] | null
}

/** Jiffies between collections, of a third of the timeout. Kernel: IPSET_GC_PERIOD(), IPSET_GC_TIME. */
const MOST_SECONDS_BETWEEN = 180
/** Differs from the kernel: a full set takes no more than so many times what it is made for. */
const MOST_TIMES_FULL = 2

export class SetTable implements Held {
  private readonly table: HashTable
  /** Only of a hash that changes. */
  private readonly placement: HashPlacement | null
  readonly counters: boolean
  /** Beginnings of interface names that its elements have. */
  readonly wildcards: readonly string[]
  private readonly timeouts: boolean

  constructor(
    readonly memory: Memory,
    private readonly at: number,
    readonly data: SetData,
    private readonly hz: number,
  ) {
    const shape = shapeOf(data)
    this.table = new HashTable(memory, at + HEADER.bytes, shape)
    this.counters = data.counters
    this.timeouts = data.timeout !== null
    this.wildcards = wildcardsOf(data)
    const plan = planOf(data)
    const placementAt = at + HEADER.bytes + HashTable.bytes(shape)
    this.placement = plan && new HashPlacement(memory, placementAt, plan, rulesOf(data, hz), this, sharesBuckets(data))
  }

  static bytes(data: SetData): number {
    const plan = planOf(data)
    const placement = plan === null ? 0 : HashPlacement.bytes(plan, sharesBuckets(data))
    return Math.ceil((HEADER.bytes + HashTable.bytes(shapeOf(data)) + placement) / 64) * 64
  }

  /** Puts in what was saved, once; `interfaceId` gives the number of a name. */
  fill(now: number, interfaceId: (name: string) => number): void {
    const { memory, at, data, wildcards } = this
    if (memory.u32(at + HEADER.filled) !== 0) return
    memory.setU32(at + HEADER.filled, 1)
    for (const [index, element] of data.elements.entries()) {
      this.fillElement(keyOfElement(data, element, index, wildcards, interfaceId), element, now)
    }
  }

  private fillElement(key: readonly number[], element: SetElement, now: number): void {
    const { memory, placement } = this
    let value = this.table.find(key)
    if (value === 0) {
      value = this.insert(key)
      if (value === 0) return
      placement?.restore(elementHash(this.data, key), value)
    }
    memory.setU32(value + VALUE.flags, element.noMatch ? NO_MATCH : 0)
    if (this.timeouts && element.timeout > 0) this.setExpiry(value, this.firstExpiry(element, now))
    memory.setU64(value + VALUE.packets, element.packets)
    memory.setU64(value + VALUE.bytes, element.bytes)
    const [mark, mask, priority, queue] = element.info
    memory.setU32(value + VALUE.mark, mark)
    memory.setU32(value + VALUE.markMask, mask)
    memory.setU32(value + VALUE.priority, priority)
    memory.setU32(value + VALUE.queue, queue)
    if (this.data.type === 'bitmap:ip,mac' && element.mac !== null) this.setMac(value, element.mac)
  }

  /** Time runs from when the MAC address is known; until then it is kept, negative. */
  private firstExpiry({ mac, timeout }: SetElement, now: number): number {
    const waits = this.data.type === 'bitmap:ip,mac' && mac === null
    return waits ? -timeout * this.hz : now + timeout * this.hz
  }

  /** Address of the value of an element that is alive, or 0. */
  find(key: readonly number[], now: number): number {
    const value = this.table.find(key)
    return value === 0 || this.isExpired(value, now) ? 0 : value
  }

  /** True when there is one now that was not there, or when it was renewed. Kernel: mtype_add(). */
  add(key: readonly number[], now: number, exist: boolean, { timeoutJiffies, bytes, mac }: AddedExtensions): boolean {
    const { memory, placement } = this
    const hash = placement === null ? 0 : elementHash(this.data, key)
    const full = placement !== null && placement.admit(hash, now)
    let value = this.table.find(key)
    if (value !== 0 && !exist && !this.isExpired(value, now) && !this.lacksMac(value)) return false
    if (value === 0) value = placement === null ? this.insert(key) : this.place(placement, key, hash, now, full)
    if (value === 0) return false
    memory.setU32(value + VALUE.flags, 0)
    this.setExpiry(value, this.timeouts && timeoutJiffies > 0 ? now + timeoutJiffies : 0)
    this.beginExtensions(value, bytes)
    if (mac !== null) this.setMac(value, mac)
    return true
  }

  private place(placement: HashPlacement, key: readonly number[], hash: number, now: number, full: boolean): number {
    const isKin = sharesBuckets(this.data) ? (value: number): boolean => this.isSameNetwork(value, key) : null
    const slot = placement.place(hash, now, full, isKin)
    if (slot === 0) return 0
    const value = this.insert(key)
    placement.occupy(slot, value)
    return value
  }

  private isSameNetwork(value: number, key: readonly number[]): boolean {
    const words = [KEY.kind, ...Array.from({ length: 4 }, (_, word) => KEY.address + word)]
    return words.every((word) => this.table.keyWord(value, word) === key[word])
  }

  /** A rule that adds counts the packet, and says nothing of marks. Kernel: IP_SET_INIT_KEXT(). */
  private beginExtensions(value: number, bytes: number): void {
    const { memory } = this
    memory.setU64(value + VALUE.packets, 1n)
    memory.setU64(value + VALUE.bytes, BigInt(bytes))
    for (const field of [VALUE.mark, VALUE.markMask, VALUE.priority, VALUE.queue]) memory.setU32(value + field, 0)
  }

  /** True when there was one. Kernel: mtype_del(). */
  remove(key: readonly number[], now: number): boolean {
    const value = this.find(key, now)
    if (value === 0) return false
    this.placement?.remove(elementHash(this.data, key), value)
    this.drop(value)
    return true
  }

  /** Takes the element out, wherever it lies. */
  drop(value: number): void {
    this.countLengths(this.memory.u32(value + VALUE.kind), -1)
    this.table.removeValue(value)
  }

  /** Whether some network of the length is in it, of the first (0) or second part (1). */
  hasLength(part: 0 | 1, length: number): boolean {
    return this.memory.u32(this.at + HEADER.lengths + 4 * (part * LENGTHS + length)) !== 0
  }

  /** The greatest length in use, or `byDefault`. */
  longest(part: 0 | 1, byDefault: number): number {
    for (let length = LENGTHS - 1; length >= 0; length--) if (this.hasLength(part, length)) return length
    return byDefault
  }

  isNoMatch(value: number): boolean {
    return (this.memory.u32(value + VALUE.flags) & NO_MATCH) !== 0
  }

  packets(value: number): bigint {
    return this.memory.u64(value + VALUE.packets)
  }

  bytes(value: number): bigint {
    return this.memory.u64(value + VALUE.bytes)
  }

  countPacket(value: number, length: number): void {
    this.memory.setU64(value + VALUE.packets, this.packets(value) + 1n)
    this.memory.setU64(value + VALUE.bytes, this.bytes(value) + BigInt(length))
  }

  /** Mark and mask. */
  mark(value: number): readonly [number, number] {
    return [this.memory.u32(value + VALUE.mark), this.memory.u32(value + VALUE.markMask)]
  }

  /** An element of a bitmap:ip,mac that is still to learn its MAC address. */
  lacksMac(value: number): boolean {
    return this.data.type === 'bitmap:ip,mac' && this.memory.u32(value + VALUE.hasMac) === 0
  }

  /** It takes over the MAC address of the first packet that asks, which it counts. Kernel: ip_set_test(), -EAGAIN. */
  learnMac(value: number, mac: readonly [number, number], now: number, bytes: number): void {
    this.setMac(value, mac)
    const waiting = this.memory.view.getFloat64(value + VALUE.expiry, true)
    if (waiting < 0) this.setExpiry(value, now - waiting)
    this.beginExtensions(value, bytes)
  }

  /** Kernel: bitmap_ipmac_do_test(). */
  hasMac(value: number, mac: readonly [number, number]): boolean {
    const { memory } = this
    return memory.u32(value + VALUE.mac) === mac[0] && memory.u32(value + VALUE.mac + 4) === mac[1]
  }

  private setMac(value: number, mac: readonly [number, number]): void {
    this.memory.setU32(value + VALUE.hasMac, 1)
    this.memory.setU32(value + VALUE.mac, mac[0])
    this.memory.setU32(value + VALUE.mac + 4, mac[1])
  }

  private insert(key: readonly number[]): number {
    const value = this.table.insert(key)
    if (value === 0) return 0
    this.memory.setU32(value + VALUE.kind, key[KEY.kind])
    this.countLengths(key[KEY.kind], 1)
    return value
  }

  private countLengths(kind: number, by: number): void {
    for (const [part, length] of [kind & 255, (kind >>> 8) & 255].entries()) {
      const at = this.at + HEADER.lengths + 4 * (part * LENGTHS + length)
      this.memory.setU32(at, this.memory.u32(at) + by)
    }
  }

  isExpired(value: number, now: number): boolean {
    const expiry = this.memory.view.getFloat64(value + VALUE.expiry, true)
    return expiry > 0 && expiry < now
  }

  private setExpiry(value: number, jiffies: number): void {
    this.memory.view.setFloat64(value + VALUE.expiry, jiffies, true)
  }
}

const plans = new WeakMap<SetData, HashPlan>()

/** Null: nothing depends on the places of its elements. */
function planOf(data: SetData): HashPlan | null {
  if (!data.changing || !isHash(data)) return null
  let plan = plans.get(data)
  if (plan === undefined) {
    const wildcards = wildcardsOf(data)
    const keys = data.elements.map((element, index) => keyOfElement(data, element, index, wildcards, () => 0))
    plan = planHash(
      data,
      Uint32Array.from(keys, (key) => elementHash(data, key)),
      keys,
    )
    plans.set(data, plan)
  }
  return plan
}

function rulesOf({ most, forceAdd, timeout }: SetData, hz: number): PlacementRules {
  const seconds = timeout === null ? null : Math.min(Math.floor(timeout / 3), MOST_SECONDS_BETWEEN) || 1
  return { most, forceAdd, period: seconds === null ? null : seconds * hz, hz }
}

/** A set that never changes needs room for what it holds only. */
function shapeOf(data: SetData): TableShape {
  const { elements, most, changing } = data
  const plan = planOf(data)
  const slots = plan === null ? Infinity : plan.buckets * (sharesBuckets(data) ? MOST_SLOTS : plan.bucketSize)
  const wanted = changing ? Math.max(most, elements.length) : Math.max(1, elements.length)
  const capacity = plan === null ? wanted : Math.min(slots, MOST_TIMES_FULL * wanted)
  return { keyWords: KEY.words, valueBytes: VALUE.bytesTotal, capacity }
}
