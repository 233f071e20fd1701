/**
 * -m helper: the connection was foreseen by a conntrack helper of this name.
 * Kernel: net/netfilter/xt_helper.c, helper_mt() (v6.18). iptables: extensions/libxt_helper.c.
 */
import { helperOf } from '../conntrack-helpers.js'
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'

interface HelperOptions {
  /** Empty: any. */
  readonly name: string
  readonly inverted: boolean
}

/** Bytes that are kept. Kernel: struct xt_helper_info. */
const LONGEST_NAME = 29

export const helperMatch: MatchExtension<HelperOptions> = {
  name: 'helper',
  families: [4, 6],
  options: [{ name: 'helper', key: 'helper', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'connection',
  tracks: true,
  placement: () => ANYWHERE,
  stateBytes: () => 0,

  parse(reader) {
    const use = reader.find('helper')
    return { name: cutToBytes(use?.values[0].text ?? '', LONGEST_NAME), inverted: use?.inverted ?? false }
  },

  print: ({ name, inverted }) => printOption('helper', quoted(name), inverted),
  reads: () => [Field.CtState, Field.ConnectionTuple],
  prepare:
    ({ name, inverted }) =>
    (packet) => {
      const helper = helperOf(packet.connection()?.masterHelper ?? 0)
      if (helper === undefined) return inverted
      // Whatever follows the helper's name is of no account.
      return name.startsWith(helper.name) || name === '' ? !inverted : inverted
    },
}
