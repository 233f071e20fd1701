import { expect, test } from 'vitest'
import { DifferenceKind } from '../../src/memory/expected.js'
import { mergeComparisons } from '../../src/statistics/comparison.js'

test('shards add up, and the first differences come in the order of the capture', () => {
  const one = {
    same: 5n,
    counts: [1n, 0n, 2n],
    first: [
      { kind: DifferenceKind.Source, received: 8n, seen: 9n },
      { kind: DifferenceKind.Missing, received: 12n, seen: 0n },
    ],
  }
  const other = { same: 7n, counts: [0n, 1n, 0n], first: [{ kind: DifferenceKind.Unexpected, received: 0n, seen: 3n }] }
  const merged = mergeComparisons([one, other])
  expect(merged.same).toBe(12n)
  expect(merged.differences).toEqual([
    { difference: 'sent by the replay, not seen leaving', packets: 1n },
    { difference: 'seen leaving, not sent by the replay', packets: 1n },
    { difference: 'seen leaving with another source', packets: 2n },
  ])
  expect(merged.first.map(({ seen }) => seen)).toEqual([3n, 9n, 0n])
})

test('ten differences are listed, whatever shards they come from', () => {
  const first = Array.from({ length: 10 }, (_, at) => ({ kind: DifferenceKind.Ttl, received: BigInt(at), seen: 1n }))
  const shard = { same: 0n, counts: [], first }
  expect(mergeComparisons([shard, shard]).first).toHaveLength(10)
})
