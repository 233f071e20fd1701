/**
 * Indexing: headers parsed, flows hashed, descriptors scattered to shards. ns/packet.
 *
 *   node dist/bench/stages/index.js
 */
import type { Task } from '../measure.js'
import { runAlone } from '../run-alone.js'
import { linear, replayed } from '../scene.js'
import { KINDS } from '../traffic.js'

const PACKETS = 500_000

export const title = 'Indexing'
export const tasks: readonly Task[] = KINDS.map((kind) => ({
  name: kind,
  unit: { name: 'ns/packet', packets: PACKETS },
  run: async () => (await replayed({ kind, packets: PACKETS, flows: 20_000 }, { rules: linear(10) })).stages.indexMs,
}))

await runAlone(import.meta.url, title, tasks)
