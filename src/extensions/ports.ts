/**
 * Ports as options write them: numbers, service names, ranges.
 */
import { readDecimal, wholeNumber } from '../ruleset/number-text.js'
import type { FlowTest } from './extension.js'
import { listItems, type OptionReader, type Token } from './option-reader.js'
import { anyServicePort, serviceNames, servicePort } from './services.js'

/** First and last port. */
export type PortRange = readonly [number, number]

export const ALL_PORTS: PortRange = [0, 65535]

/** A port by number (decimal, hexadecimal, octal) or by the name of a service of the protocol. */
export function readPort(reader: OptionReader, value: Token, protocol: string): number {
  const port = wholeNumber(value.text, 0, 65535) ?? servicePort(value.text, protocol)
  if (port === null) reader.problem(value, `"${value.text}" is no port or ${protocol} service`, likelyServices(value))
  return port ?? 0
}

/** `port`, `from:to`, `:to`, `from:` as -m tcp takes them: from <= to. */
export function readPortRange(reader: OptionReader, value: Token, protocol: string): PortRange {
  const colon = value.text.indexOf(':')
  if (colon < 0) {
    const port = readPort(reader, value, protocol)
    return [port, port]
  }
  const [from, ...rest] = listItems(value, ':')
  const to = { ...rest[0], text: value.text.slice(colon + 1) }
  const range: PortRange = [
    from.text === '' ? 0 : readPort(reader, from, protocol),
    to.text === '' ? 65535 : readPort(reader, to, protocol),
  ]
  if (range[0] > range[1]) reader.problem(value, `the range ${value.text} ends before it begins`)
  return range
}

/** The same as the resolver reads it: decimal numbers, services of any protocol, and the ends in any order. */
export function readResolvedPortRange(reader: OptionReader, value: Token): PortRange {
  const ends = listItems(value, ':')
  if (ends.length > 2) reader.problem(value, `"${value.text}" has more than two ports`)
  if (ends.length === 1) {
    const port = readResolvedPort(reader, ends[0])
    return [port, port]
  }
  const [from, to] = ends
  return [readResolvedPort(reader, from), to.text === '' ? 65535 : readResolvedPort(reader, to)]
}

/** `5`, or `5:7`. */
export function printPortRange([from, to]: PortRange): string {
  return from === to ? `${from}` : `${from}:${to}`
}

export function inPortRange(port: number, [from, to]: PortRange): boolean {
  return port >= from && port <= to
}

/** A test of a flow's port. */
export function portTest(
  field: 'sourcePort' | 'destinationPort',
  ranges: readonly PortRange[],
  inverted: boolean,
): FlowTest {
  return { field, ranges: ranges.map(([from, to]) => ({ from: [from], to: [to] })), inverted }
}

/** getaddrinfo(3) takes numbers up to 31 bits, and 16 of them are kept; an empty text is port 0. */
export function readResolvedPort(reader: OptionReader, value: Token): number {
  if (value.text === '') return 0
  const number = readDecimal(value.text)
  if (number !== null && number.end === value.text.length && number.value <= 0x7fffffff) return number.value & 0xffff
  const port = anyServicePort(value.text)
  if (port === null) reader.problem(value, `"${value.text}" is no port or service`, likelyServices(value))
  return port ?? 0
}

/** Names are suggested where a name was written. */
function likelyServices(value: Token): Iterable<string> | undefined {
  return /^[a-z]/i.test(value.text) ? serviceNames() : undefined
}
