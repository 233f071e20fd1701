/**
 * The address of a host, as options take one.
 */
import type { OptionReader, Token } from './option-reader.js'
import { ANY_ADDRESS, parseHostAddress } from '../ruleset/address.js'

/** Words of the address; what is none is reported. */
export function readHost(reader: OptionReader, value: Token): readonly number[] {
  const { family } = reader
  const address = parseHostAddress(value.text, family)
  if (address === null) {
    reader.problem(value, `"${value.text}" is no IPv${family} address; hookline does not look up names`)
  }
  return address ?? ANY_ADDRESS[family]
}
