/**
 * -j NOTRACK and -j CT --notrack: conntrack leaves the packet alone.
 * Kernel: net/netfilter/xt_CT.c, xt_ct_target() (v6.18). iptables: extensions/libxt_CT.c, revision 2.
 */
import { Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { CtInfo, type Packet } from '../../memory/packet.js'

interface CtOptions {
  /** Options that hookline does not know, as they stand in the text; then the target does nothing. Or null. */
  readonly raw: string | null
}

const UNKNOWN_OPTIONS = ['helper', 'timeout', 'ctevents', 'expevents', 'zone', 'zone-orig', 'zone-reply']
const options: readonly OptionSpec[] = [
  { name: 'notrack', key: 'notrack', values: 0 },
  ...UNKNOWN_OPTIONS.map((name): OptionSpec => ({ name, key: name, values: 1 })),
]

const SHARED = {
  families: [4, 6],
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: ['raw'] as const, hooks: null }),
  reads: () => [Field.CtState],
} as const

export const notrackTarget: TargetExtension<null> = {
  ...SHARED,
  name: 'NOTRACK',
  options: [],
  parse: () => null,
  print: () => '',
  prepare: () => untrack,
}

export const ctTarget: TargetExtension<CtOptions> = {
  ...SHARED,
  name: 'CT',
  options,

  parse(reader) {
    const unknown = reader.uses.filter((use) => use.spec.key !== 'notrack')
    if (reader.unknown === 'error') {
      for (const { name } of unknown) {
        reader.problem(name, `${name.text} is not supported yet by hookline; --notrack is`)
      }
      if (reader.uses.length === 0) reader.problem(reader.name, 'without --notrack it is not supported yet by hookline')
    }
    return { raw: unknown.length === 0 && reader.uses.length > 0 ? null : rawText(reader) }
  },

  print: ({ raw }) => raw ?? ' --notrack',
  prepare: ({ raw }) => (raw === null ? untrack : () => TargetVerdict.Continue),
}

/** A packet that has an entry, or was untracked before, stays as it is. */
function untrack({ skb }: Packet): TargetVerdict {
  if (skb.entry === 0 && skb.ctInfo === 0) skb.ctInfo = CtInfo.Untracked
  return TargetVerdict.Continue
}

function rawText(reader: OptionReader): string {
  return reader.uses
    .map(({ spec, values }) => [` --${spec.name}`, ...values.map((value) => value.text)].join(' '))
    .join('')
}
