/**
 * -m set and -j SET: how they are read and printed, and what they do to sets.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Packet } from '../../src/memory/packet.js'
import { matchExtension, targetExtension } from '../../src/extensions/all.js'
import { setProblems } from '../../src/extensions/set-rules.js'
import { parseSets } from '../../src/sets/parse-sets.js'
import { markChanging } from '../../src/sets/set.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRuleset } from '../../src/syntax/print-ruleset.js'
import { boxOf, clearState, packetOf, questionOf, udpHeader } from './packet-under-test.js'

beforeEach(clearState)

const SETS = `create hosts hash:ip
add hosts 192.0.2.1
create nets hash:net
add nets 192.0.2.0/24
add nets 192.0.2.64/26 nomatch
create both hash:net,net
add both 192.0.2.0/24,198.51.100.0/24
create ports hash:ip,port
add ports 192.0.2.1,udp:53
create brief hash:ip timeout 10 maxelem 1
create list list:set
add list hosts
add list nets
`

const box = boxOf({}, 250, markChanging(parseSets(SETS, 'sets').sets, new Set()))

function udp(src: string, dst = '198.51.100.1', nowNs = 0n): Packet {
  return packetOf({ protocol: 17, src, dst, transport: udpHeader(53, 1000), nowNs })
}

describe('-m set', () => {
  test.each([
    ['-m set --match-set hosts src', '192.0.2.1', true],
    ['-m set --match-set hosts src', '192.0.2.2', false],
    ['-m set ! --match-set hosts src', '192.0.2.2', true],
    ['-m set --match-set hosts dst', '192.0.2.1', false],
    ['-m set --match-set nets src', '192.0.2.63', true],
    ['-m set --match-set nets src', '192.0.2.64', false],
    ['-m set --match-set nets src --return-nomatch', '192.0.2.64', true],
    ['-m set --match-set nets src --return-nomatch', '192.0.2.63', false],
    ['-m set --match-set both src,dst', '192.0.2.9', true],
    ['-m set --match-set both dst,src', '192.0.2.9', false],
    ['-m set --match-set both src', '192.0.2.9', false],
    ['-m set --match-set ports src,src', '192.0.2.1', true],
    ['-m set --match-set ports src,dst', '192.0.2.1', false],
    ['-m set --match-set list src', '192.0.2.2', true],
    ['-m set --match-set list src', '192.0.3.2', false],
  ])('%s, from %s: %s', (rule, src, expected) => {
    expect(questionOf(rule, 4, box)(udp(src))).toBe(expected)
  })

  test('does not match packets of the other family', () => {
    expect(questionOf('-m set --match-set hosts src', 6, box)(packetOf({ family: 6 }))).toBe(false)
  })
})

test('an address that -j SET added is there until its timeout, and another finds the set full', () => {
  const changing = boxOf({}, 250, box.sets)
  const options = { add: { name: 'brief', sources: [true] }, remove: null, map: null, exist: false, timeout: null }
  const stateAt = 0x70000000
  const add = targetExtension('SET', 4).prepare({ ...options, mapped: [] }, changing, stateAt, [])
  const rule = { use: options.add, inverted: false, returnNoMatch: false, updatesCounters: true }
  const question = { ...rule, updatesSubcounters: true, packets: null, bytes: null }
  const has = matchExtension('set', 4).prepare(question, changing, stateAt, [question])
  add(udp('192.0.2.1'))
  add(udp('192.0.2.2'))
  expect(has(udp('192.0.2.2'))).toBe(false)
  expect(has(udp('192.0.2.1', '198.51.100.1', 10_000_000_000n))).toBe(true)
  expect(has(udp('192.0.2.1', '198.51.100.1', 10_004_000_000n))).toBe(false)
  add(udp('192.0.2.2', '198.51.100.1', 11_000_000_000n))
  expect(has(udp('192.0.2.2', '198.51.100.1', 11_000_000_000n))).toBe(true)
})

function printed(table: string, rule: string): string | null {
  const { ruleset, problems } = parseRuleset(`*${table}\n-A FORWARD ${rule}\nCOMMIT\n`, 'rules', 4)
  const line = printRuleset(ruleset, null)
    .split('\n')
    .find((each) => each.startsWith('-A'))
  return problems.length > 0 ? null : (line ?? '').replace('-A FORWARD ', '')
}

describe('rules', () => {
  test.each([
    '-m set --match-set a src,dst',
    '-m set ! --match-set a src --return-nomatch ! --update-counters ! --update-subcounters',
    '-m set --match-set a src ! --packets-eq 5 --bytes-gt 100',
    '-j SET --add-set a src --exist --timeout 50 --del-set b src,dst',
    '-j SET --map-set a src --map-mark --map-prio --map-queue',
  ])('%s is printed as it was read', (rule) => {
    expect(printed('mangle', rule)).toBe(rule)
  })

  test.each([
    '-m set --match-set a foo',
    '-m set --match-set a src,src,src,src,src,src,src',
    '-m set --match-set a src --packets-eq 5 --packets-lt 6',
    '-j SET',
    '-j SET --exist',
    '-j SET --del-set a src --exist',
    '-j SET --map-set a src',
    '-j SET --map-set a src --map-mark',
  ])('%s is refused in table filter', (rule) => {
    expect(printed('filter', rule)).toBeNull()
  })

  test('that name a set which is not there, or for the other family, are problems', () => {
    const rules = '*filter\n-A INPUT -m set --match-set host src\n-A INPUT -j SET --add-set nets src\nCOMMIT\n'
    const problems = (family: 4 | 6): string[] =>
      setProblems(parseRuleset(rules, 'rules', family).ruleset, box.sets).map(({ message }) => message)
    expect(problems(4)).toEqual(['there is no set "host"; give it with --sets or in the box; did you mean "hosts"?'])
    expect(problems(6)[1]).toBe('set "nets" is for IPv4')
  })
})
