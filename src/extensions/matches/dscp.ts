/**
 * -m dscp: the differentiated services code point, the upper six bits of the type of service.
 * Kernel: net/netfilter/xt_dscp.c, dscp_mt() (v6.18). iptables: extensions/libxt_dscp.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { typeOfService } from '../ip-header.js'
import { hexByte, printOption } from '../print-option.js'
import { readDscpClass } from '../tos-names.js'

interface DscpOptions {
  readonly dscp: number
  readonly inverted: boolean
}

const options: readonly OptionSpec[] = [
  { name: 'dscp', key: 'dscp', values: 1, invertible: true, excludes: ['class'] },
  { name: 'dscp-class', key: 'class', values: 1, invertible: true, excludes: ['dscp'] },
]

export const dscpMatch: MatchExtension<DscpOptions> = {
  name: 'dscp',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    reader.needsOne(options)
    const use = reader.uses[0]
    if (use === undefined) return { dscp: 0, inverted: false }
    const value = use.values[0]
    const dscp = use.spec.key === 'class' ? readDscpClass(reader, value) : reader.integer(value, 0, 63)
    return { dscp, inverted: use.inverted }
  },

  print: ({ dscp, inverted }) => printOption('dscp', hexByte(dscp), inverted),
  reads: () => [Field.Tos],
  stateBytes: () => 0,

  prepare({ dscp, inverted }) {
    return (packet) => (typeOfService(packet) >> 2 === dscp) !== inverted
  },
}
