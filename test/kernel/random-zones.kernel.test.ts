import { test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { Random } from './random/random.js'
import { randomZones } from './random/zones.js'

/** HOOKLINE_SEEDS=FROM-TO runs others. */
const [first, last] = (process.env['HOOKLINE_SEEDS'] ?? '1-8').split('-').map(Number)
const seeds = Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)

describeAgainstKernel('the kernel and hookline agree on random zones', () => {
  test.each(seeds)('seed %i', (seed) => expectAgreement(randomZones(new Random(seed))))
})
