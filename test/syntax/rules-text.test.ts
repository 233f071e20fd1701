/**
 * Rules that are read again from their lines are the rules that were read from the whole text.
 */
import { expect, test } from 'vitest'
import { numberCounters } from '../../src/compile/counters.js'
import { rulesOfChain } from '../../src/ruleset/rule-source.js'
import type { Family, Ruleset } from '../../src/ruleset/ruleset.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRule } from '../../src/syntax/print-ruleset.js'
import { readRules, rulesText } from '../../src/syntax/rules-text.js'
import { Random } from '../random.js'
import { randomRuleset } from './random-ruleset.js'

const RULES = `*filter
:INPUT DROP [1:2]
:own - [0:0]
[3:4] -A INPUT -s 192.0.2.1,192.0.2.2 -d 198.51.100.0/24,203.0.113.0/24 -m comment --comment "two \\" by two" -j own
-I INPUT -s 192.0.2.3,192.0.2.4 -j ACCEPT
-I INPUT 2 -p tcp -m tcp --dport 22 -m limit --limit 3/sec -g own
-A INPUT -j LOG
:LOG - [0:0]
-A INPUT -j LOG
-A LOG -j own
-N later
-A own -j later
-P FORWARD DROP
COMMIT
# Again: it begins anew.
*nat
:POSTROUTING ACCEPT
-A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
*nat
:POSTROUTING ACCEPT
:LOG -
-A POSTROUTING -o eth1 -j LOG
-A LOG -j SNAT --to-source 192.0.2.9
COMMIT`

/** Chains with their policies, counters, and rules in words. */
function described(ruleset: Ruleset, text: string): { readonly whole: unknown; readonly again: unknown } {
  const { family } = ruleset
  const counters = numberCounters([ruleset])
  const source = readRules(rulesText(ruleset, text, 'error', (chain) => counters.rule(chain, 0)))
  const whole = ruleset.tables.map(({ name, chains }) => ({
    name,
    userChains: chains.filter(({ hook }) => hook === null).length,
    chains: chains.map((chain) => ({
      name: chain.name,
      policy: chain.policy,
      firstCounter: counters.rule(chain, 0),
      rules: chain.rules.map((rule) => [printRule(rule, chain.name, family), rule.counters]),
    })),
  }))
  const again = source.tables.map((table, index) => ({
    name: table.name,
    userChains: table.userChains,
    chains: ruleset.tables[index].chains.map(({ name, hook }) => {
      const chain = hook === null ? table.chain(name) : table.builtin(hook)
      if (chain === null) return name
      const rules = [...rulesOfChain(chain)].map((rule) => [printRule(rule, chain.name, family), rule.counters])
      return { name: chain.name, policy: chain.policy, firstCounter: chain.firstCounter, rules }
    }),
  }))
  return { whole, again }
}

test('rules that stand for several, were inserted, or name what is a chain only later are read again as they were', () => {
  const { ruleset, problems } = parseRuleset(RULES, 'a.rules', 4)
  expect(problems).toEqual([])
  const { whole, again } = described(ruleset, RULES)
  expect(again).toEqual(whole)
})

test('a chain that is not there is none', () => {
  const { ruleset } = parseRuleset(RULES, 'a.rules', 4)
  const [filter] = readRules(rulesText(ruleset, RULES, 'error', () => 0)).tables
  expect(filter.chain('other')).toBe(null)
})

test('rules of random rulesets are read again as they were', () => {
  let right = 0
  for (let seed = 1; seed <= 200; seed++) {
    const family: Family = seed % 2 === 0 ? 4 : 6
    const text = randomRuleset(new Random(seed), family)
    const { ruleset, problems } = parseRuleset(text, `seed ${seed}`, family)
    if (problems.length > 0) continue
    right++
    const { whole, again } = described(ruleset, text)
    expect(again, `seed ${seed}`).toEqual(whole)
  }
  expect(right).toBeGreaterThan(20)
})
