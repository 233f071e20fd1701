/**
 * -m osf: the operating system of the sender, by fingerprints that are loaded into the kernel and that a box does not
 * tell. Kernel: net/netfilter/xt_osf.c (v6.18). iptables: extensions/libxt_osf.c.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NumberTest, printNumberTest, readNumberTest } from '../number-range.js'
import { cutToBytes, printOption } from '../print-option.js'
import { type Undecided, undecidedTest } from '../undecided.js'
import { Hook } from '../../ruleset/ruleset.js'

interface OsfOptions extends Undecided {
  readonly genre: string
  readonly inverted: boolean
  readonly ttl: NumberTest | null
  readonly log: NumberTest | null
}

/** Kernel: MAXGENRELEN - 1. */
const LONGEST_GENRE = 31

export const osfMatch: MatchExtension<OsfOptions> = {
  ...PLAIN_MATCH,
  name: 'osf',
  guesses: true,
  families: [4],
  options: [
    { name: 'genre', key: 'genre', values: 1, invertible: true, required: true },
    { name: 'ttl', key: 'ttl', values: 1 },
    { name: 'log', key: 'log', values: 1 },
  ],
  protocol: 6,
  placement: () => ({ tables: null, hooks: [Hook.Prerouting, Hook.Input, Hook.Forward] }),

  parse(reader) {
    const genre = reader.find('genre')
    return {
      genre: cutToBytes(genre?.values[0].text ?? '', LONGEST_GENRE),
      inverted: genre?.inverted ?? false,
      ttl: readNumberTest(reader, 'ttl', 2),
      log: readNumberTest(reader, 'log', 2),
      answer: reader.undecidable('the fingerprints of operating systems'),
    }
  },

  print: ({ genre, inverted, ttl, log }) =>
    printOption('genre', genre, inverted) + printNumberTest('ttl', ttl) + printNumberTest('log', log),
  reads: () => [],
  prepare: undecidedTest,
}
