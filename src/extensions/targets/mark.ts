/**
 * -j MARK: sets bits of the packet's mark.
 * Kernel: net/netfilter/xt_mark.c, mark_tg() (v6.18). iptables: extensions/libxt_MARK.c, revision 2.
 */
import { ANYWHERE, Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { type MarkChange, MARK_OPERATIONS, readMarkChange } from '../mark-change.js'
import { hex, printOption } from '../print-option.js'

const excludes = MARK_OPERATIONS
const options: readonly OptionSpec[] = MARK_OPERATIONS.map((name) => ({ name, key: name, values: 1, excludes }))

export const markTarget: TargetExtension<MarkChange> = {
  name: 'MARK',
  families: [4, 6],
  options,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    reader.needsOne(options)
    const use = reader.uses[0]
    return use === undefined ? { mark: 0, mask: 0 } : readMarkChange(reader, use)
  },

  print: ({ mark, mask }) => printOption('set-xmark', `${hex(mark)}/${hex(mask)}`),
  reads: () => [Field.Mark],

  prepare({ mark, mask }) {
    return ({ skb }) => {
      skb.mark = ((skb.mark & ~mask) ^ mark) >>> 0
      return TargetVerdict.Continue
    }
  },
}
