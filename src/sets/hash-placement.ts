/**
 * In which slot of which bucket of the kernel's hash each element lies: it decides what a full set takes nevertheless,
 * what it gives up, and when a bucket has no room. Elements that died keep their slot until they are collected.
 * Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_add(), mtype_del(), mtype_gc(), mtype_gc_do() (v6.18).
 * Differs from the kernel: up to 5.5 all buckets are one region, and before 6.16 elements are counted for another one;
 * the first collection comes a second after the first change, not after the set was made.
 *
 *   elements a bucket may hold u32 | next region to collect u32 | next collection f64 (jiffies; 0: none yet) ||
 *   elements of each region, u32 || of each bucket: slots there are u8, slots used once u8, unused u16 ||
 *   slots: what lies in them, u32; 0: nothing
 */
import type { Memory } from '../memory/memory.js'
import { type HashPlan, MOST_SLOTS, REGION_BUCKETS, SLOTS_AT_ONCE } from './hash-plan.js'

/** What the slots hold: numbers that are not 0. */
export interface Held {
  isExpired(element: number, now: number): boolean
  /** It is gone: collected, or its slot is another's. */
  drop(element: number): void
}

export interface PlacementRules {
  readonly most: number
  readonly forceAdd: boolean
  /** Jiffies between collections of the whole set; null: elements live for ever. */
  readonly period: number | null
  readonly hz: number
}

const HEADER = { bucketSize: 0, region: 4, collection: 8, bytes: 16 }

export class HashPlacement {
  private readonly regionsAt: number
  private readonly bucketsAt: number
  private readonly slotsAt: number
  private readonly slotsOfBucket: number

  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly plan: HashPlan,
    private readonly rules: PlacementRules,
    private readonly held: Held,
    mayGrow: boolean,
  ) {
    this.slotsOfBucket = slotsOf(plan, mayGrow)
    this.regionsAt = at + HEADER.bytes
    this.bucketsAt = this.regionsAt + 4 * plan.regions
    this.slotsAt = this.bucketsAt + 4 * plan.buckets
  }

  /** `mayGrow`: buckets may come to hold more than planned. */
  static bytes(plan: HashPlan, mayGrow: boolean): number {
    return HEADER.bytes + 4 * plan.regions + 4 * plan.buckets * (1 + slotsOf(plan, mayGrow))
  }

  /** Puts an element of the saved set in. */
  restore(hash: number, element: number): void {
    const { memory } = this
    if (memory.u32(this.at + HEADER.bucketSize) === 0) memory.setU32(this.at + HEADER.bucketSize, this.plan.bucketSize)
    const bucket = this.bucketOf(hash)
    if (this.used(bucket) >= this.slotsOfBucket) return
    if (this.used(bucket) >= this.size(bucket)) this.setSize(bucket, this.size(bucket) + SLOTS_AT_ONCE)
    this.append(bucket, element)
    this.countElements(this.regionOf(hash), 1)
  }

  /** Whether a new element has to take another's slot. Collects what is expired where the set looks full. */
  admit(hash: number, now: number): boolean {
    const { plan, rules } = this
    this.collectDue(now)
    const region = this.regionOf(hash)
    if (this.elements(region) < Math.floor(rules.most / plan.regions)) return false
    if (rules.period !== null) this.collect(region, now)
    let elements = 0
    for (let each = 0; each < plan.regions; each++) elements += this.elements(each)
    return elements >>> 0 >= rules.most
  }

  /**
   * The slot for an element that is not in the set yet, or 0. `full` as admit() said; `isKin` tells which elements
   * have its hash by nature, where the type has such.
   */
  place(hash: number, now: number, full: boolean, isKin: ((element: number) => boolean) | null): number {
    const { memory, rules } = this
    const bucket = this.bucketOf(hash)
    if (this.size(bucket) === 0) {
      if (full) return 0
      this.setSize(bucket, SLOTS_AT_ONCE)
      return this.nextSlot(hash)
    }
    const forced = full && rules.forceAdd && this.used(bucket) > 0
    const slot = this.reusable(bucket, now) || (forced ? this.slot(bucket, 0) : 0)
    if (slot !== 0) {
      const before = memory.u32(slot)
      if (before !== 0) this.held.drop(before)
      if (before === 0) this.countElements(this.regionOf(hash), 1)
      return slot
    }
    if (full || (this.used(bucket) >= this.size(bucket) && !this.grow(bucket, isKin))) return 0
    return this.nextSlot(hash)
  }

  occupy(slot: number, element: number): void {
    this.memory.setU32(slot, element)
  }

  /** Takes out an element that is removed. */
  remove(hash: number, element: number): void {
    const { memory } = this
    const bucket = this.bucketOf(hash)
    const used = this.used(bucket)
    for (let index = 0; index < used; index++) {
      if (memory.u32(this.slot(bucket, index)) !== element) continue
      memory.setU32(this.slot(bucket, index), 0)
      if (index + 1 === used) this.setUsed(bucket, used - 1)
      this.countElements(this.regionOf(hash), -1)
      const empty = this.emptySlots(bucket)
      if (this.used(bucket) === 0 && empty === 0) this.setSize(bucket, 0)
      else if (empty >= SLOTS_AT_ONCE) this.shrink(bucket)
      return
    }
  }

  /** Kernel: mtype_gc(), which begins again with the first region twice. */
  private collectDue(now: number): void {
    const { memory, at, plan, rules } = this
    if (rules.period === null) return
    const between = Math.max(Math.floor(rules.period / plan.regions), Math.floor(rules.hz / 10))
    let next = memory.view.getFloat64(at + HEADER.collection, true) || now + rules.hz
    // After a long silence, once around is enough.
    next = Math.max(next, now - between * (plan.regions + 1))
    for (; next <= now; next += between) {
      const region = memory.u32(at + HEADER.region)
      const wraps = region >= plan.regions
      memory.setU32(at + HEADER.region, wraps ? 0 : region + 1)
      this.collect(wraps ? 0 : region, now)
    }
    memory.view.setFloat64(at + HEADER.collection, next, true)
  }

  /** Kernel: mtype_gc_do(). */
  private collect(region: number, now: number): void {
    const { memory, plan, held } = this
    const end = Math.min(plan.buckets, (region + 1) * REGION_BUCKETS)
    for (let bucket = region * REGION_BUCKETS; bucket < end; bucket++) {
      const used = this.used(bucket)
      for (let index = 0; index < used; index++) {
        const slot = this.slot(bucket, index)
        const element = memory.u32(slot)
        if (element === 0 || !held.isExpired(element, now)) continue
        held.drop(element)
        memory.setU32(slot, 0)
        this.countElements(region, -1)
      }
      const empty = this.emptySlots(bucket)
      if (empty < SLOTS_AT_ONCE) continue
      if (empty >= this.size(bucket)) {
        this.setUsed(bucket, 0)
        this.setSize(bucket, 0)
      } else {
        this.shrink(bucket)
      }
    }
  }

  /** The first slot of the bucket that is empty, or whose element is expired; or 0. */
  private reusable(bucket: number, now: number): number {
    const used = this.used(bucket)
    for (let index = 0; index < used; index++) {
      const slot = this.slot(bucket, index)
      const element = this.memory.u32(slot)
      if (element === 0 || this.held.isExpired(element, now)) return slot
    }
    return 0
  }

  /** False: only ipset itself could make room, by more buckets. */
  private grow(bucket: number, isKin: ((element: number) => boolean) | null): boolean {
    const { memory, at } = this
    let bucketSize = memory.u32(at + HEADER.bucketSize)
    if (isKin !== null) {
      if (bucketSize >= MOST_SLOTS) return false
      if (bucketSize <= this.countKin(bucket, isKin)) {
        memory.setU32(at + HEADER.bucketSize, (bucketSize += SLOTS_AT_ONCE))
      }
    }
    if (this.size(bucket) >= bucketSize) return false
    this.setSize(bucket, this.size(bucket) + SLOTS_AT_ONCE)
    return true
  }

  private countKin(bucket: number, isKin: (element: number) => boolean): number {
    let kin = 0
    const used = this.used(bucket)
    for (let index = 0; index < used; index++) {
      const element = this.memory.u32(this.slot(bucket, index))
      if (element !== 0 && isKin(element)) kin++
    }
    return kin
  }

  /** The elements that are left move together. */
  private shrink(bucket: number): void {
    const { memory } = this
    const used = this.used(bucket)
    let kept = 0
    for (let index = 0; index < used; index++) {
      const element = memory.u32(this.slot(bucket, index))
      memory.setU32(this.slot(bucket, index), 0)
      if (element !== 0) memory.setU32(this.slot(bucket, kept++), element)
    }
    this.setUsed(bucket, kept)
    this.setSize(bucket, this.size(bucket) - SLOTS_AT_ONCE)
  }

  private emptySlots(bucket: number): number {
    let empty = 0
    const used = this.used(bucket)
    for (let index = 0; index < used; index++) if (this.memory.u32(this.slot(bucket, index)) === 0) empty++
    return empty
  }

  private nextSlot(hash: number): number {
    const bucket = this.bucketOf(hash)
    this.countElements(this.regionOf(hash), 1)
    this.append(bucket, 0)
    return this.slot(bucket, this.used(bucket) - 1)
  }

  private append(bucket: number, element: number): void {
    const used = this.used(bucket)
    this.memory.setU32(this.slot(bucket, used), element)
    this.setUsed(bucket, used + 1)
  }

  private bucketOf(hash: number): number {
    return (hash & (this.plan.buckets - 1)) >>> 0
  }

  /** Kernel: ahash_region(), of the bucket's number. */
  private regionOf(hash: number): number {
    return Math.floor(this.bucketOf(hash) / REGION_BUCKETS)
  }

  private elements(region: number): number {
    return this.memory.u32(this.regionsAt + 4 * region)
  }

  private countElements(region: number, by: number): void {
    this.memory.setU32(this.regionsAt + 4 * region, this.elements(region) + by)
  }

  private slot(bucket: number, index: number): number {
    return this.slotsAt + 4 * (bucket * this.slotsOfBucket + index)
  }

  private size(bucket: number): number {
    return this.memory.u8(this.bucketsAt + 4 * bucket)
  }

  private setSize(bucket: number, size: number): void {
    this.memory.setU8(this.bucketsAt + 4 * bucket, size)
  }

  private used(bucket: number): number {
    return this.memory.u8(this.bucketsAt + 4 * bucket + 1)
  }

  private setUsed(bucket: number, used: number): void {
    this.memory.setU8(this.bucketsAt + 4 * bucket + 1, used)
  }
}

function slotsOf({ bucketSize }: HashPlan, mayGrow: boolean): number {
  return mayGrow ? MOST_SLOTS : bucketSize
}
