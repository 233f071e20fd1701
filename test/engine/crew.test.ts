import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { defaultWorkers } from '../../src/engine/crew.js'
import { BLOCK_BYTES } from '../../src/memory/block.js'

test('captures that fit into one block get one worker, longer ones and those of unknown length one a core', () => {
  expect(defaultWorkers(0)).toBe(1)
  expect(defaultWorkers(BLOCK_BYTES)).toBe(1)
  expect(defaultWorkers(BLOCK_BYTES + 1)).toBe(availableParallelism())
  expect(defaultWorkers(null)).toBe(availableParallelism())
})
