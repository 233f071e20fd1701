/**
 * The option space of every extension against the programs themselves: what iptables-legacy-restore and the kernel
 * take and refuse, and what iptables-legacy-save prints. Of the uses that hookline refuses, which are asked one by
 * one, one in HOOKLINE_REFUSED_SHARE is asked (1: all of them); HOOKLINE_EXTENSION names the only extension to ask.
 */
import { describe, expect, test } from 'vitest'
import { findMatch, findTarget, matchName, matchNames, targetNames } from '../../src/extensions/all.js'
import { loadProblems } from '../../src/extensions/load-problems.js'
import { profileOf, type KernelProfile } from '../../src/box/profile.js'
import type { Family } from '../../src/ruleset/ruleset.js'
import { parseSets } from '../../src/sets/parse-sets.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRuleset } from '../../src/syntax/print-ruleset.js'
import { NOT_ASKED } from '../kernel/not-asked.js'
import { askRules } from '../syntax/ask-rules.js'
import { whyNoIptables } from '../syntax/iptables-programs.js'
import { HEADER_MATCHES } from './option-space/header-matches.js'
import { IPV6_MATCHES } from './option-space/ipv6-matches.js'
import { NAT_TARGETS } from './option-space/nat-targets.js'
import { rulesOf, type SpaceRule } from './option-space/rules.js'
import { STATEFUL_MATCHES } from './option-space/stateful.js'
import { SURROUNDING_MATCHES } from './option-space/surrounding-matches.js'
import { TARGETS } from './option-space/targets.js'

const SHARE = Number(process.env['HOOKLINE_REFUSED_SHARE'] ?? 15)
const ONLY = process.env['HOOKLINE_EXTENSION'] ?? ''
const MINUTES = 60_000

const FAMILIES: readonly Family[] = [4, 6]
const SETS: Readonly<Record<Family, string>> = {
  4: 'create hs hash:ip family inet\ncreate hs2 hash:ip,port family inet\ncreate ls list:set size 8\n',
  6: 'create hs hash:ip family inet6\ncreate hs2 hash:ip,port family inet6\ncreate ls list:set size 8\n',
}

/** Rules that are there already: estimators that others name. */
const STANDING = `*security
-A INPUT -j RATEEST --rateest-name e1 --rateest-interval 1s --rateest-ewmalog 4s
-A INPUT -j RATEEST --rateest-name e2 --rateest-interval 250ms --rateest-ewmalog 1s
COMMIT
`

const reason = whyNoIptables()
if (reason !== null) console.log(`not run: ${reason}`)

const SPACES = [
  ...HEADER_MATCHES,
  ...IPV6_MATCHES,
  ...SURROUNDING_MATCHES,
  ...STATEFUL_MATCHES,
  ...TARGETS,
  ...NAT_TARGETS,
]
const spaces = SPACES.filter(({ name }) => ONLY === '' || name === ONLY)

/** What hookline prints; null when it refuses the rule. */
function printedBy({ table, chain, rule }: SpaceRule, family: Family): string | null {
  const text = `*${table}\n-A ${chain} ${rule}\nCOMMIT\n`
  const { ruleset, problems } = parseRuleset(text, 'rule', family, 'never')
  const standing = parseRuleset(STANDING, 'standing', family).ruleset
  const { sets } = parseSets(SETS[family], 'sets')
  const place = { rulesets: [standing, ruleset], sets, profile: profileOf(null) as KernelProfile }
  if (problems.length > 0 || loadProblems(ruleset, place).length > 0) return null
  const lines = printRuleset(ruleset, null).split('\n')
  return lines.filter((line) => line.startsWith('-A')).join('\n')
}

test('every extension has an option space, but for those that the running kernel does not have', () => {
  const names = FAMILIES.flatMap((family) => [
    ...matchNames(family).filter((name) => findMatch(name, family) !== null),
    ...targetNames(family).filter((name) => findTarget(name, family) !== null),
  ])
  const spaced = new Set(SPACES.map(({ name }) => matchName(name)))
  const absent = new Set(names.filter((name) => NOT_ASKED[name]?.startsWith('no: ') === true))
  expect(names.filter((name) => !spaced.has(name) && !absent.has(name))).toEqual([])
})

describe.skipIf(reason !== null).each([4, 6] as const)('IPv%d', (family) => {
  const own = spaces.filter(({ families }) => families === undefined || families.includes(family))

  test('every use of every option is taken, refused and printed as by the programs', { timeout: 15 * MINUTES }, () => {
    const rules = own
      .flatMap((space, index) => rulesOf(space, index * 1000))
      .map((rule) => ({ ...rule, printed: printedBy(rule, family) }))
      .filter(({ printed }, index) => printed !== null || index % SHARE === 0)
    const asked = rules.map((rule) => ({ ...rule, likely: rule.printed !== null }))
    const answers = askRules(asked, family, { sets: SETS[family], rules: STANDING })
    const differing = rules.flatMap(({ table, chain, rule, printed }, index) => {
      const answer = answers[index]
      if (answer.printed === printed) return []
      return [
        `${table} ${chain} ${rule}\n  iptables: ${answer.printed ?? answer.said}\n  hookline: ${printed ?? 'refused'}`,
      ]
    })
    expect(rules.length).toBeGreaterThan(0)
    expect(differing).toEqual([])
  })
})
