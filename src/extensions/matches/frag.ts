/**
 * -m frag: the fragment header of IPv6.
 * Kernel: net/ipv6/netfilter/ip6t_frag.c, frag_mt6() (v6.18). iptables: extensions/libip6t_frag.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { findIpv6Header, Ipv6Header } from '../ipv6-headers.js'
import {
  inNumberRange,
  type NumberRange,
  type NumberTest,
  printNumberRange,
  printNumberTest,
  readNumberRange,
  readNumberTest,
} from '../number-range.js'
import { hasBytes } from '../transport.js'

interface FragOptions {
  readonly id: NumberRange
  /** Has no effect. */
  readonly length: NumberTest | null
  /** Names of the options that were given, of FLAGS. */
  readonly flags: ReadonlySet<string>
}

/** In the order in which iptables-save prints them. */
const FLAGS = ['fragres', 'fragfirst', 'fragmore', 'fraglast']
const HEADER = 8
/** Bits of the 16-bit word at 2. */
const MORE = 1
const OFFSET = 0xfff8
const RESERVED = 6

export const fragMatch: MatchExtension<FragOptions> = {
  ...PLAIN_MATCH,
  name: 'frag',
  families: [6],
  options: [
    { name: 'fragid', key: 'id', values: 1, invertible: true },
    { name: 'fraglen', key: 'length', values: 1, invertible: true },
    { name: 'fragres', key: 'fragres', values: 0 },
    { name: 'fragfirst', key: 'fragfirst', values: 0 },
    { name: 'fragmore', key: 'fragmore', values: 0, excludes: ['fraglast'] },
    { name: 'fraglast', key: 'fraglast', values: 0, excludes: ['fragmore'] },
  ],

  parse: (reader) => ({
    id: readNumberRange(reader, 'id'),
    length: readNumberTest(reader, 'length'),
    flags: new Set(FLAGS.filter((flag) => reader.find(flag) !== undefined)),
  }),

  print: ({ id, length, flags }) =>
    printNumberRange('fragid', id) +
    printNumberTest('fraglen', length) +
    FLAGS.filter((flag) => flags.has(flag))
      .map((flag) => ` --${flag}`)
      .join(''),

  reads: () => [Field.Payload],

  prepare({ id, flags }) {
    const [reserved, first, more, last] = FLAGS.map((flag) => flags.has(flag))
    return (packet) => {
      const offset = findIpv6Header(packet, Ipv6Header.Fragment)
      if (offset < 0 || !hasBytes(packet, offset, HEADER)) return false
      const at = packet.at + offset
      const word = packet.memory.be16(at + 2)
      return (
        inNumberRange(packet.memory.be32(at + 4), id) &&
        !(reserved && (packet.memory.u8(at + 1) !== 0 || (word & RESERVED) !== 0)) &&
        !(first && (word & OFFSET) !== 0) &&
        !(more && (word & MORE) === 0) &&
        !(last && (word & MORE) !== 0)
      )
    }
  },
}
