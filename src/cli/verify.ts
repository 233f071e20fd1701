/**
 * `hookline verify`: the same replay in this machine's own kernel, compared counter by counter.
 */
import { Command, Option } from 'commander'
import type { Pace } from '../kernel/run.js'
import type { Verification } from '../kernel/verify.js'
import { Exit } from './exit.js'
import { paragraphs } from './help-text.js'
import { collect, wholeNumber, workerCount } from './option-value.js'

const HELP = `
Runs the captures through this machine's own kernel, in a private network namespace set up as the box, and compares
what it says with a replay: every counter, every connection, every packet's verdict. Nothing is sent to the network,
and nothing is left behind. Needs Linux, root, and the programs ip, nft and iptables-legacy-restore.

Exits with 0 when kernel and replay agree, with 1 and the first differences when they do not.`

const EXAMPLES = `
Examples:
  hookline verify traffic.pcap --box web1/
  hookline verify eth0=a.pcap eth1=b.pcap --box router/ --pace capture`

interface Flags {
  readonly box: string
  readonly rules?: string
  readonly rules6?: string
  readonly sets?: string
  readonly sysctl?: string[]
  readonly pace: Pace
  readonly workers?: number
  readonly cache: boolean
  readonly show: number
  readonly quiet?: boolean
}

export function verifyCommand(): Command {
  return new Command('verify')
    .summary("the same replay in this machine's own kernel, compared (Linux, root)")
    .description(paragraphs(HELP))
    .argument('<capture...>', '[IFACE=]FILE, or - for standard input')
    .requiredOption('--box <dir>', 'the machine under study')
    .option('--rules <file>', "iptables-save text, instead of the box's")
    .option('--rules6 <file>', "ip6tables-save text, instead of the box's")
    .option('--sets <file>', "ipset save text, instead of the box's")
    .option('--sysctl <key=value>', 'a sysctl of the box; may be given again', collect)
    .addOption(
      new Option('--pace <pace>', "packets one after the other, or with the capture's own gaps")
        .choices(['fast', 'capture'])
        .default('fast'),
    )
    .option(
      '--workers <n>',
      'worker threads of the replay (default: one per core; one for files below 4 MiB)',
      workerCount,
    )
    .option('--no-cache', 'walk the rules for every packet of the replay')
    .option('--show <n>', 'differences to print', wholeNumber, 20)
    .option('--quiet', 'print differences only')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(captures: string[], flags: Flags): Promise<void> {
  const { whatIsMissing } = await import('../kernel/requirements.js')
  const missing = whatIsMissing()
  if (missing.length > 0) {
    for (const line of missing) console.error(line)
    process.exitCode = Exit.WrongInput
    return
  }
  const { readPackets } = await import('../kernel/read-packets.js')
  const { askKernel, compareWithReplay } = await import('../kernel/verify.js')
  const { packets, problem } = await readPackets(captures)
  // Until here an interrupt just ends the process, and the namespace with it; from here on there are files.
  const kernel = askKernel(packets, flags)
  const interrupted = (): void => process.exit(Exit.Interrupted)
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    await printVerification(
      await compareWithReplay(packets, kernel, flags),
      packets.length,
      kernel.refusedSysctls,
      flags,
    )
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
  if (problem !== null) {
    console.error(`${problem.message}; everything before it was verified`)
    process.exitCode = Exit.BrokenOff
  }
}

async function printVerification(
  { differences, offered, connections }: Verification,
  packets: number,
  refusedSysctls: readonly string[],
  { show, quiet }: Flags,
): Promise<void> {
  const { printDifference } = await import('../kernel/difference.js')
  if (quiet !== true) for (const key of refusedSysctls) console.error(`this kernel does not take ${key}`)
  for (const difference of differences.slice(0, show)) console.log(printDifference(difference))
  if (differences.length > show) console.log(`... and ${differences.length - show} more`)
  if (quiet !== true) {
    const found = differences.length === 0 ? 'no difference' : `${differences.length} differences`
    console.log(`${packets} packets, ${offered} offered to the box, ${connections} connections: ${found}`)
  }
  if (differences.length > 0) process.exitCode = Exit.Found
}
