/**
 * Where each match with state of the whole capture (`limit` ...) keeps it: one stretch of shared memory, in the order
 * of the rules.
 */
import { matchExtension } from '../extensions/all.js'
import type { Match, Ruleset } from '../ruleset/ruleset.js'
import { rulesOf } from './reads.js'

export interface StateLayout {
  /** Of all states together. */
  readonly bytes: number
  /** Where a match's state begins in the stretch; matches without state are not in it. */
  readonly offsets: ReadonlyMap<Match, number>
}

const ALIGNMENT = 64

export function layOutState(rulesets: readonly Ruleset[]): StateLayout {
  const offsets = new Map<Match, number>()
  let bytes = 0
  for (const { rule, family } of rulesOf(rulesets)) {
    for (const match of rule.matches) {
      const size = matchExtension(match.name, family).stateBytes(match.options)
      if (size === 0) continue
      offsets.set(match, bytes)
      bytes += Math.ceil(size / ALIGNMENT) * ALIGNMENT
    }
  }
  return { bytes, offsets }
}
