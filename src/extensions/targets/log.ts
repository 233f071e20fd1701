/**
 * -j LOG: writes the packet to the kernel's log; here it only counts.
 * Kernel: net/netfilter/xt_LOG.c (v6.18). iptables: extensions/libxt_LOG.c.
 */
import { ANYWHERE, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'
import { wholeNumber } from '../../ruleset/number-text.js'

interface LogOptions {
  readonly prefix: string
  readonly level: number
  /** Names of the options that were given, in the order of FLAGS. */
  readonly flags: readonly string[]
}

const LEVELS: Readonly<Record<string, number>> = {
  emerg: 0,
  panic: 0,
  alert: 1,
  crit: 2,
  error: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debug: 7,
}
const DEFAULT_LEVEL = 4
/** Bytes that are kept. Kernel: struct xt_log_info. */
const LONGEST_PREFIX = 29
/** In the order in which iptables-save prints them. */
const FLAGS = ['log-tcp-sequence', 'log-tcp-options', 'log-ip-options', 'log-uid', 'log-macdecode']

export const logTarget: TargetExtension<LogOptions> = {
  name: 'LOG',
  families: [4, 6],
  options: [
    { name: 'log-level', key: 'level', values: 1 },
    { name: 'log-prefix', key: 'prefix', values: 1 },
    ...FLAGS.map((name) => ({ name, key: name, values: 0 as const })),
  ],
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const prefix = reader.find('prefix')?.values[0]
    if (prefix?.text === '') reader.problem(prefix, 'the prefix is empty')
    return {
      prefix: cutToBytes(prefix?.text ?? '', LONGEST_PREFIX),
      level: readLevel(reader),
      flags: FLAGS.filter((flag) => reader.find(flag) !== undefined),
    }
  },

  print({ prefix, level, flags }) {
    return (
      (prefix === '' ? '' : printOption('log-prefix', quoted(prefix))) +
      (level === DEFAULT_LEVEL ? '' : printOption('log-level', `${level}`)) +
      flags.map((flag) => ` --${flag}`).join('')
    )
  },

  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}

function readLevel(reader: OptionReader): number {
  const value = reader.find('level')?.values[0]
  if (value === undefined) return DEFAULT_LEVEL
  const number = wholeNumber(value.text, 0, 7)
  if (number !== null) return number
  if (Object.hasOwn(LEVELS, value.text)) return LEVELS[value.text]
  reader.unknownName(value, 'log level', Object.keys(LEVELS))
  return DEFAULT_LEVEL
}
