/**
 * -m cpu: the processor that handles the packet, which a capture does not tell.
 * Kernel: net/netfilter/xt_cpu.c (v6.18). iptables: extensions/libxt_cpu.c.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NumberTest, printNumberTest, readNumberTest } from '../number-range.js'
import { type Undecided, undecidedTest } from '../undecided.js'

interface CpuOptions extends Undecided {
  readonly cpu: NumberTest | null
}

export const cpuMatch: MatchExtension<CpuOptions> = {
  ...PLAIN_MATCH,
  name: 'cpu',
  guesses: true,
  families: [4, 6],
  options: [{ name: 'cpu', key: 'cpu', values: 1, invertible: true, required: true }],
  parse: (reader) => ({
    cpu: readNumberTest(reader, 'cpu'),
    answer: reader.undecidable('which processor handles a packet'),
  }),
  print: ({ cpu }) => printNumberTest('cpu', cpu),
  reads: () => [],
  prepare: undecidedTest,
}
