/**
 * The tests that every rule can have without a match: addresses, interfaces, protocol. Read and printed as iptables
 * does. iptables: xtables_ipparse_multiple(), xtables_parse_interface(), save_rule_details() (v1.8.9).
 */
import { listItems, type ProblemSink, type Token } from '../extensions/option-reader.js'
import {
  ANY_ADDRESS,
  FULL_MASK,
  lengthOfMask,
  maskAddress,
  parseAddress,
  parseMask,
  printAddress,
} from '../ruleset/address.js'
import { wholeNumber } from '../ruleset/number-text.js'
import { protocolName, protocolNames, protocolNumber } from '../ruleset/protocols.js'
import type { AddressMatch, Family, InterfaceMatch, ProtocolMatch, Rule } from '../ruleset/ruleset.js'

/** Kernel: IFNAMSIZ - 1. */
const LONGEST_INTERFACE = 15

/** One or more addresses with masks, separated by commas; each makes a rule of its own. Null is any address. */
export function readAddresses(
  value: Token,
  inverted: boolean,
  family: Family,
  report: ProblemSink,
): readonly (AddressMatch | null)[] {
  return listItems(value).map((item) => {
    const match = readAddress(item, inverted, family)
    if (typeof match !== 'string') return match
    report(item, match)
    return null
  })
}

/** A message when it is no address. */
function readAddress(item: Token, inverted: boolean, family: Family): AddressMatch | null | string {
  const text = item.text.trimStart()
  const slash = text.lastIndexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const mask = slash < 0 ? FULL_MASK[family] : parseMask(text.slice(slash + 1), family)
  if (mask === null) return ofOtherFamily(written, family) ?? `"${text.slice(slash + 1)}" is no mask or prefix length`
  if (mask.every((word) => word === 0)) {
    return inverted ? { address: ANY_ADDRESS[family], mask, inverted } : null
  }
  const address = parseAddress(written, family)
  if (address !== null) return { address: maskAddress(address, mask), mask, inverted }
  return ofOtherFamily(written, family) ?? `"${written}" is no IPv${family} address; hookline does not look up names`
}

/** A message when it is an address of the other family. */
function ofOtherFamily(written: string, family: Family): string | null {
  const other = family === 4 ? 6 : 4
  if (parseAddress(written, other) === null || !written.includes(other === 6 ? ':' : '.')) return null
  return `"${written}" is an IPv${other} address, but these are IPv${family} rules`
}

export function readInterface(value: Token, inverted: boolean, report: ProblemSink): InterfaceMatch {
  if (value.text === '') report(value, 'the name of the interface is empty')
  if (Buffer.byteLength(value.text) > LONGEST_INTERFACE) {
    report(value, `the interface name "${value.text}" is longer than ${LONGEST_INTERFACE} characters`)
  }
  return { name: value.text, inverted }
}

export function readProtocolMatch(value: Token, inverted: boolean, report: ProblemSink): ProtocolMatch {
  const name = value.text.toLowerCase()
  const number = wholeNumber(name, 0, 255) ?? protocolNumber(name)
  if (number === null) report({ ...value, text: name }, `unknown protocol "${value.text}"`, protocolNames())
  if (number === 0 && inverted) report(value, 'a rule for no protocol would never match')
  return protocolMatch(number ?? 0, inverted)
}

const protocolMatches: ProtocolMatch[] = []

/** Equal tests are one object: thousands of rules have the same few. */
function protocolMatch(number: number, inverted: boolean): ProtocolMatch {
  return (protocolMatches[number * 2 + (inverted ? 1 : 0)] ??= { number, inverted })
}

/** The name of the match that `-p` brings along for its options: `tcp` for `-p tcp` or `-p 6`. */
export function matchOfProtocol(value: Token): string | null {
  const name = value.text.toLowerCase()
  const number = wholeNumber(name, 0, 255)
  return number === null ? name : protocolName(number)
}

/** The tests as iptables-save prints them, each with a space in front. */
export function printHeader(rule: Rule): string {
  return (
    printAddressMatch('s', rule.source) +
    printAddressMatch('d', rule.destination) +
    printInterface('i', rule.inInterface) +
    printInterface('o', rule.outInterface) +
    printProtocol(rule.protocol) +
    (rule.fragment === null ? '' : `${bang(rule.fragment.inverted)} -f`)
  )
}

function printAddressMatch(letter: string, match: AddressMatch | null): string {
  if (match === null) return ''
  const length = lengthOfMask(match.mask)
  const mask = length < 0 ? printAddress(match.mask) : `${length}`
  return `${bang(match.inverted)} -${letter} ${printAddress(match.address)}/${mask}`
}

/** `+` alone is any interface, and is not printed, not even inverted. */
function printInterface(letter: string, match: InterfaceMatch | null): string {
  return match === null || match.name === '+' ? '' : `${bang(match.inverted)} -${letter} ${match.name}`
}

function printProtocol(match: ProtocolMatch | null): string {
  if (match === null || match.number === 0) return ''
  return `${bang(match.inverted)} -p ${protocolName(match.number) ?? match.number}`
}

function bang(inverted: boolean): string {
  return inverted ? ' !' : ''
}
