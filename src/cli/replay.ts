/**
 * `hookline replay`: what does this ruleset do to this traffic?
 */
import { Command, Option } from 'commander'
import type { ReplayOptions } from '../replay.js'
import { formatCount } from '../report/number.js'
import type { Progress } from '../report/progress.js'
import { Exit } from './exit.js'
import { paragraphs } from './help-text.js'
import { collect, wholeNumber, workerCount } from './option-value.js'
import { unknownOption, vantageOption } from './shared-options.js'

const HELP = `
Replays captures through a box's firewall and tells what Netfilter does with every packet.

CAPTURE is [IFACE=]FILE: pcap or pcapng, plain or compressed with gzip, zstd or xz (told by content); - is standard
input. Several captures are merged by time. IFACE names the interface a capture was taken on.

The box is a directory of what the machine's own tools print (make one with "hookline snapshot"); without a box and
without --local it is a router that owns no address.

An output to - goes to standard output.`

const EXAMPLES = `
Examples:
  hookline replay traffic.pcap --box web1/
  hookline replay traffic.pcap --rules new.rules --local 192.0.2.10 --counters -
  hookline replay eth0=a.pcap.zst eth1=b.pcap.zst --box router/ --vantage tap --verdicts verdicts.tsv`

/** A capture of so few blocks needs no bar. */
const BLOCKS_OVER_AT_ONCE = 8

interface Flags {
  readonly box?: string
  readonly rules?: string
  readonly rules6?: string
  readonly sets?: string
  readonly local?: string[]
  readonly sysctl?: string[]
  readonly kernel?: string
  readonly vantage: 'arrival' | 'tap'
  readonly reader: 'hookline' | 'pcap-parser'
  readonly unknown: 'error' | 'never' | 'always'
  readonly workers?: number
  readonly seed: number
  readonly cache: boolean
  readonly quiet?: boolean
  readonly counters?: string
  readonly counters6?: string
  readonly conntrack?: string
  readonly verdicts?: string
  readonly json?: string
  readonly pb?: string
  readonly sent?: string
}

export function replayCommand(): Command {
  return new Command('replay')
    .summary('what does this ruleset do to this traffic?')
    .description(paragraphs(HELP))
    .argument('<capture...>', '[IFACE=]FILE, or - for standard input')
    .option('--box <dir>', 'the machine under study')
    .option('--rules <file>', "iptables-save text, instead of the box's")
    .option('--rules6 <file>', "ip6tables-save text, instead of the box's")
    .option('--sets <file>', "ipset save text, instead of the box's")
    .option('--local <addresses>', 'addresses of the box, with commas between', (value) => value.split(','))
    .option('--sysctl <key=value>', 'a sysctl of the box; may be given again', collect)
    .option('--kernel <version>', 'kernel profile, such as 6.18')
    .addOption(vantageOption())
    .addOption(
      new Option('--reader <name>', 'who reads the captures; pcap-parser is a slow second opinion')
        .choices(['hookline', 'pcap-parser'])
        .default('hookline'),
    )
    .addOption(unknownOption())
    .option('--workers <n>', 'worker threads (default: one per core; one for files below 4 MiB)', workerCount)
    .option('--seed <n>', 'seed of what the kernel does at random', wholeNumber, 0)
    .option('--no-cache', 'walk the rules for every packet')
    .option('--counters <file>', 'the ruleset with the counters of this replay')
    .option('--counters6 <file>', 'the IPv6 ruleset with the counters of this replay')
    .option('--conntrack <file>', 'the connections alive at the end, as /proc/net/nf_conntrack')
    .option('--verdicts <file>', 'one tab-separated line a packet')
    .option('--json <file>', 'the report as JSON')
    .option('--pb <file>', 'the report as protobuf')
    .option('--sent <dir>', 'the packets that leave the box, one pcapng per interface, in a new or empty directory')
    .option('--quiet', 'no report on the terminal')
    .option('--no-color', 'no colours')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

/** What a command runs, it imports here: other commands start without it. */
async function run(captures: string[], flags: Flags, command: Command): Promise<void> {
  if (flags.sent === '-') command.error('error: --sent writes a file for each interface; name a directory')
  const { replay } = await import('../replay.js')
  const { Progress } = await import('../report/progress.js')
  const interrupt = new AbortController()
  const onInterrupt = (): void => interrupt.abort()
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt)
  const progress = new Progress('replaying', BLOCKS_OVER_AT_ONCE)
  try {
    const result = await replay(optionsOf(captures, flags, progress, interrupt.signal))
    progress.stop()
    // Standard output is one file's when an output goes there.
    const taken = [flags.counters, flags.counters6, flags.conntrack, flags.verdicts, flags.json, flags.pb].includes('-')
    if (flags.quiet !== true) {
      const { printReport } = await import('../report/terminal/report.js')
      printReport(result.report, result, taken ? process.stderr : process.stdout)
    }
    if (result.problem !== null) {
      console.error(`${result.problem.message}; everything before it was replayed`)
      process.exitCode = Exit.BrokenOff
    } else if (result.interrupted) {
      process.exitCode = Exit.Interrupted
    }
  } catch (error) {
    // Interrupted before the input said what it is.
    if (!interrupt.signal.aborted) throw error
    process.exitCode = Exit.Interrupted
  } finally {
    progress.stop()
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt)
  }
}

function optionsOf(captures: string[], flags: Flags, progress: Progress, signal: AbortSignal): ReplayOptions {
  const { quiet, ...rest } = flags
  return {
    ...rest,
    captures,
    signal,
    onProgress:
      quiet === true ? undefined : (fraction, packets) => progress.update(fraction, `${formatCount(packets)} packets`),
  }
}
