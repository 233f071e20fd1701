/**
 * --vantage tap: the shards' comparisons of what the replay sends with what the capture shows become one.
 */
import { DIFFERENCE_KINDS, DifferenceKind } from '../memory/expected.js'
import type { Comparison, ShardComparison } from './report.js'

/** As many first differences are listed. */
const LISTED = 10

const PHRASES: Readonly<Record<DifferenceKind, string>> = {
  [DifferenceKind.Missing]: 'sent by the replay, not seen leaving',
  [DifferenceKind.Unexpected]: 'seen leaving, not sent by the replay',
  [DifferenceKind.Source]: 'seen leaving with another source',
  [DifferenceKind.Destination]: 'seen leaving with another destination',
  [DifferenceKind.Interface]: 'seen leaving by another interface',
  [DifferenceKind.Ttl]: 'seen leaving with another TTL or hop limit',
  [DifferenceKind.Tos]: 'seen leaving with another TOS or traffic class',
  [DifferenceKind.Headers]: 'seen leaving with other headers',
  [DifferenceKind.Dropped]: "the box's own, dropped by the rules",
}

export function mergeComparisons(shards: readonly ShardComparison[]): Comparison {
  const kinds = Array.from({ length: DIFFERENCE_KINDS }, (_, kind) => kind as DifferenceKind)
  const differences = kinds.map((kind) => ({
    difference: PHRASES[kind],
    packets: shards.reduce((sum, { counts }) => sum + (counts[kind] ?? 0n), 0n),
  }))
  const first = shards
    .flatMap((shard) => shard.first)
    .toSorted((one, other) => Number(placeOf(one) - placeOf(other)) || one.kind - other.kind)
  return {
    same: shards.reduce((sum, { same }) => sum + same, 0n),
    differences: differences.filter(({ packets }) => packets > 0n),
    first: first
      .slice(0, LISTED)
      .map(({ kind, received, seen }) => ({ difference: PHRASES[kind as DifferenceKind], received, seen })),
  }
}

function placeOf({ received, seen }: { readonly received: bigint; readonly seen: bigint }): bigint {
  return seen === 0n ? received : seen
}
