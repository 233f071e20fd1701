/**
 * Options of the IPv6 hop-by-hop and destination headers, for -m hbh and -m dst: how they are read, printed, found.
 * Kernel: hbh_mt6(), net/ipv6/netfilter/ip6t_hbh.c (v6.18). iptables: extensions/libip6t_hbh.c, libip6t_dst.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from './extension.js'
import { findIpv6Header, type Ipv6Header, ipv6HeaderLength } from './ipv6-headers.js'
import { type NumberTest, passesNumberTest, printNumberTest, readNumberTest } from './number-range.js'
import { listItems, type OptionReader } from './option-reader.js'
import { printOption } from './print-option.js'
import type { Packet } from '../memory/packet.js'
import { wholeNumber } from '../ruleset/number-text.js'

interface HeaderOption {
  readonly type: number
  /** Length of its data; null: any. */
  readonly length: number | null
}

export interface HeaderOptions {
  readonly length: NumberTest | null
  /** In the order in which they must come, from the first on; null: not asked for. */
  readonly options: readonly HeaderOption[] | null
}

const MOST_OPTIONS = 16
const MOST_NUMBER = 2 ** 53
/** One byte of padding, without a length. */
const PAD1 = 0
/** A length that stands for any. */
const ANY_LENGTH = 255

/** The match on options of the header; its name is that of its options too. */
export function ipv6OptionsMatch(name: 'hbh' | 'dst', header: Ipv6Header): MatchExtension<HeaderOptions> {
  return {
    ...PLAIN_MATCH,
    name,
    families: [6],
    options: [
      { name: `${name}-len`, key: 'length', values: 1, invertible: true },
      { name: `${name}-opts`, key: 'options', values: 1 },
    ],
    parse: (reader) => ({ length: readNumberTest(reader, 'length'), options: readOptions(reader) }),
    print: ({ length, options }) =>
      printNumberTest(`${name}-len`, length) +
      (options === null ? '' : printOption(`${name}-opts`, options.map(printHeaderOption).join(','))),
    reads: () => [Field.Payload],
    prepare({ length, options }) {
      return (packet) => {
        const at = findIpv6Header(packet, header)
        if (at < 0) return false
        const bytes = ipv6HeaderLength(packet, header, at)
        if (packet.length - at < bytes || !passesNumberTest(bytes, length)) return false
        return options === null || hasOptions(packet, options, at + 2, bytes - 2)
      }
    },
  }
}

function hasOptions(packet: Packet, options: readonly HeaderOption[], from: number, bytes: number): boolean {
  const { memory } = packet
  const readable = Math.min(packet.length, packet.captured)
  let at = from
  let rest = bytes
  for (const [index, option] of options.entries()) {
    if (at + 1 > readable || memory.u8(packet.at + at) !== option.type) return false
    let size = 1
    if (option.type !== PAD1) {
      if (rest < 2 || at + 2 > readable) return false
      const length = memory.u8(packet.at + at + 1)
      if (option.length !== null && option.length !== length) return false
      size = length + 2
    }
    if ((at > packet.length - size || rest < size) && index < options.length - 1) return false
    at += size
    rest -= size
  }
  return true
}

function readOptions(reader: OptionReader): readonly HeaderOption[] | null {
  const list = reader.find('options')?.values[0]
  if (list === undefined) return null
  const items = listItems(list)
  if (items.length > MOST_OPTIONS) reader.problem(list, `${items.length} options are more than ${MOST_OPTIONS}`)
  return items.map((item, index) => {
    const [typeText, ...lengths] = item.text.split(':')
    const type = wholeNumber(typeText, 0, MOST_NUMBER)
    const length = lengths.length === 0 ? ANY_LENGTH : wholeNumber(lengths.join(':'), 0, MOST_NUMBER)
    if (type === null || length === null) reader.problem(item, `"${item.text}" is no option type, or type:length`)
    if (type === PAD1 && lengths.length > 0) reader.problem(item, 'option 0 has no length')
    if (index === MOST_OPTIONS - 1 && lengths.length > 0) reader.problem(item, 'the last of 16 options takes no length')
    const low = (length ?? 0) & 255
    return { type: (type ?? 0) & 255, length: low === ANY_LENGTH ? null : low }
  })
}

function printHeaderOption({ type, length }: HeaderOption): string {
  return length === null ? `${type}` : `${type}:${length}`
}
