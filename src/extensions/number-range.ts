/**
 * Ranges of numbers as SPIs, fragment ids and the like are written: `n` or `n:m`, both ends included.
 */
import type { OptionReader } from './option-reader.js'
import { printOption } from './print-option.js'

export interface NumberRange {
  readonly from: number
  readonly to: number
  readonly inverted: boolean
}

const MOST = 0xffffffff

/** The option's range; without the option, all 32 bits. */
export function readNumberRange(reader: OptionReader, key: string): NumberRange {
  const use = reader.find(key)
  if (use === undefined) return { from: 0, to: MOST, inverted: false }
  const [from, to] = reader.integerRange(use.values[0], MOST)
  return { from, to, inverted: use.inverted }
}

/** Nothing for all numbers, not even when inverted. */
export function printNumberRange(name: string, { from, to, inverted }: NumberRange): string {
  if (from === 0 && to === MOST) return ''
  return printOption(name, from === to ? `${from}` : `${from}:${to}`, inverted)
}

export function inNumberRange(value: number, { from, to, inverted }: NumberRange): boolean {
  return (value >= from && value <= to) !== inverted
}

/** A number that a field must have, or must not have; null: not asked for. */
export interface NumberTest {
  readonly value: number
  readonly inverted: boolean
}

export function readNumberTest(reader: OptionReader, key: string, max = MOST): NumberTest | null {
  const use = reader.find(key)
  if (use === undefined) return null
  return { value: reader.integer(use.values[0], 0, max), inverted: use.inverted }
}

export function printNumberTest(name: string, test: NumberTest | null): string {
  return test === null ? '' : printOption(name, `${test.value}`, test.inverted)
}

/** True when nothing is asked for. */
export function passesNumberTest(value: number, test: NumberTest | null): boolean {
  return test === null || (value === test.value) !== test.inverted
}
