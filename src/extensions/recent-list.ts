/**
 * A list of `-m recent` in shared memory: up to 100 addresses, each with a ring of the times at which it was seen.
 * A new one takes the place of the one not seen for longest.
 * Kernel: net/netfilter/xt_recent.c, struct recent_table, struct recent_entry (v6.18).
 *
 *   used last (f64: counts uses) | entries: address 4 u32 | use f64 (0: free) | family u8 | ttl u8 | 0 | index u16 |
 *   stamps u16 | ring of stamps (f64: jiffies)
 */
import type { Memory } from '../memory/memory.js'
import type { Family } from '../ruleset/ruleset.js'

/** Kernel: ip_list_tot. */
const ADDRESSES = 100
/** Kernel: the ring of a list for which no rule says --hitcount. */
const USUAL_RING = 32
const HEADER_BYTES = 8
const ENTRY = { address: 0, use: 16, family: 24, ttl: 25, index: 28, stamps: 30, ring: 32 }

/** Stamps that a list keeps of an address because of one rule. Kernel: recent_mt_check(), nstamp_mask. */
export function ringLength(hitCount: number): number {
  return hitCount === 0 ? USUAL_RING : 2 ** Math.ceil(Math.log2(hitCount))
}

export class RecentList {
  private readonly entryBytes: number

  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly ring: number,
  ) {
    this.entryBytes = ENTRY.ring + 8 * ring
  }

  static bytes(ring: number): number {
    return HEADER_BYTES + ADDRESSES * (ENTRY.ring + 8 * ring)
  }

  /** The entry of an address, or 0; a `ttl` other than 0 must be the entry's. */
  find(address: readonly number[], family: Family, ttl: number): number {
    const { memory } = this
    for (let index = 0; index < ADDRESSES; index++) {
      const entry = this.entry(index)
      if (memory.u32(entry) !== address[0] || this.use(entry) === 0) continue
      if (memory.u8(entry + ENTRY.family) !== family || !this.isAddress(entry, address)) continue
      const own = memory.u8(entry + ENTRY.ttl)
      if (ttl === 0 || own === 0 || ttl === own) return entry
    }
    return 0
  }

  add(address: readonly number[], family: Family, ttl: number, now: number): void {
    const { memory } = this
    const entry = this.freeEntry()
    address.forEach((word, index) => memory.setU32(entry + 4 * index, word))
    memory.setU8(entry + ENTRY.family, family)
    memory.setU16(entry + ENTRY.index, 0)
    memory.setU16(entry + ENTRY.stamps, 0)
    this.stamp(entry, ttl, now)
  }

  /** Notes that the address was seen. */
  stamp(entry: number, ttl: number, now: number): void {
    const { memory } = this
    const index = memory.u16(entry + ENTRY.index) & (this.ring - 1)
    memory.view.setFloat64(entry + ENTRY.ring + 8 * index, now, true)
    memory.setU16(entry + ENTRY.index, index + 1)
    memory.setU16(entry + ENTRY.stamps, Math.max(memory.u16(entry + ENTRY.stamps), index + 1))
    memory.setU8(entry + ENTRY.ttl, ttl)
    const uses = memory.view.getFloat64(this.at, true) + 1
    memory.view.setFloat64(this.at, uses, true)
    memory.view.setFloat64(entry + ENTRY.use, uses, true)
  }

  remove(entry: number): void {
    this.memory.view.setFloat64(entry + ENTRY.use, 0, true)
  }

  /** Whether it was seen `count` times (0 and 1: once) since then, that moment included. */
  hits(entry: number, since: number, count: number): boolean {
    const stamps = this.memory.u16(entry + ENTRY.stamps)
    let hits = 0
    for (let index = 0; index < stamps; index++) {
      if (this.stampAt(entry, index) >= since && ++hits >= count) return true
    }
    return false
  }

  /** Removes the entry not seen for longest if it was last seen before `since`; not when it is `kept`. */
  reap(since: number, kept: number): void {
    const oldest = this.oldest()
    if (oldest === 0 || oldest === kept) return
    if (this.stampAt(oldest, this.memory.u16(oldest + ENTRY.index) - 1) < since) this.remove(oldest)
  }

  private stampAt(entry: number, index: number): number {
    return this.memory.view.getFloat64(entry + ENTRY.ring + 8 * index, true)
  }

  private isAddress(entry: number, address: readonly number[]): boolean {
    return address.every((word, index) => this.memory.u32(entry + 4 * index) === word)
  }

  private freeEntry(): number {
    for (let index = 0; index < ADDRESSES; index++) {
      if (this.use(this.entry(index)) === 0) return this.entry(index)
    }
    return this.oldest()
  }

  /** 0 when the list is empty. */
  private oldest(): number {
    let oldest = 0
    for (let index = 0; index < ADDRESSES; index++) {
      const entry = this.entry(index)
      const use = this.use(entry)
      if (use !== 0 && (oldest === 0 || use < this.use(oldest))) oldest = entry
    }
    return oldest
  }

  private use(entry: number): number {
    return this.memory.view.getFloat64(entry + ENTRY.use, true)
  }

  private entry(index: number): number {
    return this.at + HEADER_BYTES + index * this.entryBytes
  }
}
