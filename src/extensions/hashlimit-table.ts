/**
 * The table of a hashlimit name in shared memory: what each key may still pass.
 * Kernel: net/netfilter/xt_hashlimit.c, rateinfo_init(), rateinfo_recalc(), htable_gc() (v6.18).
 * Differs from the kernel: collecting runs at whole intervals from the first packet that the table is asked about.
 *
 *   first packet f64 (jiffies) | 1 once it was used u32 | unused || table: key -> dies f64 | last f64 (jiffies) |
 *   credit u64 | refills u64, or with --hashlimit-rate-match: count u64 | 1: the interval before was above u64
 */
import type { Box } from '../box/box.js'
import { HashTable, type TableShape } from '../memory/hash-table.js'
import type { Memory } from '../memory/memory.js'
import type { HashlimitOptions } from './hashlimit-options.js'
import { creditsPerJiffy, creditsPerJiffyOfBytes, bytesToCredits, timeToCredits } from './hashlimit-rate.js'
import { jiffiesOfMs } from './jiffies.js'

const HEADER = { started: 0, used: 8, bytes: 16 }
const ENTRY = { dies: 0, last: 8, credit: 16, refills: 24, count: 16, above: 24, bytes: 32 }
/** Buckets of a machine with more than 1 GiB of memory. Kernel: htable_create(). */
const USUAL_SIZE = 8192
/** Kernel: HASHLIMIT_MAX_SIZE. */
const LARGEST = 1048576
const RATE_SCALE = 1_000_000n
const MOST_32 = 2n ** 32n - 1n
const MOST_64 = 2n ** 64n - 1n
/** Kernel: XT_HASHLIMIT_BYTE_SHIFT. */
const CHUNK_SHIFT = 4n

export class HashlimitTable {
  private readonly table: HashTable
  private readonly expireJiffies: number
  private readonly intervalJiffies: number
  /** Credits of a bucket that is full, and what one packet (or 16 bytes) costs. */
  private readonly cap: bigint
  private readonly cost: bigint
  private readonly gain: bigint
  private readonly window: Window | null

  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly made: HashlimitOptions,
    hz: number,
  ) {
    this.table = new HashTable(memory, at + HEADER.bytes, shapeOf(made))
    this.expireJiffies = jiffiesOfMs(made.expireMs, hz)
    this.intervalJiffies = jiffiesOfMs(made.collectMs, hz)
    this.gain = made.bytes ? creditsPerJiffyOfBytes(hz) : creditsPerJiffy(hz)
    this.cap = made.bytes ? this.gain * BigInt(hz) : timeToCredits((made.average * made.burst) & MOST_64, hz)
    this.cost = made.bytes ? bytesToCredits(made.average, hz) : timeToCredits(made.average, hz)
    this.window = made.rateInterval === 0 ? null : windowOf(made, hz)
  }

  static bytes(this: void, options: HashlimitOptions, _box: Box): number {
    return HEADER.bytes + HashTable.bytes(shapeOf(options))
  }

  /** Whether a packet of `length` bytes is below the limit, and pays for it; null when the table is full. */
  take(key: readonly number[], length: number, now: number, asks: HashlimitOptions): boolean | null {
    const { memory } = this
    const entry = this.entry(key, now)
    if (entry === 0) return null
    if (asks.rateInterval !== 0) return this.takeOfWindow(entry, asks.bytes ? length : 1)
    const cost = asks.bytes ? this.costOfBytes(entry, length) : this.cost
    const credit = memory.u64(entry + ENTRY.credit)
    if (credit < cost) return false
    memory.setU64(entry + ENTRY.credit, credit - cost)
    return true
  }

  private takeOfWindow(entry: number, amount: number): boolean {
    const { memory } = this
    const count = memory.u64(entry + ENTRY.count) + BigInt(amount)
    memory.setU64(entry + ENTRY.count, count)
    return memory.u64(entry + ENTRY.above) === 0n && count <= (this.window?.burst ?? 0n)
  }

  /** The key's entry, brought up to now; 0 when there is no room for a new one. */
  private entry(key: readonly number[], now: number): number {
    const { memory, table, at } = this
    if (memory.u32(at + HEADER.used) === 0) {
      memory.view.setFloat64(at + HEADER.started, now, true)
      memory.setU32(at + HEADER.used, 1)
    }
    const started = memory.view.getFloat64(at + HEADER.started, true)
    const collected = started + Math.floor((now - started) / this.intervalJiffies) * this.intervalJiffies
    let entry = table.find(key)
    if (entry !== 0 && this.dies(entry) > collected) {
      this.advance(entry, now)
    } else {
      if (entry === 0) {
        if (table.count === shapeOf(this.made).capacity) table.removeWhere((value) => this.dies(value) <= collected)
        entry = table.insert(key)
      }
      if (entry === 0) return 0
      this.fill(entry, now)
    }
    memory.view.setFloat64(entry + ENTRY.dies, now + this.expireJiffies, true)
    return entry
  }

  private fill(entry: number, now: number): void {
    const { memory } = this
    memory.view.setFloat64(entry + ENTRY.last, now, true)
    memory.setU64(entry + ENTRY.credit, this.window === null ? this.cap : 0n)
    memory.setU64(entry + ENTRY.refills, this.window === null && this.made.bytes ? this.made.burst : 0n)
  }

  private advance(entry: number, now: number): void {
    const { memory, window } = this
    const passed = now - memory.view.getFloat64(entry + ENTRY.last, true)
    if (passed === 0 || (window !== null && passed < window.jiffies)) return
    memory.view.setFloat64(entry + ENTRY.last, now, true)
    if (window !== null) {
      const above = memory.u64(entry + ENTRY.count) * BigInt(window.jiffies) > BigInt(passed) * window.rate
      memory.setU64(entry + ENTRY.above, above ? 1n : 0n)
      memory.setU64(entry + ENTRY.count, 0n)
      return
    }
    const credit = memory.u64(entry + ENTRY.credit)
    const more = (credit + this.gain * BigInt(passed)) & MOST_64
    const overflows = this.made.bytes && credit >= more
    memory.setU64(entry + ENTRY.credit, overflows || more > this.cap ? this.cap : more)
  }

  /** A bucket that runs dry is filled again as often as the burst allows. Kernel: hashlimit_byte_cost(). */
  private costOfBytes(entry: number, length: number): bigint {
    const { memory, cap } = this
    const whole = ((BigInt(length) >> CHUNK_SHIFT) + 1n) * this.cost
    const cost = whole > cap ? cap : whole
    const refills = memory.u64(entry + ENTRY.refills)
    if (memory.u64(entry + ENTRY.credit) < cost && refills !== 0n) {
      memory.setU64(entry + ENTRY.refills, refills - 1n)
      memory.setU64(entry + ENTRY.credit, cap)
    }
    return cost & MOST_32
  }

  private dies(entry: number): number {
    return this.memory.view.getFloat64(entry + ENTRY.dies, true)
  }
}

/** What --hashlimit-rate-match compares with. */
interface Window {
  readonly jiffies: number
  readonly rate: bigint
  readonly burst: bigint
}

function windowOf({ bytes, average, burst, rateInterval }: HashlimitOptions, hz: number): Window {
  const jiffies = rateInterval * hz
  if (!bytes) {
    const rate = RATE_SCALE / average
    return { jiffies, rate, burst: burst + rate }
  }
  const rate = (MOST_32 / average - 1n) << CHUNK_SHIFT
  return { jiffies, rate, burst: burst === 0n ? rate : burst * rate }
}

function shapeOf({ size, most }: HashlimitOptions): TableShape {
  const buckets = size === 0 ? USUAL_SIZE : Math.min(size, LARGEST)
  const capacity = most === 0 ? 8 * buckets : Math.max(Math.min(most, LARGEST), buckets)
  return { keyWords: 9, valueBytes: ENTRY.bytes, capacity }
}
