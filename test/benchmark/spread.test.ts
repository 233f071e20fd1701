import { expect, test } from 'vitest'
import { spreadOf } from '../../src/benchmark/spread.js'

test('the middle one of an odd number of measurements, between the middle two of an even one', () => {
  expect(spreadOf([5, 1, 9])).toMatchObject({ median: 5, least: 1, most: 9 })
  expect(spreadOf([1, 2, 4, 100]).median).toBe(3)
})

test('the deviation is that of a sample, as a share of the mean', () => {
  expect(spreadOf([8, 12]).deviation).toBeCloseTo(Math.sqrt(8) / 10)
  expect(spreadOf([7]).deviation).toBe(0)
})
