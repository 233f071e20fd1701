/**
 * How many connections lived at a time: the births and deaths that each shard booked, added up.
 * Shards book in slots of different widths, all powers of two aligned to time 0; the widest one is everybody's.
 */
import { OCCUPANCY_SLOTS } from '../memory/occupancy.js'
import type { Books, Occupancy } from './report.js'

/** Slots that a report shows at most. */
const REPORT_SLOTS = 256
/** Slots of all shards together at most; those of shards that overlap never are so many. */
const MOST_SLOTS = 2 * OCCUPANCY_SLOTS

export interface MergedOccupancy {
  /** Most entries alive at a time, as if the births of a slot came before its deaths. */
  readonly peak: bigint
  /** Start of the first slot that reached it. */
  readonly peakNs: bigint
  readonly occupancy: Occupancy
}

export function mergeOccupancy(shards: readonly Books[]): MergedOccupancy {
  const booked = shards.filter((books) => books.births.length > 0)
  if (booked.length === 0) return { peak: 0n, peakNs: 0n, occupancy: { firstNs: 0n, slotNs: 0n, entries: [] } }
  const books = addedUp(booked)
  let entries = highest(books)
  let { firstSlot, shift } = books
  const peak = entries.reduce((most, high) => Math.max(most, high))
  const peakNs = (firstSlot + BigInt(entries.indexOf(peak))) << BigInt(shift)
  while (entries.length > REPORT_SLOTS) {
    entries = highestOfPairs(entries, (firstSlot & 1n) === 1n)
    firstSlot >>= 1n
    shift++
  }
  return {
    peak: BigInt(peak),
    peakNs,
    occupancy: { firstNs: firstSlot << BigInt(shift), slotNs: 1n << BigInt(shift), entries: entries.map(BigInt) },
  }
}

/** Most entries that the kernel's table may have held at a time, when that was, and how many at the end. */
export interface HeldAtMost {
  readonly peak: bigint
  readonly peakNs: bigint
  readonly entries: bigint
}

/**
 * As if every entry stayed for `lagNs` after its death, and the packet of each moment came with an entry of its own.
 * The end is that of the last slot in which an entry was born or died.
 */
export function heldAtMost(shards: readonly Books[], lagNs: bigint): HeldAtMost {
  const booked = shards.filter((books) => books.births.length > 0)
  if (booked.length === 0) return { peak: 0n, peakNs: 0n, entries: 0n }
  const { firstSlot, shift, births, deaths } = addedUp(booked)
  // A death somewhere in slot j is over for sure in the slots behind j + lag.
  const lag = Number(lagNs >> BigInt(shift)) + 2
  let held = 0
  let peak = 0
  let peakSlot = 0
  births.forEach((count, slot) => {
    held += count - (deaths[slot - lag] ?? 0)
    if (held > peak) [peak, peakSlot] = [held, slot]
  })
  return { peak: BigInt(peak + 1), peakNs: (firstSlot + BigInt(peakSlot)) << BigInt(shift), entries: BigInt(held) }
}

/**
 * The books of all, none of which are empty, as one: in slots of the widest, or wider ones where shards were busy at
 * very different times.
 */
function addedUp(all: readonly Books[]): Books {
  let shift = Math.max(...all.map((books) => books.shift))
  const firsts = all.map((books) => books.firstSlot >> BigInt(shift - books.shift))
  const lasts = all.map((books) => (books.firstSlot + BigInt(books.births.length - 1)) >> BigInt(shift - books.shift))
  let firstSlot = firsts.reduce((one, other) => (other < one ? other : one))
  let lastSlot = lasts.reduce((one, other) => (other > one ? other : one))
  for (; lastSlot - firstSlot >= MOST_SLOTS; shift++) {
    firstSlot >>= 1n
    lastSlot >>= 1n
  }
  const births = Array.from<number>({ length: Number(lastSlot - firstSlot) + 1 }).fill(0)
  const deaths = [...births]
  for (const books of all) {
    const narrower = shift - books.shift
    // Slots of its own from the first one of them all to its first one.
    const offset = Number(books.firstSlot - (firstSlot << BigInt(narrower)))
    addCounts(births, books.births, offset, narrower)
    addCounts(deaths, books.deaths, offset, narrower)
  }
  return { firstSlot, shift, births, deaths }
}

/** `narrower`: how often their slots would have to be doubled. */
function addCounts(sums: number[], counts: readonly number[], offset: number, narrower: number): void {
  const slots = 2 ** narrower
  for (let slot = 0; slot < counts.length; slot++) sums[Math.floor((offset + slot) / slots)] += counts[slot]
}

/** Per slot: the entries alive before it, and all that were born in it. */
function highest(books: Books): number[] {
  let alive = 0
  return books.births.map((births, slot) => {
    const high = alive + births
    alive = high - (books.deaths[slot] ?? 0)
    return high
  })
}

/** Half as many slots; an odd first one is the second half of its pair, and stands alone. */
function highestOfPairs(entries: readonly number[], oddFirst: boolean): number[] {
  const shift = oddFirst ? 1 : 0
  const pairs: number[] = []
  for (let first = -shift; first < entries.length; first += 2) {
    pairs.push(Math.max(entries[first] ?? 0, entries[first + 1] ?? 0))
  }
  return pairs
}
