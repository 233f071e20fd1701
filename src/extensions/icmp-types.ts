/**
 * ICMP and ICMPv6 types and codes as options name them, and as they are printed.
 */
import { readNumber } from '../ruleset/number-text.js'
import type { OptionReader, Token } from './option-reader.js'

export interface IcmpType {
  readonly type: number
  readonly codes: readonly [number, number]
}

/** Name, type, code; -1 for all codes. */
type IcmpName = readonly [string, number, number]

/** The ICMP type that matches every ICMP packet. */
export const ANY_ICMP_TYPE = 255

export const ICMP_NAMES: readonly IcmpName[] = [
  ['any', ANY_ICMP_TYPE, -1],
  ['echo-reply', 0, -1],
  ['pong', 0, -1],
  ['destination-unreachable', 3, -1],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-route-failed', 3, 5],
  ['network-unknown', 3, 6],
  ['host-unknown', 3, 7],
  ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10],
  ['TOS-network-unreachable', 3, 11],
  ['TOS-host-unreachable', 3, 12],
  ['communication-prohibited', 3, 13],
  ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15],
  ['source-quench', 4, -1],
  ['redirect', 5, -1],
  ['network-redirect', 5, 0],
  ['host-redirect', 5, 1],
  ['TOS-network-redirect', 5, 2],
  ['TOS-host-redirect', 5, 3],
  ['echo-request', 8, -1],
  ['ping', 8, -1],
  ['router-advertisement', 9, -1],
  ['router-solicitation', 10, -1],
  ['time-exceeded', 11, -1],
  ['ttl-exceeded', 11, -1],
  ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1],
  ['parameter-problem', 12, -1],
  ['ip-header-bad', 12, 0],
  ['required-option-missing', 12, 1],
  ['timestamp-request', 13, -1],
  ['timestamp-reply', 14, -1],
  ['address-mask-request', 17, -1],
  ['address-mask-reply', 18, -1],
]

export const ICMPV6_NAMES: readonly IcmpName[] = [
  ['destination-unreachable', 1, -1],
  ['no-route', 1, 0],
  ['communication-prohibited', 1, 1],
  ['beyond-scope', 1, 2],
  ['address-unreachable', 1, 3],
  ['port-unreachable', 1, 4],
  ['failed-policy', 1, 5],
  ['reject-route', 1, 6],
  ['packet-too-big', 2, -1],
  ['time-exceeded', 3, -1],
  ['ttl-exceeded', 3, -1],
  ['ttl-zero-during-transit', 3, 0],
  ['ttl-zero-during-reassembly', 3, 1],
  ['parameter-problem', 4, -1],
  ['bad-header', 4, 0],
  ['unknown-header-type', 4, 1],
  ['unknown-option', 4, 2],
  ['echo-request', 128, -1],
  ['ping', 128, -1],
  ['echo-reply', 129, -1],
  ['pong', 129, -1],
  ['router-solicitation', 133, -1],
  ['router-advertisement', 134, -1],
  ['neighbour-solicitation', 135, -1],
  ['neighbor-solicitation', 135, -1],
  ['neighbour-advertisement', 136, -1],
  ['neighbor-advertisement', 136, -1],
  ['redirect', 137, -1],
]

/** A name or its unambiguous beginning, `type`, `type/code` or `type/code:code`. */
export function readIcmpType(reader: OptionReader, value: Token, names: readonly IcmpName[]): IcmpType {
  const written = value.text.toLowerCase()
  const named = names.filter(([name]) => name.toLowerCase().startsWith(written))
  if (named.length > 1) {
    reader.problem(value, `"${value.text}" may be ${named[0][0]} or ${named[1][0]}`)
  } else if (named.length === 1) {
    const [, type, code] = named[0]
    return { type, codes: code < 0 ? [0, 255] : [code, code] }
  } else {
    const type = numericType(value.text)
    if (type !== null) return type
    reader.unknownName(
      value,
      'ICMP type',
      names.map(([name]) => name),
    )
  }
  return { type: 0, codes: [0, 255] }
}

/** As iptables-save prints it, which leaves out the end of a range of codes. */
export function printIcmpType({ type, codes }: IcmpType): string {
  return codes[0] === 0 && codes[1] === 255 ? `${type}` : `${type}/${codes[0]}`
}

/** A range of types, too, as long as it is of one type. */
function numericType(text: string): IcmpType | null {
  const types = byteRange(text, 0)
  if (types === null || types.from !== types.to) return null
  if (types.end === text.length) return { type: types.from, codes: [0, 255] }
  if (text[types.end] !== '/') return null
  const codes = byteRange(text, types.end + 1)
  return codes !== null && codes.end === text.length ? { type: types.from, codes: [codes.from, codes.to] } : null
}

function byteRange(text: string, at: number): { from: number; to: number; end: number } | null {
  const from = readNumber(text, at)
  if (from === null || from.value > 255) return null
  if (text[from.end] !== ':') return { from: from.value, to: from.value, end: from.end }
  const to = readNumber(text, from.end + 1)
  return to === null || to.value > 255 ? null : { from: from.value, to: to.value, end: to.end }
}
