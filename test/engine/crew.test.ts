import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { defaultWorkers, SHORT_BYTES } from '../../src/engine/crew.js'

test('short captures get one worker, longer ones and those of unknown length one a core', () => {
  expect(defaultWorkers(0)).toBe(1)
  expect(defaultWorkers(SHORT_BYTES)).toBe(1)
  expect(defaultWorkers(SHORT_BYTES + 1)).toBe(availableParallelism())
  expect(defaultWorkers(null)).toBe(availableParallelism())
})
