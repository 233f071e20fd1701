/**
 * -m nfacct: counts the packet in an accounting object, and matches unless the object has a quota that is not used up;
 * a box does not tell its objects. Kernel: net/netfilter/xt_nfacct.c (v6.18). iptables: extensions/libxt_nfacct.c.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'
import { type Undecided, undecidedTest } from '../undecided.js'

interface NfacctOptions extends Undecided {
  readonly name: string
}

/** Kernel: NFACCT_NAME_MAX - 1. */
const LONGEST_NAME = 31

export const nfacctMatch: MatchExtension<NfacctOptions> = {
  ...PLAIN_MATCH,
  name: 'nfacct',
  guesses: true,
  families: [4, 6],
  options: [{ name: 'nfacct-name', key: 'name', values: 1, required: true }],

  parse(reader) {
    const value = reader.find('name')?.values[0]
    if (value?.text === '') reader.problem(value, 'the name is empty')
    return {
      name: cutToBytes(value?.text ?? '', LONGEST_NAME),
      answer: reader.undecidable('the quota of an accounting object'),
    }
  },

  print: ({ name }) => printOption('nfacct-name', quoted(name)),
  reads: () => [],
  prepare: undecidedTest,
}
