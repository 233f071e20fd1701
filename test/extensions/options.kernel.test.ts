/**
 * The cases of options/ against the programs themselves: iptables-legacy-restore, the kernel, iptables-legacy-save.
 */
import { describe, expect, test } from 'vitest'
import { restoreAll, tableOf, whyNoIptables } from '../syntax/iptables-programs.js'
import { type OptionCase, optionCases, textOf } from './option-cases.js'

const reason = whyNoIptables()
if (reason !== null) console.log(`not run: ${reason}`)

const cases = optionCases()

/** What the case says that iptables-save prints, or that it is refused. */
function expected({ where, chain, printed }: OptionCase): string {
  return `${where}: ${printed === null ? 'refused' : `-A ${chain} ${printed}`.trimEnd()}`
}

describe.skipIf(reason !== null).each([4, 6] as const)('IPv%d', (family) => {
  test('iptables itself says what the cases say', () => {
    const own = cases.filter((each) => each.family === family)
    const restored = restoreAll(own.map(textOf), family)
    const said = own.map(({ where, table }, index) => {
      const { accepted, saved } = restored[index]
      const rule = /^\[\d+:\d+\] (-A .*)$/m.exec(tableOf(saved, table))?.[1]
      return `${where}: ${accepted ? rule : 'refused'}`
    })
    expect(said).toEqual(own.map(expected))
  })
})
