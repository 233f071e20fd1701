/**
 * Replaying: entries found or made, tracked, their path followed and counted, new flows classified. ns/packet, walks
 * among them; few flows stay in the caches of the processor, many do not.
 *
 *   node dist/bench/stages/connections.js
 */
import type { Task } from '../measure.js'
import { runAlone } from '../run-alone.js'
import { linear, replayed } from '../scene.js'
import type { Kind } from '../traffic.js'

const PACKETS = 500_000
const CASES: readonly (readonly [Kind, number, string])[] = [
  ['server', 2000, 'established, 2,000 flows'],
  ['server', 100_000, 'established, 100,000 flows'],
  ['dns', 20_000, 'every second packet a new flow'],
  ['synflood', 20_000, 'every packet a new flow'],
]

export const title = 'Entries, paths and counters'
export const tasks: readonly Task[] = CASES.flatMap(([kind, flows, what]) =>
  [10, 1000].map((rules) => ({
    name: `${what}, ${rules} rules`,
    unit: { name: 'ns/packet', packets: PACKETS },
    run: async () => (await replayed({ kind, packets: PACKETS, flows }, { rules: linear(rules) })).stages.replayMs,
  })),
)

await runAlone(import.meta.url, title, tasks)
