/**
 * The cases of options/ against the programs themselves: iptables-legacy-restore, the kernel, iptables-legacy-save.
 */
import { describe, expect, test } from 'vitest'
import { askRules } from '../syntax/ask-rules.js'
import { whyNoIptables } from '../syntax/iptables-programs.js'
import { type OptionCase, optionCases } from './option-cases.js'

const reason = whyNoIptables()
if (reason !== null) console.log(`not run: ${reason}`)

const cases = optionCases()

/** What the case says that iptables-save prints, or that it is refused. */
function expected({ where, chain, printed }: OptionCase): string {
  return `${where}: ${printed === null ? 'refused' : `-A ${chain} ${printed}`.trimEnd()}`
}

describe.skipIf(reason !== null).each([4, 6] as const)('IPv%d', (family) => {
  test('iptables itself says what the cases say', { timeout: 300_000 }, () => {
    const own = cases.filter((each) => each.asked && each.family === family)
    const asked = own.map(({ table, chain, rule, printed }) => ({ table, chain, rule, likely: printed !== null }))
    const answers = askRules(asked, family, { sets: '', rules: '' })
    const said = own.map(({ where }, index) => `${where}: ${answers[index].printed ?? 'refused'}`)
    expect(said).toEqual(own.map(expected))
  })
})
