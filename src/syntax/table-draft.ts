/**
 * A table while its text is being read: chains by name, rules in the order in which they stand so far.
 */
import { builtinHook, TABLE_HOOKS } from '../ruleset/builtin-chains.js'
import type { ChainNames } from './rule-context.js'
import { type Chain, type Counters, type Hook, HOOK_NAMES, type Position, type Rule } from '../ruleset/ruleset.js'
import type { Table, TableName } from '../ruleset/ruleset.js'

export const NO_COUNTERS: Counters = { packets: 0n, bytes: 0n }

export class ChainDraft {
  /** Rules put in front of the others, last first: `-I CHAIN` again and again must not move all the others. */
  private front: Rule[] = []
  private rest: Rule[] = []
  policy: 'ACCEPT' | 'DROP' | null
  counters: Counters = NO_COUNTERS

  constructor(
    readonly name: string,
    readonly hook: Hook | null,
    public position: Position,
  ) {
    this.policy = hook === null ? null : 'ACCEPT'
  }

  get length(): number {
    return this.front.length + this.rest.length
  }

  append(rule: Rule): void {
    this.rest.push(rule)
  }

  /** `at` counts from 1; the rule that stood there follows. */
  insert(rule: Rule, at: number): void {
    if (at === 1) this.front.push(rule)
    else this.inOrder().splice(at - 1, 0, rule)
  }

  /** All rules in their order. */
  inOrder(): Rule[] {
    if (this.front.length > 0) {
      this.rest = this.front.reverse().concat(this.rest)
      this.front = []
    }
    return this.rest
  }

  toChain(): Chain {
    const { name, hook, policy, counters, position } = this
    return { name, hook, policy, counters, position, rules: this.inOrder() }
  }
}

/** Chains among which a mistyped one is looked for: more take too long. */
const MOST_CHAINS = 500

export class TableDraft implements ChainNames {
  /** Built-in chains first, in the order of their hooks. */
  readonly chains = new Map<string, ChainDraft>()

  constructor(
    readonly name: TableName,
    readonly position: Position,
  ) {
    for (const hook of TABLE_HOOKS[name]) {
      const chain = HOOK_NAMES[hook]
      this.chains.set(chain, new ChainDraft(chain, hook, position))
    }
  }

  /** A table that stands in the text again begins anew, but the policies stay. */
  static again(before: TableDraft, position: Position): TableDraft {
    const table = new TableDraft(before.name, position)
    for (const [name, chain] of table.chains) {
      chain.policy = before.chains.get(name)?.policy ?? chain.policy
      chain.counters = before.chains.get(name)?.counters ?? chain.counters
    }
    return table
  }

  hasChain(name: string): boolean {
    return this.chains.has(name)
  }

  /** Those that one may have meant; none when there are too many. */
  chainNames(): Iterable<string> {
    return this.chains.size > MOST_CHAINS ? [] : this.chains.keys()
  }

  isBuiltin(chain: string): boolean {
    return builtinHook(this.name, chain) !== null
  }

  /** Chains in the order in which iptables-save prints them: built-in ones by hook, the others by name. */
  toTable(): Table {
    const chains = [...this.chains.values()].map((chain) => chain.toChain())
    const byName = (a: Chain, b: Chain): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
    return {
      name: this.name,
      chains: [
        ...chains.filter(({ hook }) => hook !== null),
        ...chains.filter(({ hook }) => hook === null).sort(byName),
      ],
    }
  }
}
