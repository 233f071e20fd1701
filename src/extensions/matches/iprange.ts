/**
 * -m iprange: source and destination address between two addresses, both included.
 * Kernel: net/netfilter/xt_iprange.c (v6.18). iptables: extensions/libxt_iprange.c, revision 1.
 */
import { ANYWHERE, Field, type FlowTest, type MatchExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import type { Packet } from '../../memory/packet.js'
import { ANY_ADDRESS, parseAddress, printAddress } from '../../ruleset/address.js'

interface AddressRange {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly inverted: boolean
}

interface IprangeOptions {
  readonly source: AddressRange | null
  readonly destination: AddressRange | null
}

const options: readonly OptionSpec[] = [
  { name: 'src-range', key: 'source', values: 1, invertible: true },
  { name: 'dst-range', key: 'destination', values: 1, invertible: true },
]

export const iprangeMatch: MatchExtension<IprangeOptions> = {
  name: 'iprange',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    reader.needsOne(options)
    return { source: readRange(reader, 'source'), destination: readRange(reader, 'destination') }
  },

  print: (of) => printRange('src-range', of.source) + printRange('dst-range', of.destination),
  reads: () => [Field.Addresses],
  decidesByFlow: true,
  flowTests: ({ source, destination }) => [...rangeTest('source', source), ...rangeTest('destination', destination)],
  stateBytes: () => 0,

  prepare({ source, destination }) {
    return (packet) =>
      (source === null || inRange(packet, source, 'source') !== source.inverted) &&
      (destination === null || inRange(packet, destination, 'destination') !== destination.inverted)
  },
}

function rangeTest(field: 'source' | 'destination', range: AddressRange | null): FlowTest[] {
  return range === null ? [] : [{ field, ranges: [range], inverted: range.inverted }]
}

function inRange(packet: Packet, { from, to }: AddressRange, which: 'source' | 'destination'): boolean {
  if (packet.family === 4) {
    const address = which === 'source' ? packet.src4 : packet.dst4
    return address >= from[0] && address <= to[0]
  }
  const wordOf = (word: number): number => (which === 'source' ? packet.src6(word) : packet.dst6(word))
  return compareWords(wordOf, from) >= 0 && compareWords(wordOf, to) <= 0
}

function compareWords(wordOf: (word: number) => number, other: readonly number[]): number {
  for (let index = 0; index < 4; index++) {
    const difference = wordOf(index) - other[index]
    if (difference !== 0) return difference
  }
  return 0
}

/** `from-to`, or one address. A range that ends before it begins is allowed, and never matches. */
function readRange(reader: OptionReader, key: string): AddressRange | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const { text } = use.values[0]
  const dash = text.indexOf('-')
  const from = parseAddress(dash < 0 ? text : text.slice(0, dash), reader.family)
  const to = dash < 0 ? from : parseAddress(text.slice(dash + 1), reader.family)
  if (from === null || to === null) {
    reader.problem(use.values[0], `"${text}" is no IPv${reader.family} address or range of addresses`)
  }
  const any = ANY_ADDRESS[reader.family]
  return { from: from ?? any, to: to ?? any, inverted: use.inverted }
}

function printRange(name: string, range: AddressRange | null): string {
  if (range === null) return ''
  return printOption(name, `${printAddress(range.from)}-${printAddress(range.to)}`, range.inverted)
}
