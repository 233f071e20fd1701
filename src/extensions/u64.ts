/**
 * Numbers of 64 bits as options write them.
 */
import { readNumber } from '../ruleset/number-text.js'
import type { OptionReader, Token } from './option-reader.js'

const MOST = 2n ** 64n - 1n

/** A number, decimal, 0x hexadecimal or octal, up to 64 bits. */
export function readU64(reader: OptionReader, value: Token): bigint {
  const read = readNumber(value.text)
  const exact = read !== null && read.end === value.text.length ? exactNumber(value.text) : null
  if (exact !== null && exact <= MOST) return exact
  reader.problem(value, `"${value.text}" is no number from 0 to ${MOST}`)
  return 0n
}

function exactNumber(text: string): bigint {
  const digits = text.trim().replace(/^\+/, '')
  return BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
}
