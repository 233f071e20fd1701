import { describe, test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { randomCase } from './random/case.js'
import { MODES, type ModeName } from './random/modes.js'

/** Last seed of each mode that always runs; a real-time case takes seconds. */
const USUAL: Readonly<Record<ModeName, number>> = { plain: 2, nat: 4, stateful: 2, sets: 4, everything: 2 }
/** HOOKLINE_SEEDS=FROM-TO runs others, HOOKLINE_MODES=nat,sets of these modes only. */
const wanted = process.env['HOOKLINE_SEEDS']?.split('-').map(Number)
const modes = process.env['HOOKLINE_MODES']?.split(',') ?? Object.keys(MODES)

describeAgainstKernel('the kernel and hookline agree on random rules and traffic', () => {
  for (const mode of (Object.keys(MODES) as ModeName[]).filter((name) => modes.includes(name))) {
    const [first, last] = wanted ?? [1, USUAL[mode]]
    const seeds = Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)
    describe(mode, () => {
      test.each(seeds)('seed %i', (seed) => expectAgreement(randomCase(mode, seed)))
    })
  }
})
