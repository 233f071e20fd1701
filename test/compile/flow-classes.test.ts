/**
 * Classes of flows: for any flow, what its four classes say holds is what the rules' own tests say, but for rules that
 * are never asked behind others.
 */
import { describe, expect, test } from 'vitest'
import { readBox } from '../../src/box/read-box.js'
import { numberCounters } from '../../src/compile/counters.js'
import { type FlowClassPlan, planFlowClasses } from '../../src/compile/flow-classes.js'
import { planSignature } from '../../src/compile/signature.js'
import type { Point } from '../../src/compile/span-sets.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

const TCP = 6 << 16
const UDP = 17 << 16

function plan(
  rules: readonly string[],
  tables = '*filter\n:INPUT ACCEPT [0:0]\n:user - [0:0]\n',
): FlowClassPlan | null {
  const { ruleset, problems } = parseRuleset(`${tables}${rules.join('\n')}\nCOMMIT\n`, 'rules', 4, 'error')
  expect(problems).toEqual([])
  const box = readBox(null, { local: ['10.0.0.1'], sysctls: [] })
  return planFlowClasses(ruleset, box, numberCounters([ruleset]), planSignature([ruleset], 2, []).covered)
}

/** Numbers of the rules that hold for the flow, from 1 (0 is the policy's counter); routing's own are left out. */
function holding({ fields }: FlowClassPlan, flow: readonly Point[], rules: number): number[] {
  const classes = fields.map(({ starts }, field) => starts.filter((start) => start <= flow[field]).length - 1)
  return fields
    .flatMap((field, index) => {
      const { holding: held, candidates } = field.classes[classes[index]]
      const passing = candidates.filter(({ tests }) =>
        tests.every((asked) =>
          asked.classes.some(([from, to]) => classes[asked.field] >= from && classes[asked.field] <= to),
        ),
      )
      return [...held, ...passing.map(({ rule }) => rule)]
    })
    .filter((rule) => rule <= rules)
    .sort((one, other) => one - other)
}

function address(text: string): number {
  return text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

const RULES = [
  '-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 80 -j LOG',
  '-A INPUT ! -s 10.1.2.0/24 -p tcp -m tcp --sport 1024:65535 -j LOG',
  '-A INPUT -p udp -m multiport --dports 53,123,5000:5010 -j LOG',
  '-A INPUT ! -p tcp -j LOG',
  '-A INPUT -m iprange --dst-range 10.0.0.5-10.0.0.9 -j LOG',
  '-A INPUT -m conntrack --ctstate NEW -p tcp -m tcp ! --dport 22 -j LOG',
]

describe('what holds for a flow', () => {
  const made = plan(RULES)
  const ask = (source: string, destination: string, from: number, to: number): number[] =>
    made === null ? [] : holding(made, [address(source), address(destination), from, to], RULES.length)

  test('are the rules whose tests of addresses, protocol and ports pass', () => {
    expect(ask('10.1.3.4', '10.0.0.1', TCP + 2000, TCP + 80)).toEqual([1, 2, 6])
    expect(ask('10.1.2.4', '10.0.0.1', TCP + 2000, TCP + 80)).toEqual([1, 6])
    expect(ask('10.2.2.4', '10.0.0.1', TCP + 1023, TCP + 22)).toEqual([])
    // What asks the protocol alone (the fourth) stands in no list.
    expect(ask('10.2.2.4', '10.0.0.9', UDP + 9, UDP + 5010)).toEqual([3, 5])
    expect(ask('10.2.2.4', '10.0.0.10', UDP + 9, UDP + 5011)).toEqual([])
    expect(ask('10.2.2.4', '10.0.0.10', 47 << 16, 47 << 16)).toEqual([])
  })
})

describe('rules that are never asked', () => {
  test('behind one that ends the way of the same flows are left out', () => {
    const rules = ['-A INPUT -s 1.2.3.0/24 -j DROP', '-A INPUT -s 1.2.3.4 -j ACCEPT', '-A user -s 1.2.3.4 -j ACCEPT']
    const made = plan(rules)
    const flow = [address('1.2.3.4'), 0, TCP, TCP]
    // The counters between are those of the other chains' policies.
    expect(made === null ? null : holding(made, flow, 5)).toEqual([1, 5])
  })

  test('stand when the one in front asks more than the flow', () => {
    const rules = ['-A INPUT -s 1.2.3.0/24 -m ttl --ttl-eq 1 -j DROP', '-A INPUT -s 1.2.3.4 -j ACCEPT']
    const made = plan(rules)
    expect(made === null ? null : holding(made, [address('1.2.3.4'), 0, TCP, TCP], 2)).toEqual([1, 2])
  })
})

describe('what holds decides no walk', () => {
  test('where NAT gives a connection another flow', () => {
    expect(plan([], '*nat\n:POSTROUTING ACCEPT [0:0]\n')?.keeps).toBe(false)
  })

  test('where CT keeps connections apart', () => {
    const raw = '*raw\n:PREROUTING ACCEPT [0:0]\n'
    expect(plan(['-A PREROUTING -i eth0 -j CT --zone 1'], raw)?.keeps).toBe(false)
    expect(plan(['-A PREROUTING -j CT --notrack'], raw)?.keeps).toBe(true)
  })
})
