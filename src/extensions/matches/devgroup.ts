/**
 * -m devgroup: the groups of the interfaces by which the packet comes and goes.
 * Kernel: net/netfilter/xt_devgroup.c, devgroup_mt() (v6.18). iptables: extensions/libxt_devgroup.c.
 * Differs from the kernel: an interface that the box does not describe is of group 0, where all are until they are
 * moved; a group that `ip` prints by a name of its machine's own equals no number.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NamedValue, printNamedValue, readNamedValue } from '../named-value.js'
import type { OptionSpec } from '../option-spec.js'
import type { Box } from '../../box/box.js'
import { Hook } from '../../ruleset/ruleset.js'

interface DevgroupOptions {
  readonly source: NamedValue | null
  readonly destination: NamedValue | null
}

const ZERO = 'default'
const INPUTS = [Hook.Prerouting, Hook.Input, Hook.Forward]
const OUTPUTS = [Hook.Forward, Hook.Output, Hook.Postrouting]

const options: readonly OptionSpec[] = [
  { name: 'src-group', key: 'source', values: 1, invertible: true },
  { name: 'dst-group', key: 'destination', values: 1, invertible: true },
]

export const devgroupMatch: MatchExtension<DevgroupOptions> = {
  ...PLAIN_MATCH,
  name: 'devgroup',
  families: [4, 6],
  options,

  placement({ source, destination }) {
    const hooks = INPUTS.filter((hook) => destination === null || OUTPUTS.includes(hook))
    return { tables: null, hooks: source === null ? OUTPUTS : hooks }
  },

  parse(reader) {
    reader.needsOne(options)
    return {
      source: readNamedValue(reader, 'source', ZERO),
      destination: readNamedValue(reader, 'destination', ZERO),
    }
  },

  print: ({ source, destination }) =>
    printNamedValue('src-group', source, ZERO) + printNamedValue('dst-group', destination, ZERO),

  reads: ({ source, destination }) => [
    ...(source === null ? [] : [Field.InInterface]),
    ...(destination === null ? [] : [Field.OutInterface]),
  ],

  prepare({ source, destination }, box) {
    return ({ inInterface, outInterface }) =>
      (source === null || isInGroup(inInterface, source, box)) &&
      (destination === null || isInGroup(outInterface, destination, box))
  },
}

function isInGroup(id: number, { value, mask, inverted }: NamedValue, box: Box): boolean {
  const device = box.interface(id)
  const group = device === null ? 0 : device.group
  return (group !== null && ((group ^ value) & mask) === 0) !== inverted
}
