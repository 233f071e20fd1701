/**
 * Numbers for everything that counts: each rule, and the policy of each built-in chain. IPv4 before IPv6, then in
 * the order of the text: tables, chains, a chain's policy, its rules. Paths, reports and printed counters agree on
 * these numbers.
 */
import type { Chain, Family, Ruleset, TableName } from '../ruleset/ruleset.js'

export interface NumberedPlace {
  readonly family: Family
  readonly table: TableName
  readonly chain: string
  /** Number in its chain, from 1; 0 is the chain's policy. */
  readonly rule: number
}

export class CounterNumbers {
  private readonly firsts = new Map<Chain, number>()

  constructor(
    /** What each number names. */
    readonly places: readonly NumberedPlace[],
    firsts: Iterable<readonly [Chain, number]>,
  ) {
    for (const [chain, first] of firsts) this.firsts.set(chain, first)
  }

  get count(): number {
    return this.places.length
  }

  /** The number of a chain's policy; only for built-in chains. */
  policy(chain: Chain): number {
    return this.first(chain)
  }

  /** The number of the rule at `index`, from 0. */
  rule(chain: Chain, index: number): number {
    return this.first(chain) + (chain.policy === null ? 0 : 1) + index
  }

  private first(chain: Chain): number {
    const first = this.firsts.get(chain)
    if (first === undefined) throw new Error(`chain ${chain.name} has no numbers`)
    return first
  }
}

/** Matches of a rule are fewer: iptables-restore takes no longer line. */
const TARGET = 255

/** A number for one match of a rule, or for its target: by it is known what it keeps. */
export function partNumber(counter: number, match: number | 'target'): number {
  return counter * 256 + (match === 'target' ? TARGET : match)
}

/** Numbers the rulesets, in whichever order they come. */
export function numberCounters(rulesets: readonly Ruleset[]): CounterNumbers {
  const places: NumberedPlace[] = []
  const firsts: [Chain, number][] = []
  for (const { family, tables } of [...rulesets].sort((a, b) => a.family - b.family)) {
    for (const table of tables) {
      for (const chain of table.chains) {
        firsts.push([chain, places.length])
        const add = (rule: number): number => places.push({ family, table: table.name, chain: chain.name, rule })
        if (chain.policy !== null) add(0)
        for (let rule = 1; rule <= chain.rules.length; rule++) add(rule)
      }
    }
  }
  return new CounterNumbers(places, firsts)
}
