import { expect, test } from 'vitest'
import { withoutPositions } from '../../src/engine/plain-rules.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRuleset } from '../../src/syntax/print-ruleset.js'

const RULES = `*filter
:INPUT DROP [0:0]
:OWN - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -m limit --limit 3/sec -j OWN
-A OWN -s 192.0.2.1,192.0.2.2 -j LOG --log-prefix "own "
COMMIT
`

test('rules without positions are the same rules', () => {
  const { ruleset } = parseRuleset(RULES, 'a.rules', 4)
  const plain = withoutPositions(ruleset)
  const counters = (): { packets: bigint; bytes: bigint } => ({ packets: 0n, bytes: 0n })
  expect(printRuleset(plain, counters)).toBe(printRuleset(ruleset, counters))
  const chains = plain.tables.flatMap((table) => table.chains)
  const rules = chains.flatMap((chain) => chain.rules)
  const matches = rules.flatMap((rule) => rule.matches)
  expect(matches.length).toBeGreaterThan(0)
  expect([...chains, ...rules, ...matches].every(({ position }) => position.line === 0)).toBe(true)
})
