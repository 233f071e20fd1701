/**
 * The options of SNAT, DNAT, MASQUERADE and REDIRECT: how they are read and printed.
 * iptables: extensions/libxt_NAT.c.
 */
import { type NatRange, NO_RANGE } from '../memory/nat-range.js'
import { parseAddress, printAddress } from '../ruleset/address.js'
import { readNumber } from '../ruleset/number-text.js'
import type { Family, ProtocolMatch } from '../ruleset/ruleset.js'
import type { OptionReader, OptionUse, Token } from './option-reader.js'
import type { OptionSpec } from './option-spec.js'
import { printOption } from './print-option.js'
import { anyServicePort, serviceNames } from './services.js'

/** ICMP, TCP, UDP, DCCP, SCTP; inverted or not. */
const WITH_PORTS = new Set([1, 6, 17, 33, 132])
const MAX_PORT = 65535

/** What becomes of the `/base` of a port range: kept, dropped (it reads as 0), or refused. */
export type ShiftedPorts = 'kept' | 'dropped' | 'refused'

export const RANDOM: OptionSpec = { name: 'random', key: 'random', values: 0 }
export const RANDOM_FULLY: OptionSpec = { name: 'random-fully', key: 'random-fully', values: 0 }
export const PERSISTENT: OptionSpec = { name: 'persistent', key: 'persistent', values: 0 }

/** The range that the options make; `to` is the key of the option with addresses or ports. */
export function readNatRange(reader: OptionReader, to: string, shifted: ShiftedPorts): NatRange {
  const use = reader.find(to)
  const range =
    use === undefined
      ? NO_RANGE
      : to === 'to-ports'
        ? readPorts(reader, use, use.values[0].text, shifted)
        : readTo(reader, use, shifted)
  return {
    ...range,
    random: reader.find('random') !== undefined,
    randomFully: reader.find('random-fully') !== undefined,
    persistent: reader.find('persistent') !== undefined,
  }
}

/** The options as iptables-save prints them. */
export function printNatRange(name: string, family: Family, range: NatRange): string {
  const text = printTo(range, family)
  const shown = name === 'to-ports' && text.startsWith(':') ? text.slice(1) : text
  return (
    (shown === '' ? '' : printOption(name, shown)) +
    (range.random ? ' --random' : '') +
    (range.randomFully ? ' --random-fully' : '') +
    (range.persistent ? ' --persistent' : '')
  )
}

function printTo({ addresses, ports, base }: NatRange, family: Family): string {
  let text = ''
  if (addresses !== null) {
    const [from, to] = addresses.map(printAddress)
    const both = from === to ? from : `${from}-${to}`
    text = family === 6 && ports !== null ? `[${both}]` : both
  }
  if (ports === null) return text
  const [first, last] = ports
  return `${text}:${first}${first === last ? '' : `-${last}`}${base === null ? '' : `/${base}`}`
}

/** `address[-address][:ports]`, IPv6 with ports in brackets; or `:ports` alone. */
function readTo(reader: OptionReader, use: OptionUse, shifted: ShiftedPorts): NatRange {
  const [value] = use.values
  const { text } = value
  const bad = (): NatRange => {
    reader.problem(value, `"${text}" is no IPv${reader.family} address[-address][:port[-port]]`)
    return NO_RANGE
  }
  const bracket = text.indexOf('[')
  const close = text.indexOf(']', bracket)
  let addresses = text
  let colon = text.indexOf(':')
  let start = 0
  if (bracket < 0) {
    if (colon >= 0 && text.includes(':', colon + 1)) colon = -1
    if (colon >= 0) addresses = text.slice(0, colon)
  } else {
    if (close < 0 || reader.family === 4) return bad()
    colon = text.indexOf(':', close)
    start = bracket + 1
    addresses = text.slice(start, close)
  }
  const range = colon < 0 ? NO_RANGE : readPorts(reader, use, text.slice(colon + 1), shifted)
  // Nothing, or empty brackets, in front of the ports.
  if (colon === 0 || colon === 2) return range
  const dash = addresses.indexOf('-')
  const from = strictAddress(dash < 0 ? addresses : addresses.slice(0, dash), reader.family)
  const to = dash < 0 ? from : strictAddress(addresses.slice(dash + 1), reader.family)
  return from === null || to === null ? bad() : { ...range, addresses: [from, to] }
}

/** inet_pton(3): nothing may be left out. */
function strictAddress(text: string, family: Family): readonly number[] | null {
  if (family === 4 && !/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return null
  return parseAddress(text, family)
}

/** `port`, `from-to`, or `from-to/base`; the first and the base may be names of services. */
function readPorts(reader: OptionReader, use: OptionUse, text: string, shifted: ShiftedPorts): NatRange {
  const [value] = use.values
  if (!mayHavePorts(use.protocol)) reader.problem(value, 'ports need -p tcp, udp, sctp, dccp or icmp in front')
  const bad = (what: string): NatRange => {
    reader.problem(value, `"${what}" is no port or range of ports`, likelyServices(what))
    return NO_RANGE
  }
  const first = readNumber(text)
  if (first === null || first.value > MAX_PORT) {
    const port = anyServicePort(text)
    return port === null ? bad(text) : { ...NO_RANGE, ports: [port, port] }
  }
  if (first.end === text.length) return { ...NO_RANGE, ports: [first.value, first.value] }
  const second = text[first.end] === '-' ? readNumber(text, first.end + 1) : null
  if (second === null || second.value > MAX_PORT) return bad(text)
  if (second.value < first.value) {
    reader.problem(value, `the range ${text} ends before it begins`)
    return NO_RANGE
  }
  const ports = [first.value, second.value] as const
  if (second.end === text.length) return { ...NO_RANGE, ports }
  if (text[second.end] !== '/') return bad(text)
  return { ...NO_RANGE, ports, base: readBase(reader, value, text.slice(second.end + 1), shifted) }
}

/** What follows the number is not looked at, as iptables does. */
function readBase(reader: OptionReader, value: Token, text: string, shifted: ShiftedPorts): number {
  const number = readNumber(text)
  const base = number !== null && number.value > 0 && number.value <= MAX_PORT ? number.value : anyServicePort(text)
  if (base === null) reader.problem(value, `"${text}" is no port`, likelyServices(text))
  if (shifted === 'refused') reader.problem(value, 'ports cannot be shifted here')
  return shifted === 'kept' ? (base ?? 0) : 0
}

function mayHavePorts(protocol: ProtocolMatch | null): boolean {
  return protocol !== null && WITH_PORTS.has(protocol.number)
}

function likelyServices(text: string): Iterable<string> | undefined {
  return /^[a-z]/i.test(text) ? serviceNames() : undefined
}
