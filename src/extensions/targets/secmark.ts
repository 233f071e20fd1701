/**
 * -j SECMARK and -j CONNSECMARK: security labels of packets and connections, which no rule can ask for.
 * Kernel: net/netfilter/xt_SECMARK.c, xt_CONNSECMARK.c (v6.18).
 * iptables: extensions/libxt_SECMARK.c, libxt_CONNSECMARK.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { cutToBytes, printOption } from '../print-option.js'
import type { TableName } from '../../ruleset/ruleset.js'

interface SecmarkOptions {
  readonly context: string
}

interface ConnsecmarkOptions {
  readonly mode: 'save' | 'restore'
}

/** Kernel: SECMARK_SECCTX_MAX - 1. */
const LONGEST_CONTEXT = 255
const TABLES: readonly TableName[] = ['mangle', 'security']

const connsecmarkOptions: readonly OptionSpec[] = [
  { name: 'save', key: 'save', values: 0, excludes: ['restore'] },
  { name: 'restore', key: 'restore', values: 0, excludes: ['save'] },
]

export const secmarkTarget: TargetExtension<SecmarkOptions> = {
  ...PLAIN_TARGET,
  name: 'SECMARK',
  families: [4, 6],
  options: [{ name: 'selctx', key: 'context', values: 1, required: true }],
  placement: () => ({ tables: TABLES, hooks: null }),
  parse: (reader) => ({ context: cutToBytes(reader.find('context')?.values[0].text ?? '', LONGEST_CONTEXT) }),
  print: ({ context }) => printOption('selctx', context),
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}

export const connsecmarkTarget: TargetExtension<ConnsecmarkOptions> = {
  ...PLAIN_TARGET,
  name: 'CONNSECMARK',
  families: [4, 6],
  options: connsecmarkOptions,
  tracks: true,
  placement: () => ({ tables: TABLES, hooks: null }),

  parse(reader) {
    reader.needsOne(connsecmarkOptions)
    return { mode: reader.find('save') === undefined ? 'restore' : 'save' }
  },

  print: ({ mode }) => ` --${mode}`,
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
