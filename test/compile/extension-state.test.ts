import { expect, test } from 'vitest'
import { readBox } from '../../src/box/read-box.js'
import { numberCounters, partNumber } from '../../src/compile/counters.js'
import { layOutState, type StateLayout } from '../../src/compile/extension-state.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

function layOut(...rules: readonly string[]): StateLayout {
  const { ruleset, problems } = parseRuleset(`*filter\n:own -\n${rules.join('\n')}\nCOMMIT\n`, 'rules', 4)
  expect(problems).toEqual([])
  const box = readBox(null, { local: [], sysctls: [] })
  return layOutState([ruleset], numberCounters([ruleset]), box)
}

// Counters 0 to 2 are the built-in chains' policies.
const FIRST = 3

test('rules that one line stands for keep states of their own', () => {
  const { offsets, sharers } = layOut(
    '-A own -s 10.0.0.1,10.0.0.2 -m comment --comment x -m limit --limit 3/sec -j LOG',
  )
  const [first, second] = [offsets.get(partNumber(FIRST, 1)), offsets.get(partNumber(FIRST + 1, 1))]
  expect(first).toBe(0)
  expect(second).toBeGreaterThan(0)
  expect(offsets.size).toBe(2)
  expect(sharers.size).toBe(0)
})

test('rules whose states have one name keep one, and each knows the options of all', () => {
  const { offsets, sharers } = layOut(
    '-A own -m recent --name a --set -j LOG',
    '-A own -m recent --name a --rcheck --hitcount 30 -j LOG',
    '-A own -m recent --name b --set -j LOG',
  )
  const [a, again, b] = [0, 1, 2].map((rule) => offsets.get(partNumber(FIRST + rule, 0)) ?? -1)
  expect(again).toBe(a)
  expect(b).not.toBe(a)
  expect([sharers.get(a)?.length, sharers.get(b)?.length]).toEqual([2, 1])
})
