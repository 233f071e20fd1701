/**
 * How many connections lived at a time: the births and deaths that each shard booked, added up.
 * Shards book in slots of different widths, all powers of two aligned to time 0; the widest one is everybody's.
 */
import type { Books, Occupancy } from './report.js'

/** Slots that a report shows at most. */
const REPORT_SLOTS = 256

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
  const books = booked.reduce(addBooks)
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
  const { firstSlot, shift, births, deaths } = booked.reduce(addBooks)
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

function addBooks(one: Books, other: Books): Books {
  const shift = Math.max(one.shift, other.shift)
  const [a, b] = [widened(one, shift), widened(other, shift)]
  const firstSlot = a.firstSlot < b.firstSlot ? a.firstSlot : b.firstSlot
  const [atA, atB] = [Number(a.firstSlot - firstSlot), Number(b.firstSlot - firstSlot)]
  const length = Math.max(atA + a.births.length, atB + b.births.length)
  const sum = (x: readonly number[], y: readonly number[]): number[] => {
    const sums = Array.from<number>({ length }).fill(0)
    x.forEach((count, slot) => (sums[atA + slot] += count))
    y.forEach((count, slot) => (sums[atB + slot] += count))
    return sums
  }
  return { firstSlot, shift, births: sum(a.births, b.births), deaths: sum(a.deaths, b.deaths) }
}

function widened(books: Books, shift: number): Books {
  if (books.shift === shift) return books
  const by = BigInt(shift - books.shift)
  const firstSlot = books.firstSlot >> by
  const sum = (counts: readonly number[]): number[] => {
    const wide: number[] = []
    counts.forEach((count, slot) => {
      const index = Number(((books.firstSlot + BigInt(slot)) >> by) - firstSlot)
      wide[index] = (wide[index] ?? 0) + count
    })
    return wide
  }
  return { firstSlot, shift, births: sum(books.births), deaths: sum(books.deaths) }
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
