/**
 * -j NFLOG: hands a copy of the packet to a program; here it only counts.
 * Kernel: net/netfilter/xt_NFLOG.c (v6.18). iptables: extensions/libxt_NFLOG.c.
 */
import { ANYWHERE, TargetVerdict, type TargetExtension } from '../extension.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'

interface NflogOptions {
  readonly group: number
  readonly prefix: string
  /** Bytes of the packet that are copied; null: not said. */
  readonly size: number | null
  /** What nflog-range says, which has no effect. */
  readonly range: number
  readonly threshold: number
}

/** Bytes that are kept. Kernel: struct xt_nflog_info. */
const LONGEST_PREFIX = 63

export const nflogTarget: TargetExtension<NflogOptions> = {
  name: 'NFLOG',
  families: [4, 6],
  options: [
    { name: 'nflog-group', key: 'group', values: 1 },
    { name: 'nflog-prefix', key: 'prefix', values: 1 },
    { name: 'nflog-range', key: 'range', values: 1, excludes: ['size'] },
    { name: 'nflog-size', key: 'size', values: 1, excludes: ['range'] },
    { name: 'nflog-threshold', key: 'threshold', values: 1 },
  ],
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const number = (key: string, max: number): number | null => {
      const value = reader.find(key)?.values[0]
      return value === undefined ? null : reader.integer(value, 0, max)
    }
    const prefix = reader.find('prefix')?.values[0]
    if (prefix?.text === '') reader.problem(prefix, 'the prefix is empty')
    return {
      group: number('group', 65535) ?? 0,
      prefix: cutToBytes(prefix?.text ?? '', LONGEST_PREFIX),
      size: number('size', 0xffffffff),
      range: number('range', 0xffffffff) ?? 0,
      threshold: number('threshold', 65535) ?? 0,
    }
  },

  print({ group, prefix, size, range, threshold }) {
    return (
      (prefix === '' ? '' : printOption('nflog-prefix', quoted(prefix))) +
      (group === 0 ? '' : printOption('nflog-group', `${group}`)) +
      (size === null ? '' : printOption('nflog-size', `${size}`)) +
      (size !== null || range === 0 ? '' : printOption('nflog-range', `${range}`)) +
      (threshold === 0 ? '' : printOption('nflog-threshold', `${threshold}`))
    )
  },

  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
