import { describe, expect, test } from 'vitest'
import { classBits, identityClasses, intervalClasses, oneClass, refine } from '../../src/compile/classes.js'

describe('classes of a field', () => {
  test('values that no predicate tells apart share a class', () => {
    const syn = refine(oneClass(256), (flags) => (flags & 0x17) === 0x02)
    expect(syn.count).toBe(2)
    expect(syn.of[0x02]).toBe(syn.of[0x0a])
    expect(syn.of[0x02]).not.toBe(syn.of[0x12])
  })

  test('a second predicate splits only where it differs', () => {
    const syn = refine(oneClass(256), (flags) => (flags & 0x02) !== 0)
    const both = refine(syn, (flags) => (flags & 0x12) === 0x12)
    expect(both.count).toBe(3)
    expect(refine(both, (flags) => (flags & 0x02) !== 0).count).toBe(3)
  })

  test('cuts outside the values, and equal cuts, make no class', () => {
    const lengths = intervalClasses(65536, [0, 1501, 1501, 65536, 100])
    expect(lengths.count).toBe(3)
    expect([0, 99, 100, 1500, 1501].map((value) => lengths.of[value])).toEqual([0, 0, 1, 1, 2])
  })

  test('bits are just enough for the highest class', () => {
    expect([1, 2, 3, 4, 5, 256].map((count) => classBits(identityClasses(count)))).toEqual([0, 1, 2, 2, 3, 8])
  })
})
