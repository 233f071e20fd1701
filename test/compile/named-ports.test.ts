/**
 * The ports that a table nat names.
 */
import { expect, test } from 'vitest'
import { namedPorts } from '../../src/compile/named-ports.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

function named(...rules: string[]): number[] {
  const text = `*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`
  const { ruleset, problems } = parseRuleset(text, 'rules', 4, 'error')
  expect(problems).toEqual([])
  const bits = namedPorts([ruleset], 4)
  return Array.from({ length: 65_536 }, (_, port) => port).filter((port) => (bits[port >> 3] >> (port & 7)) & 1)
}

test('are those that destinations are mapped to, and those that rules ask for', () => {
  expect(
    named(
      '-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.1:80',
      '-A PREROUTING -p udp -m multiport --dports 53,5000:5002 -j REDIRECT --to-ports 9000-9001',
    ),
  ).toEqual([53, 80, 5000, 5001, 5002, 8080, 9000, 9001])
})

test('are none where no destination gets another port', () => {
  expect(
    named(
      '-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.1',
      '-A POSTROUTING -p tcp -m tcp --dport 25 -j SNAT --to-source 192.0.2.1:1000-2000',
    ),
  ).toEqual([])
})

test('are not those of long ranges', () => {
  expect(named('-A PREROUTING -p tcp -m tcp --dport 1024:65535 -j REDIRECT --to-ports 3128')).toEqual([3128])
})
