/**
 * How a rate is measured: between which packets it changes, and how it is forgotten.
 */
import { expect, test } from 'vitest'
import { RateEstimator } from '../../src/extensions/rate-estimator.js'
import { Memory } from '../../src/memory/memory.js'

const HZ = 250
/** HZ / 4, without what is left over. */
const TICK = 62
const memory = Memory.create()
let at = 0x1000

function estimator(interval: number, ewmaLog: number): RateEstimator {
  at += RateEstimator.bytes
  return new RateEstimator(memory, at, { name: 'e', interval, ewmaLog }, HZ)
}

function counted(rate: RateEstimator, packets: number, now: number): void {
  for (let count = 0; count < packets; count++) rate.count(100, now)
}

test('packets count from the next tick on, for half of what they make where the weight is half', () => {
  const rate = estimator(0, 1)
  counted(rate, 10, 1000)
  expect(rate.rates(1000 + TICK - 1)).toEqual({ bytes: 0, packets: 0 })
  expect(rate.rates(1000 + TICK)).toEqual({ bytes: 2000, packets: 20 })
  expect(rate.rates(1000 + 2 * TICK)).toEqual({ bytes: 1000, packets: 10 })
})

test('a longer interval makes fewer packets a second of as many', () => {
  const rate = estimator(2, 1)
  counted(rate, 10, 1000)
  expect(rate.rates(1000 + 4 * TICK - 1)).toEqual({ bytes: 0, packets: 0 })
  expect(rate.rates(1000 + 4 * TICK)).toEqual({ bytes: 500, packets: 5 })
})

test('a packet that comes at a tick counts for the one behind it', () => {
  const rate = estimator(0, 1)
  rate.rates(1000)
  counted(rate, 10, 1000 + TICK)
  expect(rate.rates(1000 + TICK)).toEqual({ bytes: 0, packets: 0 })
  expect(rate.rates(1000 + 2 * TICK)).toEqual({ bytes: 2000, packets: 20 })
})

test.each([1, 4, 9, 14])('many ticks at once are as many one by one, with a weight of 2^-%d', (ewmaLog) => {
  const [once, often] = [estimator(0, ewmaLog), estimator(0, ewmaLog)]
  for (const each of [once, often]) counted(each, 50_000, 1000)
  for (let ticks = 1; ticks <= 3000; ticks++) often.rates(1000 + ticks * TICK)
  expect(once.rates(1000 + 3000 * TICK)).toEqual(often.rates(1000 + 3000 * TICK))
})

test('a gap of centuries takes no longer than a short one', { timeout: 1000 }, () => {
  const rate = estimator(0, 30)
  counted(rate, 1000, 1000)
  expect(rate.rates(1000 + 500 * 365 * 86_400 * HZ)).toEqual({ bytes: 0, packets: 0 })
})
