/**
 * How many packets each rule was asked about, worked out from the counters that paths bumped.
 */
import { expect, test } from 'vitest'
import { numberCounters } from '../../src/compile/counters.js'
import { describePlaces } from '../../src/report/counter-places.js'
import { Evaluations } from '../../src/statistics/evaluations.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { established } from './shards.js'

/** Packets that asked each rule, by its comment; `ways` are packets and the comments (or `policy CHAIN`) they bumped. */
function asked(rules: string, ways: readonly (readonly [bigint, readonly string[]])[]): Record<string, bigint> {
  const { ruleset, problems } = parseRuleset(rules, 'rules', 4)
  expect(problems).toEqual([])
  const places = describePlaces([ruleset], numberCounters([ruleset]))
  const names = places.map(({ text, chain, rule }) =>
    rule === 0 ? `policy ${chain}` : (/--comment (\w+)/.exec(text)?.[1] ?? text),
  )
  const evaluations = new Evaluations(places)
  for (const [packets, bumped] of ways) {
    evaluations.add({ ...established, packets, counters: bumped.map((name) => names.indexOf(name)) })
  }
  const counts = evaluations.list()
  return Object.fromEntries(names.map((name, counter) => [name, counts[counter]]))
}

const chain = (name: string, ...rules: string[]): string[] =>
  rules.map((rule) => `-A ${name} -m comment --comment ${rule}`)

test('every rule up to the one that accepts is asked, and those behind it are not', () => {
  const rules = [
    '*filter',
    ':INPUT DROP [0:0]',
    ...chain('INPUT', 'a -j DROP', 'b -j ACCEPT', 'c -j DROP'),
    'COMMIT',
    '',
  ]
  const counts = asked(rules.join('\n'), [
    [10n, ['b']],
    [1n, ['policy INPUT']],
  ])
  expect(counts).toMatchObject({ 'policy INPUT': 0n, a: 11n, b: 11n, c: 1n })
})

test('a jump comes back behind itself, a goto does not', () => {
  const rules = [
    '*filter',
    ':INPUT DROP [0:0]',
    ':JUMPED - [0:0]',
    ':GONE - [0:0]',
    ...chain('INPUT', 'first', 'jump -j JUMPED', 'go -g GONE', 'never'),
    ...chain('JUMPED', 'inside', 'back -j RETURN', 'behind'),
    ...chain('GONE', 'last'),
    'COMMIT',
    '',
  ].join('\n')
  expect(asked(rules, [[3n, ['jump', 'back', 'go', 'policy INPUT']]])).toMatchObject({
    'policy INPUT': 0n,
    first: 3n,
    jump: 3n,
    go: 3n,
    never: 0n,
    inside: 3n,
    back: 3n,
    behind: 0n,
    last: 3n,
  })
  expect(asked(rules, [[1n, ['jump', 'inside', 'policy INPUT']]])).toMatchObject({ behind: 1n, go: 1n, never: 1n })
})

test('a target that lets the packet go on is told from one that ends the table by what comes next', () => {
  const rules = [
    '*mangle',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ...chain('PREROUTING', 'mark -j MARK --set-mark 1', 'after'),
    'COMMIT',
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ...chain('INPUT', 'reject -j REJECT', 'beyond'),
    'COMMIT',
    '',
  ].join('\n')
  const counts = asked(rules, [[5n, ['mark', 'policy PREROUTING', 'reject']]])
  expect(counts).toMatchObject({ mark: 5n, after: 5n, reject: 5n, beyond: 0n })
})

test('a chain that two hooks enter is counted for each', () => {
  const rules = [
    '*mangle',
    ':PREROUTING ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':BOTH - [0:0]',
    ...chain('PREROUTING', 'in -j BOTH'),
    ...chain('POSTROUTING', 'out -j BOTH'),
    ...chain('BOTH', 'x', 'y -j ACCEPT', 'z'),
    'COMMIT',
    '',
  ].join('\n')
  expect(asked(rules, [[2n, ['in', 'y', 'out', 'x', 'z', 'policy POSTROUTING']]])).toMatchObject({
    x: 4n,
    y: 4n,
    z: 2n,
  })
})
