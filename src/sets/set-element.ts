/**
 * One element of a set, as `ipset save` writes it: its parts with commas between.
 */
import { lengthOfMask, maskAddress, maskOfLength, parseHostAddress } from '../ruleset/address.js'
import { wholeNumber } from '../ruleset/number-text.js'
import { protocolNumber } from '../ruleset/protocols.js'
import type { Family } from '../ruleset/ruleset.js'
import { namedIcmp } from './icmp-names.js'
import type { SetData, SetElement } from './set.js'

/** A word of a line; `start` counts from 0. */
export interface Word {
  readonly text: string
  readonly start: number
}

type Parts = Omit<SetElement, 'wildcard' | 'noMatch' | 'timeout' | 'packets' | 'bytes' | 'info'>
type Report = (at: Word, message: string) => void

const ICMP = 1
const ICMPV6 = 58
const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }
const NOTHING: Parts = {
  address: [],
  address2: [],
  prefix: 0,
  prefix2: 0,
  protocol: 0,
  port: 0,
  mark: 0,
  mac: null,
  interfaceName: null,
  member: null,
}

/** Null, reported, when it is no element of the set. */
export function parseElement(word: Word, set: SetData, report: Report): Parts | null {
  const texts = word.text.split(',')
  const { parts } = set
  const optional = set.type === 'bitmap:ip,mac' ? 1 : 0
  if (texts.length > parts.length || texts.length < parts.length - optional) {
    report(word, `an element of a ${set.type} has ${parts.length} parts: ${parts.join(',')}`)
    return null
  }
  const element = { ...NOTHING }
  let start = word.start
  for (const [index, text] of texts.entries()) {
    const at = { text, start }
    start += text.length + 1
    const read = readPart(at, set, parts[index])
    if (read === null) {
      report(at, `"${text}" is no ${parts[index].replace('2', '')} of a ${set.type}${familyOf(set)}`)
      return null
    }
    Object.assign(element, read)
  }
  return element
}

function familyOf({ family }: SetData): string {
  return family === null ? '' : ` of IPv${family}`
}

function readPart({ text }: Word, set: SetData, part: SetData['parts'][number]): Partial<Parts> | null {
  switch (part) {
    case 'ip':
    case 'ip2':
    case 'net':
    case 'net2': {
      const read = readNetwork(text, set, part.startsWith('net'))
      if (read === null) return null
      return part.endsWith('2')
        ? { address2: read.address, prefix2: read.prefix }
        : { address: read.address, prefix: read.prefix }
    }
    case 'port':
      return readPort(text, set)
    case 'mark': {
      const mark = wholeNumber(text, 0, 0xffffffff)
      return mark === null ? null : { mark: (mark & set.markMask) >>> 0 }
    }
    case 'mac': {
      if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return null
      const digits = text.replaceAll(':', '')
      return { mac: [Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8), 16)] }
    }
    case 'iface':
      return /^[^\s:/]{1,15}$/.test(text) ? { interfaceName: text } : null
    case 'set':
      return { member: text }
  }
}

interface Network {
  readonly address: readonly number[]
  readonly prefix: number
}

function readNetwork(text: string, set: SetData, nets: boolean): Network | null {
  const family = set.family ?? 4
  const [written, length] = text.split('/')
  const address = parseHostAddress(written, family)
  const least = set.type === 'hash:net,iface' || set.type.startsWith('hash:net,net') ? 0 : 1
  const prefix = length === undefined ? BITS[family] : wholeNumber(length, least, BITS[family])
  if (address === null || prefix === null) return null
  if (nets) return { address: maskAddress(address, maskOfLength(prefix, family)), prefix }
  // A netmask makes ipset write elements as networks of that length.
  if (prefix !== BITS[family] && prefix !== lengthOfMask(set.mask)) return null
  const masked = maskAddress(address, set.mask)
  const { range } = set
  if (range !== null && (masked[0] < (range[0] & set.mask[0]) >>> 0 || masked[0] > range[1])) return null
  return { address: masked, prefix: BITS[family] }
}

/** `80`, `tcp:80`, `icmp:8/0`, `icmp:echo-request`, `gre:0`; bitmap:port has no protocols. */
function readPort(text: string, set: SetData): Partial<Parts> | null {
  const colon = text.indexOf(':')
  const bitmap = set.type === 'bitmap:port'
  const protocol = colon < 0 ? (bitmap ? 0 : 6) : protocolOf(text.slice(0, colon))
  const [first, code] = text.slice(colon + 1).split('/')
  if (protocol === null || (bitmap && colon >= 0)) return null
  if (code !== undefined) {
    const numbers = [wholeNumber(first, 0, 255), wholeNumber(code, 0, 255)]
    if ((protocol !== ICMP && protocol !== ICMPV6) || numbers.includes(null)) return null
    return { protocol, port: (numbers[0] ?? 0) * 256 + (numbers[1] ?? 0) }
  }
  const port = namedIcmp(protocol, first) ?? wholeNumber(first, 0, 65535)
  if (port === null || (set.range !== null && (port < set.range[0] || port > set.range[1]))) return null
  return { protocol, port }
}

function protocolOf(name: string): number | null {
  return wholeNumber(name, 0, 255) ?? protocolNumber(name)
}
