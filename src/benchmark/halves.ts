/**
 * A ruleset cut in halves again and again: how its cost grows with its rules. Every chain keeps the first half of its
 * rules, so that each cut is a ruleset of the same shape.
 */
import type { Ruleset } from '../ruleset/ruleset.js'

/** Below this many rules a cut says nothing more. */
const FEWEST_RULES = 8

/** The ruleset without the second half of each chain, that of the half again, and so on. */
export function halves(ruleset: Ruleset): Ruleset[] {
  const cuts: Ruleset[] = []
  for (let half = halve(ruleset); ruleCount(half) >= FEWEST_RULES; half = halve(half)) cuts.push(half)
  return cuts
}

export function ruleCount({ tables }: Ruleset): number {
  return tables.flatMap(({ chains }) => chains).reduce((sum, { rules }) => sum + rules.length, 0)
}

function halve({ family, tables }: Ruleset): Ruleset {
  return {
    family,
    tables: tables.map(({ name, chains }) => ({
      name,
      chains: chains.map((chain) => ({ ...chain, rules: chain.rules.slice(0, chain.rules.length >> 1) })),
    })),
  }
}
