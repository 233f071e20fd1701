/**
 * -m ipv6header: which IPv6 extension headers a packet has.
 * Kernel: net/ipv6/netfilter/ip6t_ipv6header.c, ipv6header_mt6() (v6.18). iptables: extensions/libip6t_ipv6header.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { firstNextHeader, IPV6_HEADER, Ipv6Header, ipv6HeaderLength } from '../ipv6-headers.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { hasBytes } from '../transport.js'
import type { Packet } from '../../memory/packet.js'
import { protocolNumber } from '../../ruleset/protocols.js'

interface Ipv6headerOptions {
  /** Bits of HEADERS. */
  readonly headers: number
  readonly inverted: boolean
  /** Other headers may be there, too. */
  readonly soft: boolean
}

/** A transport header. */
const PROTOCOL = 255
/** In the order in which iptables-save prints them; the first name is printed. */
const HEADERS: readonly (readonly [number: number, bit: number, names: readonly string[]])[] = [
  [Ipv6Header.HopByHop, 128, ['hop-by-hop', 'hop']],
  [Ipv6Header.Destination, 64, ['ipv6-opts', 'dst']],
  [Ipv6Header.Routing, 32, ['ipv6-route', 'route']],
  [Ipv6Header.Fragment, 16, ['ipv6-frag', 'frag']],
  [Ipv6Header.Authentication, 8, ['ah', 'auth']],
  [Ipv6Header.Esp, 4, ['esp']],
  [Ipv6Header.None, 2, ['ipv6-nonxt', 'none']],
  [PROTOCOL, 1, ['protocol', 'prot']],
]
const BITS: ReadonlyMap<number, number> = new Map(HEADERS.map(([number, bit]) => [number, bit]))
const ESP_BIT = 4
const NONE_BIT = 2
const PROTOCOL_BIT = 1

export const ipv6headerMatch: MatchExtension<Ipv6headerOptions> = {
  ...PLAIN_MATCH,
  name: 'ipv6header',
  families: [6],
  options: [
    { name: 'header', key: 'header', values: 1, invertible: true, required: true },
    { name: 'soft', key: 'soft', values: 0 },
  ],

  parse: (reader) => ({
    headers: readHeaders(reader),
    inverted: reader.find('header')?.inverted ?? false,
    soft: reader.find('soft') !== undefined,
  }),

  print: ({ headers, inverted, soft }) =>
    printOption(
      'header',
      HEADERS.filter(([, bit]) => (headers & bit) !== 0)
        .map(([, , names]) => names[0])
        .join(','),
      inverted,
    ) + (soft ? ' --soft' : ''),

  reads: () => [Field.Payload],

  prepare({ headers, inverted, soft }) {
    return (packet) => {
      const present = headersOf(packet)
      if (present < 0) return false
      if (soft) return ((present ^ headers ^ (inverted ? 255 : 0)) & headers) === 0
      return (present === headers) !== inverted
    }
  },
}

/** Bits of the headers that are there; -1 when the packet matches nothing. */
function headersOf(packet: Packet): number {
  const { memory, at, length } = packet
  let type: Ipv6Header = firstNextHeader(packet)
  let offset = IPV6_HEADER
  let bits = 0
  while (offset <= length) {
    const bit = type === Number(PROTOCOL) ? undefined : BITS.get(type)
    if (bit === undefined) return bits | PROTOCOL_BIT
    if (bit === NONE_BIT) return bits | NONE_BIT
    if (length - offset < 2) return -1
    if (bit === ESP_BIT) return bits | ESP_BIT
    if (!hasBytes(packet, offset, 2)) return -1
    bits |= bit
    const next: Ipv6Header = memory.u8(at + offset)
    offset += ipv6HeaderLength(packet, type, offset)
    type = next
  }
  return type === Ipv6Header.None || type === Ipv6Header.Esp ? bits : bits | PROTOCOL_BIT
}

function readHeaders(reader: OptionReader): number {
  const list = reader.find('header')?.values[0]
  if (list === undefined) return 0
  let headers = 0
  for (const text of list.text.split(',').filter((name) => name !== '')) {
    const bit = bitOf(text)
    if (bit === undefined) {
      reader.unknownName(
        { ...list, text },
        'header',
        HEADERS.flatMap(([, , names]) => names),
      )
    }
    headers |= bit ?? 0
  }
  if (headers === 0) reader.problem(list, 'no header is named')
  return headers
}

function bitOf(text: string): number | undefined {
  const known = HEADERS.find(([number, , names]) => names.includes(text) || `${number}` === text)
  return known?.[1] ?? BITS.get(protocolNumber(text) ?? -1)
}
