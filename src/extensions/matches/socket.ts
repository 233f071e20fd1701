/**
 * -m socket: the box has a socket that the packet is for, which a capture does not tell.
 * Kernel: net/netfilter/xt_socket.c (v6.18). iptables: extensions/libxt_socket.c, revision 3.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type Undecided, undecidedTest } from '../undecided.js'
import { Hook } from '../../ruleset/ruleset.js'

interface SocketOptions extends Undecided {
  /** Those of FLAGS that were given. */
  readonly flags: readonly string[]
}

/** In the order in which iptables-save prints them. */
const FLAGS = ['transparent', 'nowildcard', 'restore-skmark']

export const socketMatch: MatchExtension<SocketOptions> = {
  ...PLAIN_MATCH,
  name: 'socket',
  guesses: true,
  families: [4, 6],
  options: FLAGS.map((name) => ({ name, key: name, values: 0 })),
  placement: () => ({ tables: null, hooks: [Hook.Prerouting, Hook.Input] }),
  parse: (reader) => ({
    flags: FLAGS.filter((flag) => reader.find(flag) !== undefined),
    answer: reader.undecidable('whether there is a socket for a packet'),
  }),
  print: ({ flags }) => flags.map((flag) => ` --${flag}`).join(''),
  reads: () => [],
  prepare: undecidedTest,
}
