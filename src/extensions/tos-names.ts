/**
 * Values of the type of service byte as options write them: numbers, names, and the classes of its upper six bits.
 */
import { readNumber } from '../ruleset/number-text.js'
import type { OptionReader, Token } from './option-reader.js'

const TOS_NAMES: readonly (readonly [string, number])[] = [
  ['Minimize-Delay', 0x10],
  ['Maximize-Throughput', 0x08],
  ['Maximize-Reliability', 0x04],
  ['Minimize-Cost', 0x02],
  ['Normal-Service', 0x00],
]
/** The bits that a name gives: all but the precedence. */
const NAMED_BITS = 0x3f

const DSCP_CLASSES: readonly (readonly [string, number])[] = [
  ['CS0', 0x00],
  ['CS1', 0x08],
  ['CS2', 0x10],
  ['CS3', 0x18],
  ['CS4', 0x20],
  ['CS5', 0x28],
  ['CS6', 0x30],
  ['CS7', 0x38],
  ['BE', 0x00],
  ['AF11', 0x0a],
  ['AF12', 0x0c],
  ['AF13', 0x0e],
  ['AF21', 0x12],
  ['AF22', 0x14],
  ['AF23', 0x16],
  ['AF31', 0x1a],
  ['AF32', 0x1c],
  ['AF33', 0x1e],
  ['AF41', 0x22],
  ['AF42', 0x24],
  ['AF43', 0x26],
  ['EF', 0x2e],
]

/** `value`, `value/mask` or a name. */
export function readTos(reader: OptionReader, value: Token): { readonly value: number; readonly mask: number } {
  const number = readNumber(value.text)
  if (number !== null && number.value <= 255) return reader.valueAndMask(value, 255)
  const written = value.text.toLowerCase()
  const named = TOS_NAMES.find(([name]) => name.toLowerCase() === written)
  if (named === undefined) {
    reader.unknownName(
      value,
      'type of service',
      TOS_NAMES.map(([name]) => name),
    )
  }
  return { value: named?.[1] ?? 0, mask: NAMED_BITS }
}

/** A class; what stands behind its name is ignored. */
export function readDscpClass(reader: OptionReader, value: Token): number {
  const written = value.text.toUpperCase()
  const named = DSCP_CLASSES.find(([name]) => written.startsWith(name))
  if (named === undefined) {
    reader.unknownName(
      value,
      'DSCP class',
      DSCP_CLASSES.map(([name]) => name),
    )
  }
  return named?.[1] ?? 0
}
