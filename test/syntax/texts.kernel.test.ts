/**
 * The whole texts of texts.ts through iptables-legacy-restore: it takes and refuses what they say.
 */
import { describe, expect, test } from 'vitest'
import { restoreAll, whyNoIptables } from './iptables-programs.js'
import { TEXTS } from './texts.js'

const reason = whyNoIptables()
if (reason !== null) console.log(`not run: ${reason}`)

describe.skipIf(reason !== null)('iptables-legacy-restore', () => {
  test('takes and refuses what the texts say', () => {
    const texts = TEXTS.map(({ text }) => text)
    const restored = restoreAll(texts, 4)
    const differing = TEXTS.filter(({ accepted }, index) => restored[index].accepted !== accepted)
    expect(differing.map(({ what }) => what)).toEqual([])
  })
})
