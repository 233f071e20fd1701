/**
 * What a counter number stands for: a rule, or the policy of a chain. The list of all of them is indexed by number.
 */
import type { Family, TableName } from '../ruleset/ruleset.js'

export interface CounterPlace {
  readonly family: Family
  readonly table: TableName
  readonly chain: string
  /** Number in its chain, from 1; 0 is the chain's policy. */
  readonly rule: number
  /** As iptables-save prints it. */
  readonly text: string
}
