/**
 * `hookline bench`: how fast is each ruleset, and where does the time go?
 */
import { Command, InvalidArgumentError } from 'commander'
import type { BenchmarkOptions } from '../benchmark/benchmark.js'
import type { Progress } from '../report/progress.js'
import { Exit } from './exit.js'
import { paragraphs } from './help-text.js'
import { collect, wholeNumber, workerCount } from './option-value.js'
import { unknownOption, vantageOption } from './shared-options.js'

const HELP = `
Replays captures with each ruleset in turn, several times, and tells how many packets a second each can take, how they
compare, which stage takes how long, and which rules the kernel asks most.

Rulesets are measured one after the other in every round, so that what else the machine does meets all alike; the
first replay of each is a warm-up. Times are those between the first packet and the last; reading box and rules
comes before.`

const EXAMPLES = `
Examples:
  hookline bench traffic.pcap --rules today.rules --rules tomorrow.rules
  hookline bench traffic.pcap --box web1/ --runs 20 --json bench.json`

interface Flags {
  readonly rules?: string[]
  readonly box?: string
  readonly rules6?: string
  readonly sets?: string
  readonly local?: string[]
  readonly sysctl?: string[]
  readonly kernel?: string
  readonly vantage: 'arrival' | 'tap'
  readonly unknown: 'error' | 'never' | 'always'
  readonly workers?: number
  readonly seed: number
  readonly runs: number
  readonly curve: boolean
  readonly json?: string
  readonly quiet?: boolean
}

export function benchCommand(): Command {
  return new Command('bench')
    .summary('how fast is each ruleset, where does the time go?')
    .description(paragraphs(HELP))
    .argument('<capture...>', '[IFACE=]FILE; it is read again for each run')
    .option('--rules <file>', "iptables-save text; may be given again (default: the box's)", collect)
    .option('--box <dir>', 'the machine under study')
    .option('--rules6 <file>', "ip6tables-save text for all of them, instead of the box's")
    .option('--sets <file>', "ipset save text, instead of the box's")
    .option('--local <addresses>', 'addresses of the box, with commas between', (value) => value.split(','))
    .option('--sysctl <key=value>', 'a sysctl of the box; may be given again', collect)
    .option('--kernel <version>', 'kernel profile, such as 6.18')
    .addOption(vantageOption())
    .addOption(unknownOption())
    .option('--workers <n>', 'worker threads (default: one per core; one for files below 4 MiB)', workerCount)
    .option('--seed <n>', 'seed of what the kernel does at random', wholeNumber, 0)
    .option('--runs <n>', 'measured replays of each ruleset', runCount, 10)
    .option('--no-curve', 'do not measure the rulesets cut in halves')
    .option('--json <file>', 'all figures as JSON')
    .option('--quiet', 'no figures on the terminal')
    .option('--no-color', 'no colours')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

function runCount(text: string): number {
  const count = wholeNumber(text)
  if (count < 1) throw new InvalidArgumentError('It must be at least 1.')
  return count
}

async function run(captures: string[], flags: Flags, command: Command): Promise<void> {
  if (captures.some((capture) => /^([^=]*=)?-$/.test(capture))) {
    command.error('error: standard input can be read only once, but each run reads the captures again; name a file')
  }
  const { benchmark } = await import('../benchmark/benchmark.js')
  const { printBenchmark } = await import('../benchmark/terminal.js')
  const { Output } = await import('../report/output.js')
  const { Progress } = await import('../report/progress.js')
  const json = flags.json === undefined ? null : Output.open(flags.json)
  const interrupt = new AbortController()
  const onInterrupt = (): void => interrupt.abort()
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt)
  const progress = new Progress('measuring', 0)
  try {
    const { result, interrupted, problem } = await benchmark(optionsOf(captures, flags, progress, interrupt.signal))
    progress.stop()
    if (result !== null) {
      if (flags.quiet !== true) printBenchmark(result, flags.json === '-' ? process.stderr : process.stdout)
      json?.write(`${JSON.stringify(result, null, 2)}\n`)
      json?.close()
    }
    if (problem !== null) {
      console.error(`${problem.message}; everything before it was measured`)
      process.exitCode = Exit.BrokenOff
    }
    if (interrupted) process.exitCode = Exit.Interrupted
  } catch (error) {
    // Interrupted before the input said what it is.
    if (!interrupt.signal.aborted) throw error
    process.exitCode = Exit.Interrupted
  } finally {
    progress.stop()
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt)
  }
}

function optionsOf(captures: string[], flags: Flags, progress: Progress, signal: AbortSignal): BenchmarkOptions {
  const { quiet, curve, json: _json, rules = [], ...rest } = flags
  return {
    ...rest,
    captures,
    rules,
    signal,
    halves: curve,
    onProgress: quiet === true ? undefined : (what, fraction) => progress.update(fraction, what),
  }
}
