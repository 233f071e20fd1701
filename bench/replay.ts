/**
 * The whole replay as users run it, a process each: M packets/s with 1 and 2 workers on each kind of traffic, beside
 * tcpdump copying the same file and pcap-parser reading it.
 *
 *   node dist/bench/replay.js
 */
import { spawnSync } from 'node:child_process'
import type { Task } from './measure.js'
import { runAlone } from './run-alone.js'
import { capture, linear, LOCAL } from './scene.js'
import { KINDS, type Kind } from './traffic.js'

const PACKETS = 1_000_000
const FLOWS = 50_000
const HOOKLINE = new URL('../src/cli/main.js', import.meta.url).pathname
const PCAP_PARSER = `import pcap from 'pcap-parser'
  let packets = 0
  pcap.parse(process.argv[1]).on('packet', () => packets++)`

/** Milliseconds of the process. */
async function timed(command: string, args: readonly string[]): Promise<number> {
  const began = performance.now()
  const { status, error, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  if (error !== undefined || status !== 0) throw new Error(`${command} failed: ${error?.message ?? String(stderr)}`)
  return performance.now() - began
}

function tasksOf(kind: Kind): Task[] {
  const traffic = { kind, packets: PACKETS, flows: FLOWS }
  const unit = { name: 'M packets/s', packets: PACKETS } as const
  const replay = (workers: number): string[] => {
    const box = ['--rules', linear(100), '--local', LOCAL.join(',')]
    return [HOOKLINE, 'replay', capture(traffic), ...box, '--quiet', '--workers', String(workers)]
  }
  return [
    { name: `${kind}: hookline, 1 worker`, unit, run: () => timed(process.execPath, replay(1)) },
    { name: `${kind}: hookline, 2 workers`, unit, run: () => timed(process.execPath, replay(2)) },
    {
      name: `${kind}: tcpdump -w /dev/null`,
      unit,
      run: () => timed('tcpdump', ['-r', capture(traffic), '-w', '/dev/null']),
    },
  ]
}

export const title = 'Whole process'
export const tasks: readonly Task[] = [
  ...KINDS.flatMap(tasksOf),
  {
    name: 'server: pcap-parser alone',
    unit: { name: 'M packets/s', packets: PACKETS },
    run: () => {
      const file = capture({ kind: 'server', packets: PACKETS, flows: FLOWS })
      return timed(process.execPath, ['--input-type=module', '-e', PCAP_PARSER, file])
    },
  },
]

await runAlone(import.meta.url, title, tasks)
