/**
 * Addresses and masks, text <-> words: one unsigned 32-bit number for IPv4, four (most significant first) for IPv6.
 * What is accepted and printed is what iptables accepts and prints.
 */
import { readNumber, wholeNumber } from './number-text.js'
import type { Family } from './ruleset.js'

export const ANY_ADDRESS: Readonly<Record<Family, readonly number[]>> = { 4: [0], 6: [0, 0, 0, 0] }
export const FULL_MASK: Readonly<Record<Family, readonly number[]>> = {
  4: [0xffffffff],
  6: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
}

/** By prefix length, as far as they were asked for. */
const MASKS: Readonly<Record<Family, (readonly number[])[]>> = { 4: [], 6: [] }

/** An address as iptables reads it in -s, -d and ranges: `10.1` is 10.1.0.0. Null when it is none. */
export function parseAddress(text: string, family: Family): readonly number[] | null {
  if (family === 6) return parseIpv6(text)
  const address = parseIpv4(text, true)
  return address === null ? null : [address]
}

/** An address as the resolver reads it, in options that take a host: `10.1` is 10.0.0.1. Null when it is none. */
export function parseHostAddress(text: string, family: Family): readonly number[] | null {
  if (family === 6) return parseIpv6(text)
  const address = parseInternetAddress(text)
  return address === null ? null : [address]
}

/** A mask: a prefix length, or written out as an address. Null when it is none. */
export function parseMask(text: string, family: Family): readonly number[] | null {
  const length = wholeNumber(text, 0, family === 6 ? 128 : 32)
  if (length !== null) return maskOfLength(length, family)
  const written = family === 6 ? parseIpv6(text) : parseIpv4(text, false)
  return typeof written === 'number' ? [written] : written
}

/** Masks of equal length are one object. */
export function maskOfLength(length: number, family: Family): readonly number[] {
  return (MASKS[family][length] ??= Array.from(FULL_MASK[family], (_, index) => prefixWord(length - index * 32)))
}

/** The prefix length of a mask, or -1 when its ones are not all in front. */
export function lengthOfMask(mask: readonly number[]): number {
  let length = 0
  for (const word of mask) {
    length += Math.clz32(~word)
    if (word !== 0xffffffff) break
  }
  return mask.every((word, index) => word === prefixWord(length - index * 32)) ? length : -1
}

export function maskAddress(address: readonly number[], mask: readonly number[]): readonly number[] {
  return address.map((word, index) => (word & mask[index]) >>> 0)
}

export function printAddress(address: readonly number[]): string {
  return address.length === 1 ? printIpv4(address[0]) : printIpv6(address)
}

export function printIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** As inet_ntop(3) prints it: the longest run of zeros as `::`, an embedded IPv4 address with dots. */
export function printIpv6(words: readonly number[]): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  const { from, length } = longestZeros(groups)
  let text = ''
  for (let index = 0; index < 8; index++) {
    if (index >= from && index < from + length) {
      if (index === from) text += ':'
      continue
    }
    if (index > 0) text += ':'
    if (index === 6 && from === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))) {
      return text + printIpv4(words[3])
    }
    text += groups[index].toString(16)
  }
  return from + length === 8 ? `${text}:` : text
}

/** The first longest run of zero groups; shorter ones than two are written out. */
function longestZeros(groups: readonly number[]): { readonly from: number; readonly length: number } {
  let best = { from: 8, length: 0 }
  let start = 0
  for (let index = 0; index <= 8; index++) {
    if (groups[index] === 0) continue
    if (index - start > best.length && index - start >= 2) best = { from: start, length: index - start }
    start = index + 1
  }
  return best.length === 0 ? { from: -1, length: 0 } : best
}

function prefixWord(length: number): number {
  if (length <= 0) return 0
  return length >= 32 ? 0xffffffff : (0xffffffff << (32 - length)) >>> 0
}

/** Four parts with dots; with `complete`, missing ones are zeros. */
function parseIpv4(text: string, complete: boolean): number | null {
  const plain = parseDottedDecimal(text)
  if (plain !== null) return plain
  const parts = text.split('.')
  if (parts.length > 4 || (parts.length < 4 && !complete)) return null
  let address = 0
  for (let index = 0; index < 4; index++) {
    const byte = index < parts.length ? wholeNumber(parts[index], 0, 255) : 0
    if (byte === null) return null
    address = address * 256 + byte
  }
  return address
}

/** The usual way to write an address, in one pass: four decimal numbers without leading zeros. Else null. */
function parseDottedDecimal(text: string): number | null {
  let address = 0
  let byte = -1
  let dots = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit === -2 && byte >= 0) {
      address = address * 256 + byte
      byte = -1
      dots++
    } else if (digit >= 0 && digit <= 9 && byte !== 0) {
      byte = byte < 0 ? digit : byte * 10 + digit
      if (byte > 255) return null
    } else {
      return null
    }
  }
  return dots === 3 && byte >= 0 ? address * 256 + byte : null
}

/** inet_aton(3): one to four parts, of which the last fills all bytes that remain. */
function parseInternetAddress(text: string): number | null {
  const parts = text.split('.')
  if (parts.length > 4) return null
  let address = 0
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1
    const read = /^[0-9]/.test(part) ? readNumber(part) : null
    if (read === null || read.end !== part.length || read.value > (last ? 256 ** (4 - index) - 1 : 255)) return null
    address += last ? read.value : read.value * 256 ** (3 - index)
  }
  return address
}

/** inet_pton(3). */
function parseIpv6(text: string): readonly number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : []
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  return [0, 2, 4, 6].map((index) => groups[index] * 0x10000 + groups[index + 1])
}

/** Groups between colons; the last one may be an IPv4 address when it ends the whole text. */
function parseGroups(text: string, ends: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else if (ends && index === parts.length - 1 && /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(part)) {
      const bytes = part.split('.').map(Number)
      if (bytes.some((byte) => byte > 255)) return null
      groups.push(bytes[0] * 256 + bytes[1], bytes[2] * 256 + bytes[3])
    } else {
      return null
    }
  }
  return groups
}
