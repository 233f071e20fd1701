import { test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { randomNatCase } from './random/case.js'

/** HOOKLINE_NAT_SEEDS=FROM-TO runs others. */
const [first, last] = (process.env['HOOKLINE_NAT_SEEDS'] ?? '1-16').split('-').map(Number)
const seeds = Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)

describeAgainstKernel('the kernel and hookline agree on random tables nat', () => {
  test.each(seeds)('seed %i', (seed) => expectAgreement(randomNatCase(seed)))
})
