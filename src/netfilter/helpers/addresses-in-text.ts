/**
 * Addresses and numbers as they stand in payloads: read as far as they go.
 * Kernel: in4_pton(), in6_pton(), net/core/utils.c; simple_strtoul(), lib/vsprintf.c (v6.18).
 */
import { parseHostAddress } from '../../ruleset/address.js'

interface Read<Value> {
  readonly value: Value
  /** Behind its last character. */
  readonly end: number
}

const HIGHEST_BYTE = 255
/** Of an IPv6 address, with an IPv4 one at its end. */
const LONGEST = 48

/** The address of the family at `start`, which ends in front of `limit`; null when there is none. */
export function readAddress(text: string, start: number, limit: number, family: 4 | 6): Read<readonly number[]> | null {
  const part = text.slice(start, Math.min(limit, start + LONGEST))
  return family === 4 ? readIpv4(part, start) : readIpv6(part, start)
}

function readIpv4(part: string, start: number): Read<readonly number[]> | null {
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?![\da-fA-F.])/.exec(part)
  if (found === null) return null
  const bytes = found.slice(1).map(Number)
  if (bytes.some((byte) => byte > HIGHEST_BYTE)) return null
  const word = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0
  return { value: [word], end: start + found[0].length }
}

function readIpv6(part: string, start: number): Read<readonly number[]> | null {
  const found = /^[\da-fA-F:.]+/.exec(part)
  const words = found === null ? null : parseHostAddress(found[0], 6)
  return found === null || words === null ? null : { value: words, end: start + found[0].length }
}

/** Decimal digits at `start`, as many as there are, of which 32 bits are kept; 0 for none. */
export function readNumber(text: string, start: number): Read<number> {
  let end = start
  let value = 0
  for (let digit = digitAt(text, end); digit >= 0; digit = digitAt(text, ++end)) value = (value * 10 + digit) % 2 ** 32
  return { value, end }
}

/** -1 for no digit. */
export function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48
  return digit >= 0 && digit <= 9 ? digit : -1
}
