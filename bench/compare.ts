/**
 * Two revisions side by side: both are built in checkouts of their own and replay the same captures in turn, so that
 * what else the machine does meets both alike. Prints the second's speed as a multiple of the first's.
 *
 *   node dist/bench/compare.js REVISION [REVISION]      the second is HEAD when it is not named
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture, linear, LOCAL } from './scene.js'
import { KINDS, type Kind } from './traffic.js'

const ROUNDS = 5
const PACKETS = 1_000_000
const RULES = 100

const [first, second = 'HEAD'] = process.argv.slice(2)
if (first === undefined) {
  console.error('usage: node dist/bench/compare.js REVISION [REVISION]')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'hookline-compare-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

/** The revision's command, built in a checkout of its own. */
function build(revision: string, name: string): string {
  const checkout = join(folder, name)
  const archive = execFileSync('git', ['archive', revision], { maxBuffer: 1 << 30 })
  execFileSync('mkdir', [checkout])
  execFileSync('tar', ['-x', '-C', checkout], { input: archive })
  for (const args of [
    ['ci', '--no-audit', '--no-fund'],
    ['run', 'build'],
  ]) {
    execFileSync('npm', args, { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return join(checkout, 'dist/src/cli/main.js')
}

/** Milliseconds of one replay. */
function replay(command: string, kind: Kind): number {
  const file = capture({ kind, packets: PACKETS, flows: 50_000 })
  const args = [command, 'replay', file, '--rules', linear(RULES), '--local', LOCAL.join(','), '--quiet']
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`the replay failed: ${String(stderr)}`)
  return performance.now() - began
}

const [one, other] = [build(first, 'first'), build(second, 'second')]
for (const kind of KINDS) {
  // The first pair reads the file into memory and does not count.
  const ratios = Array.from({ length: ROUNDS + 1 }, () => {
    const before = replay(one, kind)
    return before / replay(other, kind)
  })
  const [least, , median, , most] = ratios.slice(1).toSorted((a, b) => a - b)
  const range = `${least.toFixed(2)} to ${most.toFixed(2)}`
  console.log(`${kind.padEnd(10)} ${second} is ${median.toFixed(2)} times as fast as ${first} (${range})`)
}
