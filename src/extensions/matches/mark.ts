/**
 * -m mark and -m connmark: the mark of the packet, and that of its connection.
 * Kernel: net/netfilter/xt_mark.c, mark_mt(); xt_connmark.c, connmark_mt() (v6.18).
 * iptables: extensions/libxt_mark.c, libxt_connmark.c, revision 1.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { hexAndMask, printOption } from '../print-option.js'

interface MarkOptions {
  readonly mark: number
  readonly mask: number
  readonly inverted: boolean
}

const SHARED = {
  families: [4, 6],
  options: [{ name: 'mark', key: 'mark', values: 1, invertible: true, required: true }],
  protocol: null,
  placement: () => ANYWHERE,
  stateBytes: () => 0,
  parse(reader) {
    const use = reader.find('mark')
    if (use === undefined) return { mark: 0, mask: 0, inverted: false }
    const { value, mask } = reader.valueAndMask(use.values[0], 0xffffffff)
    return { mark: value, mask, inverted: use.inverted }
  },
  print(of) {
    return printOption('mark', hexAndMask(of.mark, of.mask), of.inverted)
  },
} as const satisfies Partial<MatchExtension<MarkOptions>>

export const markMatch: MatchExtension<MarkOptions> = {
  ...SHARED,
  name: 'mark',
  scope: 'packet',
  tracks: false,
  reads: () => [Field.Mark],
  prepare({ mark, mask, inverted }) {
    return (packet) => ((packet.skb.mark & mask) >>> 0 === mark) !== inverted
  },
}

export const connmarkMatch: MatchExtension<MarkOptions> = {
  ...SHARED,
  name: 'connmark',
  scope: 'connection',
  tracks: true,
  reads: () => [Field.CtState, Field.CtMark],
  prepare({ mark, mask, inverted }) {
    return (packet) => {
      const { ctMark } = packet
      return ctMark !== null && ((ctMark & mask) >>> 0 === mark) !== inverted
    }
  },
}
