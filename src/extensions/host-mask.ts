/**
 * An address with a mask, as options take one that packets' or connections' addresses are compared with.
 * iptables: XTTYPE_HOSTMASK, libxtables/xtoptions.c.
 */
import { FULL_MASK, lengthOfMask, maskOfLength, parseHostAddress, printAddress } from '../ruleset/address.js'
import { wholeNumber } from '../ruleset/number-text.js'
import type { Family } from '../ruleset/ruleset.js'
import type { OptionReader } from './option-reader.js'

export interface HostAndMask {
  readonly address: readonly number[]
  readonly mask: readonly number[]
}

/** `address`, `address/length` or `address/mask`. The address keeps the bits that the mask leaves out. */
export function readHostAndMask(
  reader: OptionReader,
  key: string,
): { readonly value: HostAndMask; readonly inverted: boolean } | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const { family } = reader
  const value = use.values[0]
  const slash = value.text.indexOf('/')
  const address = parseHostAddress(slash < 0 ? value.text : value.text.slice(0, slash), family)
  const mask = slash < 0 ? FULL_MASK[family] : parseHostMask(value.text.slice(slash + 1), family)
  if (address === null) {
    reader.problem(value, `"${value.text}" is no IPv${family} address; hookline does not look up names`)
  }
  if (mask === null) reader.problem(value, `"${value.text}" has no mask or prefix length behind the slash`)
  return {
    value: { address: address ?? [0, 0, 0, 0], mask: mask ?? FULL_MASK[family] },
    inverted: use.inverted,
  }
}

/** The mask is left out where all bits count. */
export function printHostAndMask({ address, mask }: HostAndMask): string {
  const length = lengthOfMask(mask)
  return length === address.length * 32 ? printAddress(address) : `${printAddress(address)}/${length}`
}

/** A prefix length, or a written mask; one whose ones are not all in front counts as full. */
function parseHostMask(text: string, family: Family): readonly number[] | null {
  const length = wholeNumber(text, 0, family === 6 ? 128 : 32)
  if (length !== null) return maskOfLength(length, family)
  const mask = parseHostAddress(text, family)
  return mask === null || lengthOfMask(mask) >= 0 ? mask : FULL_MASK[family]
}
