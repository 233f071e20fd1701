/**
 * Prints a ruleset byte for byte as iptables-save prints it, but for its two comment lines per table.
 * iptables: print_rule4() of iptables/iptables.c, do_output() of iptables/iptables-save.c (v1.8.9).
 */
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { Chain, Counters, Family, Rule, Ruleset, Table } from '../ruleset/ruleset.js'
import { printCounters } from './counters-text.js'
import { printHeader } from './rule-header.js'
import { NO_COUNTERS } from './table-draft.js'

/** The counters to print for a rule, or for the policy of a built-in chain. */
export type CountersOf = (of: Rule | Chain) => Counters

/** The counters that the text had. */
export const writtenCounters: CountersOf = (of) => of.counters ?? NO_COUNTERS

/**
 * All tables. With `counters`, as `iptables-save -c` prints them; with null, rules have none and policies 0.
 */
export function printRuleset(ruleset: Ruleset, counters: CountersOf | null): string {
  return ruleset.tables.map((table) => printTable(table, ruleset.family, counters)).join('')
}

export function printTable(table: Table, family: Family, counters: CountersOf | null): string {
  const lines = [`*${table.name}`]
  for (const chain of table.chains) {
    const count = chain.hook === null ? NO_COUNTERS : (counters?.(chain) ?? NO_COUNTERS)
    lines.push(`:${chain.name} ${chain.policy ?? '-'} ${printCounters(count)}`)
  }
  for (const chain of table.chains) {
    for (const rule of chain.rules) {
      const count = counters === null ? '' : `${printCounters(counters(rule))} `
      lines.push(count + printRule(rule, chain.name, family))
    }
  }
  lines.push('COMMIT', '')
  return lines.join('\n')
}

/** `-A CHAIN ...`, without counters. */
export function printRule(rule: Rule, chain: string, family: Family): string {
  let text = `-A ${chain}${printHeader(rule)}`
  for (const { name, options } of rule.matches) {
    text += ` -m ${name}${matchExtension(name, family).print(options, family)}`
  }
  const { target } = rule
  switch (target.kind) {
    case 'none':
      return text
    case 'verdict':
      return `${text} -j ${target.verdict}`
    case 'jump':
      return `${text} -j ${target.chain}`
    case 'goto':
      return `${text} -g ${target.chain}`
    case 'extension':
      return `${text} -j ${target.name}${targetExtension(target.name, family).print(target.options, family)}`
  }
}
