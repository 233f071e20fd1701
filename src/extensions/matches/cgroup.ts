/**
 * -m cgroup: the control group of the process whose socket the packet belongs to, which a capture does not tell.
 * Kernel: net/netfilter/xt_cgroup.c (v6.18). iptables: extensions/libxt_cgroup.c, revision 2.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NumberTest, printNumberTest, readNumberTest } from '../number-range.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption, quoted } from '../print-option.js'
import { type Undecided, undecidedTest } from '../undecided.js'
import { Hook } from '../../ruleset/ruleset.js'

interface CgroupOptions extends Undecided {
  /** Null: not asked for. */
  readonly path: { readonly text: string; readonly inverted: boolean } | null
  readonly classId: NumberTest | null
}

const options: readonly OptionSpec[] = [
  { name: 'path', key: 'path', values: 1, invertible: true, excludes: ['class'] },
  { name: 'cgroup', key: 'class', values: 1, invertible: true, excludes: ['path'] },
]

export const cgroupMatch: MatchExtension<CgroupOptions> = {
  ...PLAIN_MATCH,
  name: 'cgroup',
  guesses: true,
  families: [4, 6],
  options,
  placement: () => ({ tables: null, hooks: [Hook.Input, Hook.Output, Hook.Postrouting] }),

  parse(reader) {
    reader.needsOne(options)
    const path = reader.find('path')
    return {
      path: path === undefined ? null : { text: path.values[0].text, inverted: path.inverted },
      classId: readNumberTest(reader, 'class'),
      answer: reader.undecidable('the control group of a socket'),
    }
  },

  print: ({ path, classId }) =>
    (path === null ? '' : printOption('path', quoted(path.text), path.inverted)) + printNumberTest('cgroup', classId),
  reads: () => [],
  prepare: undecidedTest,
}
