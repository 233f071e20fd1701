import { test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { randomCase } from './random/case.js'

/** HOOKLINE_SEEDS=FROM-TO runs others. */
const [first, last] = (process.env['HOOKLINE_SEEDS'] ?? '1-60').split('-').map(Number)
const seeds = Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)

describeAgainstKernel('the kernel and hookline agree on random rules and traffic', () => {
  test.each(seeds)('seed %i', (seed) => expectAgreement(randomCase(seed)))
})
