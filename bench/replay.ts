/**
 * The whole replay as a user runs it: packets/s of the process with 1 and 2 workers, beside `tcpdump` copying the same
 * file and pcap-parser reading it. Run after a build:
 *
 *   node dist/bench/replay.js CAPTURE [OPTION OF replay ...]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from 'tinybench'

const ROUNDS = 5
const HOOKLINE = new URL('../src/cli/main.js', import.meta.url).pathname

const [capture, ...options] = process.argv.slice(2)
if (capture === undefined) {
  console.error('usage: node dist/bench/replay.js CAPTURE [OPTION OF replay ...]')
  process.exit(2)
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  if (error !== undefined || status !== 0) throw new Error(`${command} failed: ${error?.message ?? String(stderr)}`)
}

function replay(...more: string[]): void {
  run(process.execPath, [HOOKLINE, 'replay', capture, ...options, '--quiet', ...more])
}

/** How many packets the capture holds; also the warm-up of the file. */
function countPackets(): number {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
  try {
    replay('--json', join(folder, 'report'))
    return Number((JSON.parse(readFileSync(join(folder, 'report'), 'utf8')) as { packets: string }).packets)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** pcap-parser alone, in a process of its own as the others are. */
const PCAP_PARSER = `
  import pcap from 'pcap-parser'
  let packets = 0
  pcap.parse(${JSON.stringify(capture)}).on('packet', () => packets++)`

const packets = countPackets()
const bench = new Bench({ iterations: ROUNDS, time: 0, warmup: false, throws: true })
bench.add('hookline, 1 worker', () => replay('--workers', '1'))
bench.add('hookline, 2 workers', () => replay('--workers', '2'))
bench.add('tcpdump -w /dev/null', () => run('tcpdump', ['-r', capture, '-w', '/dev/null']))
bench.add('pcap-parser alone', () => run(process.execPath, ['--input-type=module', '-e', PCAP_PARSER]))
await bench.run()
for (const { name, result } of bench.tasks) {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
  const { p50, min, max } = result.latency
  const rate = (ms: number): string => (packets / ms / 1000).toFixed(2)
  console.log(`${name.padEnd(22)} ${rate(p50)} M packets/s median of ${ROUNDS} (${rate(max)} to ${rate(min)})`)
}
console.log(`${packets} packets, Node ${process.version}`)
