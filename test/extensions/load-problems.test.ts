/**
 * Rules that are right by themselves, and are refused for what others say or for what is not there.
 */
import { describe, expect, test } from 'vitest'
import { type KernelProfile, profileOf } from '../../src/box/profile.js'
import { loadProblems } from '../../src/extensions/load-problems.js'
import type { Family } from '../../src/ruleset/ruleset.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

/** Problems of all rulesets, each `line: message`. */
function problemsOf(rules: readonly (readonly [Family, string])[], kernel = '6.2'): string[] {
  const rulesets = rules.map(([family, text]) => {
    const parsed = parseRuleset(`*filter\n${text}\nCOMMIT\n`, `rules${family}`, family)
    expect(parsed.problems).toEqual([])
    return parsed.ruleset
  })
  const place = { rulesets, sets: [], profile: profileOf(kernel) as KernelProfile }
  return rulesets.flatMap((ruleset) =>
    loadProblems(ruleset, place).map(({ position, message }) => `${position.line}: ${message}`),
  )
}

const RATE = '-A INPUT -j RATEEST --rateest-name e --rateest-interval 250ms --rateest-ewmalog 1s'

describe('rate estimators', () => {
  test('of one name measure alike, in both families', () => {
    const other = RATE.replace('250ms', '500ms')
    const said = 'rate estimator "e" has another interval or averaging time in'
    expect(problemsOf([[4, `${RATE}\n${RATE}`]])).toEqual([])
    expect(problemsOf([[4, `${RATE}\n${other}`]])).toEqual([`3: ${said} line 2`])
    expect(
      problemsOf([
        [4, RATE],
        [6, other],
      ]),
    ).toEqual([`2: ${said} rules4:2`])
  })

  test('are there when a rule asks for one, in whatever order and family', () => {
    const asks = (name: string): string => `-A INPUT -m rateest --rateest ${name} --rateest-gt --rateest-pps 5`
    expect(problemsOf([[4, `${asks('e')}\n${RATE}`]])).toEqual([])
    expect(
      problemsOf([
        [4, asks('e')],
        [6, RATE],
      ]),
    ).toEqual([])
    expect(problemsOf([[4, `${RATE}\n${asks('f')}`]])).toEqual([
      '3: no -j RATEEST has --rateest-name "f"; did you mean "e"?',
    ])
  })

  test('are both there when a rule compares two', () => {
    const rule = '-A INPUT -m rateest --rateest1 e --rateest2 other --rateest-gt --rateest-pps'
    expect(problemsOf([[4, `${RATE}\n${rule}`]])).toEqual(['3: no -j RATEEST has --rateest-name "other"'])
  })
})

describe('CLUSTERIP', () => {
  const nodes = (local: number): string =>
    `-j CLUSTERIP --new --hashmode sourceip --clustermac 01:00:5e:00:00:20 --total-nodes 2 --local-node ${local}`
  const rule = (header: string, local = 1): string => `-A INPUT ${header} ${nodes(local)}`

  test('is refused by kernels from 6.3 on', () => {
    expect(problemsOf([[4, rule('-d 192.0.2.9 -i eth0')]])).toEqual([])
    expect(problemsOf([[4, rule('-d 192.0.2.9 -i eth0')]], '6.3')).toEqual([
      '2: target "CLUSTERIP": Linux 6.3 has none; 6.2 was the last one (--kernel)',
    ])
  })

  test('is for one address, on one interface, and says --new', () => {
    const address = '2: target "CLUSTERIP": -d with one address is missing'
    const name = '2: target "CLUSTERIP": -i with the name of an interface is missing'
    expect(problemsOf([[4, rule('-i eth0')]])).toEqual([address])
    expect(problemsOf([[4, rule('-d 192.0.2.0/31 -i eth0')]])).toEqual([address])
    expect(problemsOf([[4, rule('-d 192.0.2.9')]])).toEqual([name])
    expect(problemsOf([[4, rule('-d 192.0.2.9 -i eth+')]])).toEqual([name])
    expect(problemsOf([[4, '-A INPUT -d 192.0.2.9 -i eth0 -j CLUSTERIP']])).toEqual([
      '2: target "CLUSTERIP": --new is missing: since Linux 5.0, every rule needs it',
    ])
  })

  test('says the same in all rules for one address', () => {
    const first = rule('-d 192.0.2.9 -i eth0')
    expect(problemsOf([[4, `${first}\n${rule('-p udp -d 192.0.2.9 -i eth0')}`]])).toEqual([])
    expect(problemsOf([[4, `${first}\n${rule('-d 192.0.2.10 -i eth0', 2)}`]])).toEqual([])
    expect(problemsOf([[4, `${first}\n${rule('-d 192.0.2.9 -i eth0', 2)}`]])).toEqual([
      '3: target "CLUSTERIP": line 2 says otherwise about 192.0.2.9',
    ])
  })
})
