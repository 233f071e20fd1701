/**
 * The plain interpreter, which walks the rules for every packet: what caches and classes save. ns/packet.
 *
 *   node dist/bench/stages/walk.js
 */
import type { Task } from '../measure.js'
import { runAlone } from '../run-alone.js'
import { linear, replayed } from '../scene.js'

const PACKETS = 20_000
const traffic = { kind: 'synflood', packets: PACKETS, flows: 2000 } as const

export const title = 'Walking every packet'
export const tasks: readonly Task[] = [10, 100, 1000, 10_000].map((rules) => ({
  name: `${rules} rules`,
  unit: { name: 'ns/packet', packets: PACKETS },
  run: async () => {
    const { stages } = await replayed(traffic, { rules: linear(rules), cache: false, timeWalks: true })
    return stages.walkMs
  },
}))

await runAlone(import.meta.url, title, tasks)
