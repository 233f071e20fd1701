/**
 * Numbers with a fraction at the beginning of a text, as strtod(3) reads them.
 */

export interface RealNumber {
  readonly value: number
  /** What stands behind it. */
  readonly rest: string
}

/** Null when the text begins with no number; what has no end is no number in what comes back. */
export function readReal(text: string): RealNumber | null {
  const hexadecimal = /^\s*([+-]?)0x([\da-f]+)(?![\d.p])/i.exec(text)
  if (hexadecimal !== null) {
    const [whole, sign, digits] = hexadecimal
    return { value: Number.parseInt(digits, 16) * (sign === '-' ? -1 : 1), rest: text.slice(whole.length) }
  }
  const endless = /^\s*[+-]?(?:inf(?:inity)?|nan)/i.exec(text)
  if (endless !== null) return { value: Number.NaN, rest: text.slice(endless[0].length) }
  const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i.exec(text)
  return decimal === null ? null : { value: Number(decimal[0]), rest: text.slice(decimal[0].length) }
}

/** A real number made a whole one of 32 bits, as C does it on 64-bit machines. */
export function truncatedTo32(value: number): number {
  const whole = Math.trunc(value)
  return Math.abs(whole) < 2 ** 63 ? Number(BigInt.asUintN(32, BigInt(whole))) : 0
}
