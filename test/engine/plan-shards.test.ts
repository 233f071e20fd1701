/**
 * Into how many shards a replay is cut, and what is said of it.
 */
import { expect, test } from 'vitest'
import { readBox } from '../../src/box/read-box.js'
import { planShards } from '../../src/engine/plan-shards.js'
import { planAgain, planOnce } from '../../src/engine/second-replay.js'
import type { Conntrack } from '../../src/statistics/report.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

const FILTER = '*filter\n:FORWARD ACCEPT [0:0]\n'
const NAT = '*nat\n:POSTROUTING ACCEPT [0:0]\n'
const MASQUERADE = `${NAT}-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n`
const [free, limited] = [[], ['net.netfilter.nf_conntrack_max=1000']].map((sysctls) =>
  readBox(null, { local: [], sysctls }),
)
const NOTHING_FULL = { confirmed: 5n, table: { peak: 5n } } as Conntrack

function plan(rules: string, tap = false, box = free): ReturnType<typeof planShards> {
  const { ruleset, problems } = parseRuleset(rules, 'rules', 4, 'error')
  expect(problems).toEqual([])
  return planShards([ruleset], box, tap)
}

test.each([
  [
    `${FILTER}-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n`,
    '16 shards: packets of one connection always meet in one',
  ],
  [MASQUERADE, '16 shards: by the port of the client, which the table nat leaves in one'],
  [`${NAT}COMMIT\n`, '16 shards: packets of one connection always meet in one'],
  [
    `${FILTER}-A FORWARD -m limit --limit 1/sec -j ACCEPT\nCOMMIT\n${MASQUERADE}`,
    'one shard: the state of match "limit" (rules:3) is shared by all packets',
  ],
])('rules as in %j are replayed in %s', (rules, reason) => {
  expect(plan(rules)).toMatchObject({ reason, shards: reason.startsWith('16') ? 16 : 1, limited: false })
})

test('a capture that shows both sides of translations is replayed in one shard', () => {
  expect(plan(MASQUERADE, true)).toMatchObject({ shards: 1, mayCouple: false })
  expect(plan(`${FILTER}COMMIT\n`, true).shards).toBe(16)
})

test('what cannot begin again takes no risk', () => {
  expect(planOnce(free, plan(`${FILTER}COMMIT\n`)).shards).toBe(16)
  expect(planOnce(free, plan(MASQUERADE))).toEqual({
    shards: 1,
    limited: false,
    mayCouple: false,
    reason: 'one shard: NAT may make shards depend on one another, since what is read or written cannot begin again',
  })
  expect(planOnce(limited, plan(MASQUERADE, false, limited))).toMatchObject({ shards: 1, limited: true })
})

test('a second replay is needed only where shards depended on one another or the table may have been full', () => {
  const first = plan(MASQUERADE)
  expect(planAgain(free, first, NOTHING_FULL, false)).toBeNull()
  expect(planAgain(limited, first, NOTHING_FULL, false)).toBeNull()
  const full = { ...NOTHING_FULL, table: { peak: 2000n } } as Conntrack
  expect(planAgain(limited, first, full, false)).toMatchObject({ shards: 1, limited: true })
  const reason = 'one shard, after a replay of 16 in which NAT made one depend on another'
  expect(planAgain(free, first, NOTHING_FULL, true)).toEqual({ shards: 1, limited: false, mayCouple: false, reason })
  // Whether the limit was reached is not known then.
  expect(planAgain(limited, first, NOTHING_FULL, true)).toMatchObject({ limited: true })
})
