/**
 * The whole replay as a user runs it: packets/s of the process with 1 and 2 workers, beside `tcpdump` copying the same
 * file and pcap-parser reading it. Run after a build:
 *
 *   node dist/bench/replay.js [CAPTURE [OPTION OF replay ...]]      without, a seeded capture and four rules
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from 'tinybench'
import { writeSeededCapture } from './seeded-capture.js'

const ROUNDS = 5
const HOOKLINE = new URL('../src/cli/main.js', import.meta.url).pathname

const SEEDED_PACKETS = 1_000_000
const RULES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -p tcp -m multiport --dports 22,80,443 -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
COMMIT
`

const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const given = process.argv.slice(2)
const [capture, ...options] = given.length > 0 ? given : seeded()

function seeded(): [string, ...string[]] {
  const [file, rules] = [join(folder, 'seeded.pcap'), join(folder, 'rules')]
  writeSeededCapture(file, SEEDED_PACKETS)
  writeFileSync(rules, RULES)
  return [file, '--local', '10.0.0.1', '--rules', rules]
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
  const report = join(folder, 'report')
  replay('--json', report)
  return Number((JSON.parse(readFileSync(report, 'utf8')) as { packets: string }).packets)
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
