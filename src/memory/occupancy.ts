/**
 * How many connections lived at a time, added up over all shards; src/dataplane/conntrack/occupancy.ts books them.
 * Shards whose slots are narrower are brought to the widest first, so the sum does not depend on how connections were
 * shared out.
 */
import type { Memory } from './memory.js'

export const OCCUPANCY_OFFSET = { firstSlot: 0, shift: 8, slotCount: 12 } as const
export const OCCUPANCY_SIZE = 16
/** Slots of each of the two arrays behind an `Occupancy`: births, then deaths. */
export const OCCUPANCY_SLOTS = 8192

/** A stretch of trace time: [atNs, atNs + slotNs). */
export interface OccupancySlot {
  readonly atNs: bigint
  readonly births: number
  readonly deaths: number
  /** Connections alive at its end. */
  readonly alive: number
}

export interface Occupancies {
  /** Width of each slot, a power of two. */
  readonly slotNs: bigint
  /** Every slot from the first birth to the last booking, in order. */
  readonly slots: readonly OccupancySlot[]
  /**
   * Bounds of the largest number alive at once: within a slot, the order of births and deaths is not known. The lower
   * one is exact at the slots' ends, the upper one assumes that all births of a slot come before its deaths.
   */
  readonly peakAtLeast: number
  readonly peakAtMost: number
}

/** Adds up the books of the shards, given the addresses of their `Occupancy`. */
export function sumOccupancies(memory: Memory, addresses: readonly number[]): Occupancies {
  const used = addresses.filter((at) => memory.u32(at + OCCUPANCY_OFFSET.slotCount) > 0)
  const shift = Math.max(0, ...used.map((at) => memory.u32(at + OCCUPANCY_OFFSET.shift)))
  const births = new Map<number, number>()
  const deaths = new Map<number, number>()
  for (const at of used) addShard(memory, at, shift, births, deaths)

  const numbers = [...births.keys(), ...deaths.keys()]
  const first = numbers.reduce((least, n) => Math.min(least, n), Infinity)
  const last = numbers.reduce((most, n) => Math.max(most, n), -Infinity)
  const slots: OccupancySlot[] = []
  let alive = 0
  let peakAtLeast = 0
  let peakAtMost = 0
  for (let number = first; number <= last; number++) {
    const born = births.get(number) ?? 0
    const died = deaths.get(number) ?? 0
    peakAtMost = Math.max(peakAtMost, alive + born)
    alive += born - died
    peakAtLeast = Math.max(peakAtLeast, alive)
    slots.push({ atNs: BigInt(number) << BigInt(shift), births: born, deaths: died, alive })
  }
  return { slotNs: 1n << BigInt(shift), slots, peakAtLeast, peakAtMost }
}

/** Adds one shard's slots to the sums, which are keyed by slot number at `shift`. */
function addShard(
  memory: Memory,
  at: number,
  shift: number,
  births: Map<number, number>,
  deaths: Map<number, number>,
): void {
  const first = memory.u64(at + OCCUPANCY_OFFSET.firstSlot)
  const narrower = BigInt(shift - memory.u32(at + OCCUPANCY_OFFSET.shift))
  const count = memory.u32(at + OCCUPANCY_OFFSET.slotCount)
  for (let slot = 0; slot < count; slot++) {
    const number = Number((first + BigInt(slot)) >> narrower)
    add(births, number, memory.u32(at + OCCUPANCY_SIZE + 4 * slot))
    add(deaths, number, memory.u32(at + OCCUPANCY_SIZE + 4 * (OCCUPANCY_SLOTS + slot)))
  }
}

function add(sums: Map<number, number>, number: number, count: number): void {
  if (count > 0) sums.set(number, (sums.get(number) ?? 0) + count)
}
