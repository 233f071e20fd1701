import { test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { Random } from './random/random.js'
import { sctpConversation } from './random/sctp-conversation.js'
import { SERVER } from './scenarios/boxes.js'
import { SCTP_STATES, SCTP_TIMEOUTS } from './scenarios/sctp.js'
import type { Scenario } from './scenario.js'

/** HOOKLINE_SEEDS=FROM-TO runs others. A seed is one association; so many go into one run. */
const [first, last] = (process.env['HOOKLINE_SEEDS'] ?? '1-200').split('-').map(Number)
const TOGETHER = 100
const runs = Array.from(
  { length: Math.ceil(((last ?? first) - first + 1) / TOGETHER) },
  (_, run) => first + run * TOGETHER,
)

function associations(from: number): Scenario {
  const seeds = Array.from({ length: TOGETHER }, (_, index) => from + index)
  const packets = seeds.flatMap((seed) => {
    const random = new Random(seed)
    const [client, server] = [`10.0.0.9:${10_000 + (seed % 50_000)}`, '10.0.0.1:3868']
    return sctpConversation(random, `${client} > ${server}`, `${server} > ${client}`)
  })
  return { title: `seeds from ${from}`, box: SERVER, rules: SCTP_STATES, sysctls: SCTP_TIMEOUTS, packets }
}

describeAgainstKernel('the kernel and hookline agree on random SCTP associations', () => {
  test.each(runs)('seeds from %i', (from) => expectAgreement(associations(from)))
})
