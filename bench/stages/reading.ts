/**
 * Reading a capture into blocks and finding its records: hookline's own reader and pcap-parser. ns/packet.
 *
 *   node dist/bench/stages/reading.js
 */
import type { Task } from '../measure.js'
import { replayed } from '../scene.js'
import { runAlone } from '../run-alone.js'

const PACKETS = 500_000
const traffic = { kind: 'server', packets: PACKETS, flows: 2000 } as const

export const title = 'Reading'
export const tasks: readonly Task[] = (['hookline', 'pcap-parser'] as const).map((reader) => ({
  name: `${reader}'s reader`,
  unit: { name: 'ns/packet', packets: PACKETS },
  run: async () => (await replayed(traffic, { reader })).stages.readMs,
}))

await runAlone(import.meta.url, title, tasks)
