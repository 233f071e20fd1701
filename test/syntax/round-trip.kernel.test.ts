/**
 * Random rulesets through iptables-legacy-restore and -save: hookline accepts what they accept, and prints what they
 * print, byte for byte. HOOKLINE_ROUND_TRIPS says how many rulesets, HOOKLINE_SEED where to begin.
 */
import { describe, expect, test } from 'vitest'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { printTable, writtenCounters } from '../../src/syntax/print-ruleset.js'
import { Random } from '../random.js'
import { restoreAll, tableOf, whyNoIptables } from './iptables-programs.js'
import { randomRuleset } from './random-ruleset.js'

const COUNT = Number(process.env['HOOKLINE_ROUND_TRIPS'] ?? 60)
const SEED = Number(process.env['HOOKLINE_SEED'] ?? 1)

const reason = whyNoIptables()
if (reason !== null) console.log(`not run: ${reason}`)

describe.skipIf(reason !== null).each([4, 6] as const)('IPv%d', (family) => {
  const seeds = Array.from({ length: COUNT }, (_, index) => SEED + index)
  const texts = seeds.map((seed) => randomRuleset(new Random(seed * 2 + family), family))

  test(`${COUNT} random rulesets are accepted and printed as by the programs`, () => {
    const restored = restoreAll(texts, family)
    texts.forEach((text, index) => {
      const { accepted, saved, said } = restored[index]
      const { ruleset, problems } = parseRuleset(text, `seed ${seeds[index]}`, family)
      expect(problems.length === 0, `seed ${seeds[index]}: ${said}\n${JSON.stringify(problems)}\n${text}`).toBe(
        accepted,
      )
      if (!accepted) return
      for (const table of ruleset.tables) {
        expect(printTable(table, family, writtenCounters), `seed ${seeds[index]}`).toBe(tableOf(saved, table.name))
      }
    })
  })

  test('what was printed is read again, and printed the same', () => {
    for (const [index, text] of texts.entries()) {
      const { ruleset, problems } = parseRuleset(text, `seed ${seeds[index]}`, family)
      if (problems.length > 0) continue
      const printed = ruleset.tables.map((table) => printTable(table, family, writtenCounters)).join('')
      const again = parseRuleset(printed, 'printed', family)
      expect(again.problems, `seed ${seeds[index]}`).toEqual([])
      expect(again.ruleset.tables.map((table) => printTable(table, family, writtenCounters)).join('')).toBe(printed)
    }
  })
})
