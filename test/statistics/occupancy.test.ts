import { expect, test } from 'vitest'
import { mergeOccupancy } from '../../src/statistics/occupancy.js'

test('slots of all shards are added up', () => {
  const { peak, peakNs, occupancy } = mergeOccupancy([
    { firstSlot: 10n, shift: 20, births: [2, 0, 1], deaths: [0, 1, 0] },
    { firstSlot: 12n, shift: 20, births: [4], deaths: [0] },
  ])
  expect(occupancy).toEqual({ firstNs: 10n << 20n, slotNs: 1n << 20n, entries: [2n, 2n, 6n] })
  expect([peak, peakNs]).toEqual([6n, 12n << 20n])
})

test('births of a slot count before its deaths', () => {
  const { peak, occupancy } = mergeOccupancy([{ firstSlot: 0n, shift: 20, births: [5, 5], deaths: [5, 5] }])
  expect(peak).toBe(5n)
  expect(occupancy.entries).toEqual([5n, 5n])
})

test('shards that booked in narrower slots are brought to the widest', () => {
  const { occupancy } = mergeOccupancy([
    { firstSlot: 5n, shift: 20, births: [1, 1, 1, 1], deaths: [0, 0, 0, 1] },
    { firstSlot: 1n, shift: 22, births: [10], deaths: [0] },
  ])
  // Slots 5, 6 and 7 are slot 1 of the wider ones, 8 is slot 2.
  expect(occupancy).toEqual({ firstNs: 1n << 22n, slotNs: 1n << 22n, entries: [13n, 14n] })
})

test('a report shows at most 256 slots, each with the most entries in it', () => {
  const births = Array.from({ length: 1001 }, (_, slot) => (slot < 500 ? 1 : slot === 500 ? 50 : 0))
  const deaths = Array.from({ length: 1001 }, (_, slot) => (slot === 501 ? 49 : 0))
  const { peak, peakNs, occupancy } = mergeOccupancy([{ firstSlot: 3n, shift: 20, births, deaths }])
  expect(occupancy.slotNs).toBe(1n << 22n)
  expect(occupancy.entries).toHaveLength(251)
  expect(peak).toBe(550n)
  expect(peakNs).toBe(503n << 20n)
  expect(occupancy.entries[503 >> 2]).toBe(550n)
  expect(occupancy.firstNs).toBe(0n)
  // The first slot, number 3, stands alone as the last quarter of slot 0.
  expect(occupancy.entries[0]).toBe(1n)
})

test('without connections there is nothing', () => {
  const nothing = { peak: 0n, peakNs: 0n, occupancy: { firstNs: 0n, slotNs: 0n, entries: [] } }
  expect(mergeOccupancy([{ firstSlot: 0n, shift: 20, births: [], deaths: [] }])).toEqual(nothing)
  expect(mergeOccupancy([])).toEqual(nothing)
})

test('shards that were busy years apart share slots wide enough to be few', () => {
  const years = 10n ** 17n
  const { peak, peakNs, occupancy } = mergeOccupancy([
    { firstSlot: 1n << 40n, shift: 20, births: [1, 1], deaths: [0, 2] },
    { firstSlot: (1n << 40n) + (years >> 20n), shift: 20, births: [3], deaths: [0] },
  ])
  expect(peak).toBe(3n)
  expect(peakNs).toBeGreaterThan(1n << 60n)
  expect(occupancy.entries.length).toBeLessThanOrEqual(256)
  expect([occupancy.entries[0], occupancy.entries.at(-1)]).toEqual([2n, 3n])
})
