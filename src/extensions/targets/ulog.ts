/**
 * -j ULOG: hands a copy of the packet to a program, as NFLOG does today; here it only counts.
 * Kernel: net/ipv4/netfilter/ipt_ULOG.c (up to v3.16). iptables: extensions/libipt_ULOG.c.
 * Differs from the kernel: those that are told apart have no such target any more, and refuse the rule.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'
import { readU64 } from '../u64.js'

interface UlogOptions {
  readonly prefix: string
  readonly group: number
  /** Bytes of the packet that are copied; 0: all. */
  readonly copied: bigint
  readonly threshold: number
}

/** Bytes that are kept. Kernel: ULOG_PREFIX_LEN - 1. */
const LONGEST_PREFIX = 31
const GROUPS = 32
/** Kernel: ULOG_MAX_QLEN. */
const MOST_QUEUED = 50

export const ulogTarget: TargetExtension<UlogOptions> = {
  ...PLAIN_TARGET,
  name: 'ULOG',
  families: [4],
  options: ['nlgroup', 'prefix', 'cprange', 'qthreshold'].map((name) => ({
    name: `ulog-${name}`,
    key: name,
    values: 1,
  })),

  parse(reader) {
    const number = (key: string, most: number): number => {
      const value = reader.find(key)?.values[0]
      return value === undefined ? 1 : reader.integer(value, 1, most)
    }
    const prefix = reader.find('prefix')?.values[0]
    const copied = reader.find('cprange')?.values[0]
    if (prefix?.text === '') reader.problem(prefix, 'the prefix is empty')
    return {
      prefix: cutToBytes(prefix?.text ?? '', LONGEST_PREFIX),
      group: number('nlgroup', GROUPS),
      copied: copied === undefined ? 0n : readU64(reader, copied),
      threshold: number('qthreshold', MOST_QUEUED),
    }
  },

  print: ({ prefix, group, copied, threshold }) =>
    (prefix === '' ? '' : printOption('ulog-prefix', quoted(prefix))) +
    (group === 1 ? '' : printOption('ulog-nlgroup', `${group}`)) +
    (copied === 0n ? '' : printOption('ulog-cprange', `${BigInt.asUintN(32, copied)}`)) +
    (threshold === 1 ? '' : printOption('ulog-qthreshold', `${threshold}`)),

  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
