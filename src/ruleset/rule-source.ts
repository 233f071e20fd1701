/**
 * A ruleset for who runs it: its rules are there when they are asked for, which of thousands only a few are.
 */
import type { Family, Hook, Rule, TableName } from './ruleset.js'

export interface RulesetSource {
  readonly family: Family
  readonly tables: readonly TableSource[]
}

export interface TableSource {
  readonly name: TableName
  readonly userChains: number
  /** The built-in chain of the hook; null when the table has none. */
  builtin(hook: Hook): ChainSource | null
  /** Null when there is none of that name. */
  chain(name: string): ChainSource | null
}

export interface ChainSource {
  readonly name: string
  /** Null for a user chain. */
  readonly policy: 'ACCEPT' | 'DROP' | null
  readonly ruleCount: number
  /** The counter of the first rule; a policy's is the one in front of it. */
  readonly firstCounter: number
  /** The rule at an index below `ruleCount`. */
  rule(index: number): Rule
}

export function* rulesOfChain(chain: ChainSource): Generator<Rule, void> {
  for (let index = 0; index < chain.ruleCount; index++) yield chain.rule(index)
}
