/**
 * -m mh: the type of a mobility header of IPv6.
 * Kernel: net/ipv6/netfilter/ip6t_mh.c, mh_mt6() (v6.18). iptables: extensions/libip6t_mh.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { Ipv6Header } from '../ipv6-headers.js'
import { inNumberRange, type NumberRange } from '../number-range.js'
import type { OptionReader, Token } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { hasHeader } from '../transport.js'
import { wholeNumber } from '../../ruleset/number-text.js'

/** Two names a type. */
const TYPES = [
  ['binding-refresh-request', 'brr'],
  ['home-test-init', 'hoti'],
  ['careof-test-init', 'coti'],
  ['home-test', 'hot'],
  ['careof-test', 'cot'],
  ['binding-update', 'bu'],
  ['binding-acknowledgement', 'ba'],
  ['binding-error', 'be'],
]
const NAMES = TYPES.flatMap((names, type) => names.map((name) => ({ name, type })))
const MOST = 255
const HEADER = 6

export const mhMatch: MatchExtension<NumberRange> = {
  ...PLAIN_MATCH,
  name: 'mh',
  families: [6],
  options: [{ name: 'mh-type', key: 'type', values: 1, invertible: true }],
  protocol: 135,

  parse(reader) {
    const use = reader.find('type')
    if (use === undefined) return { from: 0, to: MOST, inverted: false }
    const { text } = use.values[0]
    const colon = text.indexOf(':')
    const first = colon < 0 ? text : text.slice(0, colon)
    const last = colon < 0 ? text : text.slice(colon + 1)
    const from = colon >= 0 && first === '' ? 0 : readType(reader, use.values[0], first)
    const to = colon >= 0 && last === '' ? MOST : readType(reader, use.values[0], last)
    if (from > to) reader.problem(use.values[0], `the range ${text} ends before it begins`)
    return { from, to, inverted: use.inverted }
  },

  print({ from, to, inverted }) {
    if (from === 0 && to === MOST) return ''
    return printOption('mh-type', from === to ? `${from}` : `${from}:${to}`, inverted)
  },

  reads: () => [Field.Payload],

  prepare(range) {
    return (packet) => {
      if (!hasHeader(packet, HEADER)) return false
      const at = packet.at + packet.transport
      if (packet.memory.u8(at) !== Number(Ipv6Header.None)) {
        packet.hotDrop = true
        return false
      }
      return inNumberRange(packet.memory.u8(at + 2), range)
    }
  },
}

/** A name, or its beginning: the first that begins so, unless it is another's whole name. */
function readType(reader: OptionReader, value: Token, text: string): number {
  const written = text.toLowerCase()
  const named = NAMES.filter(({ name }) => name.startsWith(written))
  const found = named.findLast(({ name }) => name === written) ?? named[0]
  if (found !== undefined) return found.type
  const number = wholeNumber(text, 0, MOST)
  if (number === null) {
    reader.unknownName(
      { ...value, text },
      'type',
      NAMES.map(({ name }) => name),
    )
  }
  return number ?? 0
}
