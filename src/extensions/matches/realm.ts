/**
 * -m realm: the realms of the packet's way, that of its source << 16 | that of its destination.
 * Kernel: net/netfilter/xt_realm.c (v6.18). iptables: extensions/libipt_realm.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NamedValue, printNamedValue, readNamedValue } from '../named-value.js'
import { Hook } from '../../ruleset/ruleset.js'

const ZERO = 'cosmos'

export const realmMatch: MatchExtension<NamedValue> = {
  ...PLAIN_MATCH,
  name: 'realm',
  families: [4],
  options: [{ name: 'realm', key: 'realm', values: 1, invertible: true, required: true }],
  placement: () => ({ tables: null, hooks: [Hook.Input, Hook.Forward, Hook.Output, Hook.Postrouting] }),
  parse: (reader) => readNamedValue(reader, 'realm', ZERO) ?? { value: 0, mask: 0, inverted: false },
  print: (of) => printNamedValue('realm', of, ZERO),
  reads: () => [Field.Addresses, Field.InInterface],
  prepare:
    ({ value, mask, inverted }) =>
    ({ realm }) =>
      ((realm & mask) >>> 0 === value) !== inverted,
}
