/**
 * -j TOS: sets bits of IPv4's type of service or IPv6's traffic class.
 * Kernel: net/netfilter/xt_DSCP.c, tos_tg(), tos_tg6() (v6.18). iptables: extensions/libxt_TOS.c, revision 1.
 */
import { Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { setTypeOfService, typeOfService } from '../ip-header.js'
import { hexByte, printOption } from '../print-option.js'
import { readTos } from '../tos-names.js'

/** `mask` bits are cleared, then `value` is exclusive-ored. */
interface TosOptions {
  readonly value: number
  readonly mask: number
}

const excludes = ['set-tos', 'and-tos', 'or-tos', 'xor-tos']
const options: readonly OptionSpec[] = excludes.map((name) => ({ name, key: name, values: 1, excludes }))

export const tosTarget: TargetExtension<TosOptions> = {
  name: 'TOS',
  families: [4, 6],
  options,
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: ['mangle'], hooks: null }),

  parse(reader) {
    reader.needsOne(options)
    const use = reader.uses[0]
    if (use === undefined) return { value: 0, mask: 0 }
    if (use.spec.key === 'set-tos') return readTos(reader, use.values[0])
    const bits = reader.integer(use.values[0], 0, 255)
    if (use.spec.key === 'and-tos') return { value: 0, mask: ~bits & 255 }
    return { value: bits, mask: use.spec.key === 'or-tos' ? bits : 0 }
  },

  print: ({ value, mask }) => printOption('set-tos', `${hexByte(value)}/${hexByte(mask)}`),
  reads: () => [Field.Tos],

  prepare({ value, mask }) {
    return (packet) => {
      const old = typeOfService(packet)
      const changed = ((old & ~mask) ^ value) & 255
      if (changed !== old) setTypeOfService(packet, changed)
      return TargetVerdict.Continue
    }
  },
}
