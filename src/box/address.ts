/**
 * Addresses and prefixes as words: one unsigned 32-bit number for IPv4, four (most significant first) for IPv6.
 * In: text as native tools print it. Out: words; and the questions that the kernel asks of an address.
 */
import ipaddr from 'ipaddr.js'
import type { Family } from '../ruleset/ruleset.js'

export type Words = readonly number[]

export interface Address {
  readonly family: Family
  readonly words: Words
}

/** A prefix; `words` have no bits behind `length`. */
export interface Prefix {
  readonly words: Words
  readonly length: number
}

export const ANY: Readonly<Record<Family, Words>> = { 4: [0], 6: [0, 0, 0, 0] }

/** Bits in an address. */
export function addressBits(family: Family): number {
  return family === 4 ? 32 : 128
}

/** Null when the text is no address of either family. A zone (`%eth0`) is not part of an address. */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 4, words: toWords(ipaddr.IPv4.parse(text)) }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null
  return { family: 6, words: toWords(ipaddr.IPv6.parse(text)) }
}

/** `ADDRESS` or `ADDRESS/LENGTH`; `default` and `all` are the empty prefix. Null when it is none of the family. */
export function parsePrefix(text: string, family: Family): Prefix | null {
  if (text === 'default' || text === 'all' || text === 'any') return { words: ANY[family], length: 0 }
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null || address.family !== family) return null
  if (slash < 0) return { words: address.words, length: addressBits(family) }
  const digits = text.slice(slash + 1)
  const length = Number(digits)
  if (!/^\d{1,3}$/.test(digits) || length > addressBits(family)) return null
  return { words: masked(address.words, length), length }
}

/** Mask of the first `length` bits (0 to 32) of a word. */
export function wordMask(length: number): number {
  return length <= 0 ? 0 : (0xffffffff << (32 - Math.min(length, 32))) >>> 0
}

/** The address with all bits behind `length` cleared. */
export function masked(words: Words, length: number): Words {
  return words.map((word, index) => (word & wordMask(length - 32 * index)) >>> 0)
}

export function inPrefix(words: Words, prefix: Prefix): boolean {
  return prefix.words.every((word, index) => ((words[index] ^ word) & wordMask(prefix.length - 32 * index)) === 0)
}

export function sameAddress(a: Words, b: Words): boolean {
  return a.every((word, index) => word === b[index])
}

/** A key for maps: equal for equal addresses. */
export function addressKey(words: Words): number | string {
  return words.length === 1 ? words[0] : words.join(',')
}

function toWords(address: ipaddr.IPv4 | ipaddr.IPv6): Words {
  const bytes = address.toByteArray()
  const words: number[] = []
  for (let i = 0; i < bytes.length; i += 4) {
    words.push(((bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]) >>> 0)
  }
  return words
}

// IPv4. Kernel: include/linux/in.h.

export function isMulticast4(address: number): boolean {
  return address >>> 28 === 14
}

/** 224.0.0.0/24: never forwarded. */
export function isLocalMulticast4(address: number): boolean {
  return address >>> 8 === 0xe00000
}

export function isLoopback4(address: number): boolean {
  return address >>> 24 === 127
}

/** 0.0.0.0 alone: the rest of 0.0.0.0/8 are addresses like others since Linux 5.3. Kernel: ipv4_is_zeronet(). */
export function isZeronet4(address: number): boolean {
  return address === 0
}

/** 255.255.255.255. */
export function isLimitedBroadcast4(address: number): boolean {
  return address === 0xffffffff
}

// IPv6. Kernel: __ipv6_addr_type(), net/ipv6/addrconf_core.c.

export function isMulticast6(words: Words): boolean {
  return words[0] >>> 24 === 0xff
}

/** fe80::/10. */
export function isLinkLocal6(words: Words): boolean {
  return words[0] >>> 22 === 0x3fa
}

/** ::1. */
export function isLoopback6(words: Words): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 1
}

/** ::. */
export function isAny6(words: Words): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0
}

/** Neither multicast, nor ::, nor IPv4-mapped. */
export function isUnicast6(words: Words): boolean {
  const mapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff
  return !isMulticast6(words) && !isAny6(words) && !mapped
}

/** ff02::1:ff00:0/104 with the last 24 bits of a unicast address. */
export function solicitedNode(words: Words): Words {
  return [0xff020000, 0, 1, (0xff000000 | (words[3] & 0xffffff)) >>> 0]
}
