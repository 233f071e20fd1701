/**
 * Numbers as C's strtoul reads them: what iptables and the resolver accept wherever a number is written.
 */

export interface NumberText {
  /** Above 2^53 it is not exact any more, but still large. */
  readonly value: number
  /** Index behind the last digit. */
  readonly end: number
}

/**
 * The unsigned number at `at`: decimal, `0x` hexadecimal or, with a leading 0, octal. White space and a plus sign
 * may stand in front. Null when there is none, or a minus sign.
 */
export function readNumber(text: string, at = 0): NumberText | null {
  const start = skipSign(text, at)
  if (text.charCodeAt(start) !== 48) return readDigits(text, start, 10)
  const marker = text.charCodeAt(start + 1) | 32
  if (marker === 120 && digitOf(text.charCodeAt(start + 2)) < 16) return readDigits(text, start + 2, 16)
  return readDigits(text, start, 8)
}

/** The whole text as a number between `min` and `max`, or null. */
export function wholeNumber(text: string, min: number, max: number): number | null {
  const read = readNumber(text)
  return read !== null && read.end === text.length && read.value >= min && read.value <= max ? read.value : null
}

/** The same, but decimal whatever it begins with. */
export function readDecimal(text: string): NumberText | null {
  return readDigits(text, skipSign(text, 0), 10)
}

function skipSign(text: string, at: number): number {
  let start = at
  while (isSpace(text.charCodeAt(start))) start++
  return text.charCodeAt(start) === 43 ? start + 1 : start
}

function readDigits(text: string, at: number, base: number): NumberText | null {
  let end = at
  let value = 0
  for (let digit = digitOf(text.charCodeAt(end)); digit < base; digit = digitOf(text.charCodeAt(end))) {
    value = value * base + digit
    end++
  }
  return end === at ? null : { value, end }
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : 99
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}
