/**
 * Puts each counter number into words: the rule, or the policy, as iptables-save prints it.
 */
import type { CounterNumbers } from '../compile/counters.js'
import type { Rule, Ruleset } from '../ruleset/ruleset.js'
import type { CounterPlace, Leads } from '../statistics/counter-place.js'
import { printRule } from '../syntax/print-ruleset.js'

/** `numbers` are those of the rulesets. */
export function describePlaces(rulesets: readonly Ruleset[], numbers: CounterNumbers): CounterPlace[] {
  const texts: string[] = []
  const leads: Leads[] = []
  for (const { family, tables } of rulesets) {
    for (const chain of tables.flatMap((table) => table.chains)) {
      if (chain.policy !== null) {
        texts[numbers.policy(chain)] = `:${chain.name} ${chain.policy}`
        leads[numbers.policy(chain)] = { kind: 'end' }
      }
      chain.rules.forEach((rule, index) => {
        texts[numbers.rule(chain, index)] = printRule(rule, chain.name, family)
        leads[numbers.rule(chain, index)] = leadsOf(rule)
      })
    }
  }
  return numbers.places.map(({ family, table, chain, rule }, counter) => ({
    family,
    table,
    chain,
    rule,
    text: texts[counter],
    leads: leads[counter],
  }))
}

function leadsOf({ target }: Rule): Leads {
  switch (target.kind) {
    case 'verdict':
      return { kind: target.verdict === 'RETURN' ? 'return' : 'end' }
    case 'jump':
    case 'goto':
      return { kind: target.kind, chain: target.chain }
    case 'none':
    case 'extension':
      return { kind: 'on' }
  }
}
