/**
 * -j DSCP: sets the differentiated services code point, the upper six bits of the type of service.
 * Kernel: net/netfilter/xt_DSCP.c, dscp_tg(), dscp_tg6() (v6.18). iptables: extensions/libxt_DSCP.c.
 */
import { Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { setTypeOfService, typeOfService } from '../ip-header.js'
import { hexByte, printOption } from '../print-option.js'
import { readDscpClass } from '../tos-names.js'

interface DscpOptions {
  readonly dscp: number
}

const options: readonly OptionSpec[] = [
  { name: 'set-dscp', key: 'dscp', values: 1, excludes: ['class'] },
  { name: 'set-dscp-class', key: 'class', values: 1, excludes: ['dscp'] },
]

export const dscpTarget: TargetExtension<DscpOptions> = {
  name: 'DSCP',
  families: [4, 6],
  options,
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: ['mangle'], hooks: null }),

  parse(reader) {
    reader.needsOne(options)
    const use = reader.uses[0]
    if (use === undefined) return { dscp: 0 }
    const value = use.values[0]
    return { dscp: use.spec.key === 'class' ? readDscpClass(reader, value) : reader.integer(value, 0, 63) }
  },

  print: ({ dscp }) => printOption('set-dscp', hexByte(dscp)),
  reads: () => [Field.Tos],

  prepare({ dscp }) {
    return (packet) => {
      const old = typeOfService(packet)
      if (old >> 2 !== dscp) setTypeOfService(packet, (dscp << 2) | (old & 3))
      return TargetVerdict.Continue
    }
  },
}
