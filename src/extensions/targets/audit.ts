/**
 * -j AUDIT: tells the audit system of the packet; here it only counts.
 * Kernel: net/netfilter/xt_AUDIT.c (v6.18). iptables: extensions/libxt_AUDIT.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { printOption } from '../print-option.js'

interface AuditOptions {
  readonly type: string
}

const TYPES = ['accept', 'drop', 'reject']

export const auditTarget: TargetExtension<AuditOptions> = {
  ...PLAIN_TARGET,
  name: 'AUDIT',
  families: [4, 6],
  options: [{ name: 'type', key: 'type', values: 1, required: true }],

  parse(reader) {
    const value = reader.find('type')?.values[0]
    const type = value?.text.toLowerCase() ?? ''
    if (value !== undefined && !TYPES.includes(type)) reader.unknownName(value, 'type', TYPES)
    return { type }
  },

  print: ({ type }) => printOption('type', type),
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
