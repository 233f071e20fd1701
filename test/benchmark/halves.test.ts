import { expect, test } from 'vitest'
import { halves, ruleCount } from '../../src/benchmark/halves.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRuleset } from '../../src/syntax/print-ruleset.js'

const rules = (chain: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `-A ${chain} -p udp -m udp --dport ${index + 1} -j ACCEPT\n`).join('')

const text = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ZONE - [0:0]
-A INPUT -j ZONE
${rules('INPUT', 31)}${rules('ZONE', 9)}COMMIT
`

test('each half keeps the first rules of every chain, and all chains', () => {
  const { ruleset } = parseRuleset(text, 'rules', 4)
  const cuts = halves(ruleset)
  expect(cuts.map(ruleCount)).toEqual([20, 10])
  const printed = printRuleset(cuts[1], null)
  expect(printed).toContain('-A INPUT -j ZONE\n')
  expect(printed).toContain('-A ZONE -p udp -m udp --dport 2 -j ACCEPT\n')
  expect(printed).not.toContain('-A ZONE -p udp -m udp --dport 3 ')
})

test('a half is a ruleset that reads and prints back as it is', () => {
  for (const cut of halves(parseRuleset(text, 'rules', 4).ruleset)) {
    const printed = printRuleset(cut, null)
    const { ruleset, problems } = parseRuleset(printed, 'half', 4)
    expect(problems).toEqual([])
    expect(printRuleset(ruleset, null)).toBe(printed)
  }
})

test('a small ruleset has no halves', () => {
  expect(halves(parseRuleset(text.replaceAll(/-A .*\n/g, ''), 'rules', 4).ruleset)).toEqual([])
})
