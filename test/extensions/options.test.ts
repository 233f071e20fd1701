/**
 * Every option of every extension against the cases of options/: what is read, what is printed, what is refused.
 */
import { describe, expect, test } from 'vitest'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printRuleset } from '../../src/syntax/print-ruleset.js'
import { type OptionCase, optionCases, textOf } from './option-cases.js'

const cases = optionCases()

function ruleLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .join('\n')
}

function printedBy(option: OptionCase): string | null {
  const { ruleset, problems } = parseRuleset(textOf(option), option.where, option.family, option.unknown)
  return problems.length > 0 ? null : ruleLines(printRuleset(ruleset, null))
}

describe.each([4, 6] as const)('IPv%d options', (family) => {
  const own = cases.filter((each) => each.family === family)

  test('are read, and printed as iptables-save prints them', () => {
    const accepted = own.filter(({ printed }) => printed !== null)
    const expected = accepted.map(({ where, chain, printed }) => `${where}: ${`-A ${chain} ${printed}`.trimEnd()}`)
    expect(accepted.map((each) => `${each.where}: ${printedBy(each)}`)).toEqual(expected)
  })

  test('are refused where iptables-restore or the kernel refuses them', () => {
    const refused = own.filter(({ printed }) => printed === null)
    expect(refused.filter((each) => printedBy(each) !== null)).toEqual([])
  })

  test('are the same when what was printed is read again', () => {
    const printed = own.filter((each) => each.printed !== null && each.printed !== '')
    const again = printed.map((each) => ({ ...each, rule: each.printed ?? '' }))
    expect(again.map(printedBy)).toEqual(printed.map(printedBy))
  })
})

test('every problem has a place in its line and says whose it is', () => {
  const problems = cases
    .filter(({ printed }) => printed === null)
    .flatMap((each) => parseRuleset(textOf(each), each.where, each.family, each.unknown).problems)
  for (const { position, message } of problems) {
    expect(position.line).toBe(2)
    expect(position.column).toBeGreaterThan(0)
    expect(message).not.toBe('')
  }
})
