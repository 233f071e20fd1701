/**
 * The elements of an IPsec policy in the options of -m policy, --next between them: how they are read and printed.
 * iptables: extensions/libxt_policy.c.
 */
import type { OptionReader, OptionUse } from './option-reader.js'
import { hex, printOption } from './print-option.js'
import { readProtocol } from './protocol-option.js'
import { lengthOfMask, parseHostAddress, parseMask, printAddress } from '../ruleset/address.js'
import { protocolName } from '../ruleset/protocols.js'

/** The option uses of one element, by key. */
export type PolicyElement = ReadonlyMap<string, PolicyPart>

interface PolicyPart {
  readonly inverted: boolean
  /** As iptables-save prints it. */
  readonly text: string
}

const MOST_ELEMENTS = 4
const MOST = 0xffffffff
const PROTOCOLS = new Set([50, 51, 108])
const MODES = ['transport', 'tunnel']
/** In the order in which iptables-save prints them. */
const PRINTED: readonly (readonly [key: string, name: string])[] = [
  ['reqid', 'reqid'],
  ['spi', 'spi'],
  ['protocol', 'proto'],
  ['mode', 'mode'],
  ['destination', 'tunnel-dst'],
  ['source', 'tunnel-src'],
]

/** With `none`, no element counts. */
export function readPolicyElements(reader: OptionReader, strict: boolean, none: boolean): readonly PolicyElement[] {
  const elements: Map<string, PolicyPart>[] = [new Map()]
  for (const use of reader.uses) {
    const { key } = use.spec
    const current = elements[elements.length - 1]
    if (key === 'next') {
      if (!strict) reader.problem(use.name, '--next needs --strict')
      if (elements.push(new Map()) > MOST_ELEMENTS) reader.problem(use.name, `more than ${MOST_ELEMENTS} elements`)
    } else if (PRINTED.some(([known]) => known === key)) {
      if (current.has(key)) reader.problem(use.name, `--${use.spec.name} stands twice in one element`)
      current.set(key, { inverted: use.inverted, text: readPart(reader, use) })
    }
  }
  if (none) {
    if (strict) reader.problem(reader.name, '--strict cannot stand beside --pol none')
    if (elements.length > 1) reader.problem(reader.name, 'policy "none" has no elements')
    return []
  }
  for (const element of elements) checkElement(reader, element, strict)
  return elements
}

export function printPolicyElement(element: PolicyElement): string {
  return PRINTED.map(([key, name]) => {
    const part = element.get(key)
    return part === undefined ? '' : printOption(name, part.text, part.inverted)
  }).join('')
}

function checkElement(reader: OptionReader, element: PolicyElement, strict: boolean): void {
  if (strict && element.size === 0) reader.problem(reader.name, 'with --strict, no element can be empty')
  const mode = element.get('mode')
  const tunnel = mode !== undefined && (mode.text === 'tunnel') !== mode.inverted
  if (!tunnel && (element.has('source') || element.has('destination'))) {
    reader.problem(reader.name, '--tunnel-src and --tunnel-dst need --mode tunnel')
  }
}

function readPart(reader: OptionReader, { spec, values }: OptionUse): string {
  const [value] = values
  switch (spec.key) {
    case 'reqid':
      return `${reader.integer(value, 0, MOST)}`
    case 'spi':
      return hex(reader.integer(value, 0, MOST))
    case 'protocol': {
      const protocol = readProtocol(reader, value)
      if (!PROTOCOLS.has(protocol)) reader.problem(value, 'the protocol must be ah, esp or ipcomp')
      return protocolName(protocol) ?? `${protocol}`
    }
    case 'mode':
      if (!MODES.includes(value.text)) reader.unknownName(value, 'mode', MODES)
      return value.text
    default:
      return readHost(reader, value)
  }
}

/** An address with a mask: all of it where its ones are not all in front. */
function readHost(reader: OptionReader, value: OptionUse['values'][number]): string {
  const [host, ...masks] = value.text.split('/')
  const address = parseHostAddress(host, reader.family)
  const mask = masks.length === 0 ? null : parseMask(masks.join('/'), reader.family)
  if (address === null || (masks.length > 0 && mask === null)) {
    reader.problem(value, `"${value.text}" is no IPv${reader.family} address, or address/mask`)
    return value.text
  }
  const length = mask === null ? -1 : lengthOfMask(mask)
  return length < 0 || length === address.length * 32 ? printAddress(address) : `${printAddress(address)}/${length}`
}
