/**
 * -m length: the length of the packet from the IP header on.
 * Kernel: net/netfilter/xt_length.c (v6.18). iptables: extensions/libxt_length.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { printOption } from '../print-option.js'

interface LengthOptions {
  readonly min: number
  readonly max: number
  readonly inverted: boolean
}

export const lengthMatch: MatchExtension<LengthOptions> = {
  name: 'length',
  families: [4, 6],
  options: [{ name: 'length', key: 'length', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('length')
    if (use === undefined) return { min: 0, max: 0, inverted: false }
    const [min, max] = reader.integerRange(use.values[0], 65535)
    return { min, max, inverted: use.inverted }
  },

  print({ min, max, inverted }) {
    return printOption('length', min === max ? `${min}` : `${min}:${max}`, inverted)
  },

  reads: () => [Field.Length],
  fieldTest: ({ min, max }) => ({ kind: 'cuts', cuts: [min, max + 1] }),
  stateBytes: () => 0,

  prepare({ min, max, inverted }) {
    return (packet) => {
      const { length } = packet
      return (length >= min && length <= max) !== inverted
    }
  },
}
