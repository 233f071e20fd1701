/**
 * -m physdev: the bridge ports by which a bridged packet comes and goes.
 * Kernel: net/netfilter/xt_physdev.c, physdev_mt() (v6.18). iptables: extensions/libxt_physdev.c.
 * Differs from the kernel: every packet is taken for one that is not bridged.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { Hook } from '../../ruleset/ruleset.js'

interface PortTest {
  /** A name, or a prefix that ends in `+`. */
  readonly name: string
  readonly inverted: boolean
}

interface PhysdevOptions {
  readonly input: PortTest | null
  readonly output: PortTest | null
  /** Whether it must be so; null: not asked for. */
  readonly isIn: boolean | null
  readonly isOut: boolean | null
  readonly isBridged: boolean | null
}

/** Kernel: IFNAMSIZ - 1. */
const LONGEST_NAME = 15

const options: readonly OptionSpec[] = [
  { name: 'physdev-in', key: 'input', values: 1, invertible: true },
  { name: 'physdev-out', key: 'output', values: 1, invertible: true },
  { name: 'physdev-is-in', key: 'isIn', values: 0, invertible: true },
  { name: 'physdev-is-out', key: 'isOut', values: 0, invertible: true },
  { name: 'physdev-is-bridged', key: 'isBridged', values: 0, invertible: true },
]

export const physdevMatch: MatchExtension<PhysdevOptions> = {
  ...PLAIN_MATCH,
  name: 'physdev',
  families: [4, 6],
  options,

  placement({ output, isOut, isBridged }) {
    if ((output === null && isOut === null) || isBridged === true) return { tables: null, hooks: null }
    return { tables: null, hooks: [Hook.Prerouting, Hook.Input, Hook.Forward, Hook.Postrouting] }
  },

  parse(reader) {
    reader.needsOne(options)
    return {
      input: readPort(reader, 'input'),
      output: readPort(reader, 'output'),
      isIn: readFlag(reader, 'isIn'),
      isOut: readFlag(reader, 'isOut'),
      isBridged: readFlag(reader, 'isBridged'),
    }
  },

  print: ({ input, output, isIn, isOut, isBridged }) =>
    printFlag('physdev-is-in', isIn) +
    (input === null ? '' : printOption('physdev-in', input.name, input.inverted)) +
    printFlag('physdev-is-out', isOut) +
    (output === null ? '' : printOption('physdev-out', output.name, output.inverted)) +
    printFlag('physdev-is-bridged', isBridged),

  reads: () => [],

  prepare({ input, output, isIn, isOut, isBridged }) {
    const matches =
      input?.inverted !== false && output?.inverted !== false && isIn !== true && isOut !== true && isBridged !== true
    return () => matches
  },
}

function readPort(reader: OptionReader, key: string): PortTest | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const [{ text }] = use.values
  if (Buffer.byteLength(text) > LONGEST_NAME) {
    reader.problem(use.values[0], `the interface name "${text}" is longer than ${LONGEST_NAME} characters`)
  }
  return { name: text, inverted: use.inverted }
}

function readFlag(reader: OptionReader, key: string): boolean | null {
  const use = reader.find(key)
  return use === undefined ? null : !use.inverted
}

function printFlag(name: string, wanted: boolean | null): string {
  return wanted === null ? '' : `${wanted ? '' : ' !'} --${name}`
}
