/**
 * What a replay does before the first packet and after the last: reading and compiling rules, adding up the shards.
 * Milliseconds.
 *
 *   node dist/bench/stages/ends.js
 */
import type { Task } from '../measure.js'
import { runAlone } from '../run-alone.js'
import { linear, replayed } from '../scene.js'

const traffic = { kind: 'mixed', packets: 50_000, flows: 2000 } as const
/** Of each of two chains. */
const RULES = [10, 1000, 5000, 50_000]

export const title = 'Before and after'
export const tasks: readonly Task[] = RULES.flatMap((rules) => [
  {
    name: `set-up, ${2 * rules} rules`,
    unit: { name: 'ms' },
    run: async () => (await replayed(traffic, { rules: linear(rules) })).stages.setUpMs,
  },
  {
    name: `merge, ${2 * rules} rules`,
    unit: { name: 'ms' },
    run: async () => (await replayed(traffic, { rules: linear(rules) })).stages.mergeMs,
  },
])

await runAlone(import.meta.url, title, tasks)
