/**
 * Rulesets as workers need them: without the places where rules and matches stand in the text, which would be a sixth
 * of what copying a ruleset to workers costs.
 */
import type { Chain, Position, Rule, Ruleset } from '../ruleset/ruleset.js'

const NOWHERE: Position = { file: '', line: 0, column: 0, length: 0 }

/** The same rules, each position the same one. */
export function withoutPositions({ family, tables }: Ruleset): Ruleset {
  return { family, tables: tables.map(({ name, chains }) => ({ name, chains: chains.map(plainChain) })) }
}

function plainChain(chain: Chain): Chain {
  return { ...chain, rules: chain.rules.map(plainRule), position: NOWHERE }
}

function plainRule(rule: Rule): Rule {
  const matches = rule.matches.map((match) => ({ ...match, position: NOWHERE }))
  return { ...rule, position: NOWHERE, matches }
}
