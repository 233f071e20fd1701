/**
 * -m devgroup: the groups of the interfaces by which the packet comes and goes, which a box does not tell.
 * Kernel: net/netfilter/xt_devgroup.c (v6.18). iptables: extensions/libxt_devgroup.c.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NamedValue, printNamedValue, readNamedValue } from '../named-value.js'
import type { OptionSpec } from '../option-spec.js'
import { type Undecided, undecidedTest } from '../undecided.js'
import { Hook } from '../../ruleset/ruleset.js'

interface DevgroupOptions extends Undecided {
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
  guesses: true,
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
      answer: reader.undecidable('the group of an interface'),
    }
  },

  print: ({ source, destination }) =>
    printNamedValue('src-group', source, ZERO) + printNamedValue('dst-group', destination, ZERO),
  reads: () => [],
  prepare: undecidedTest,
}
