/**
 * MAC addresses as options take them. iptables: XTTYPE_ETHERMAC, libxtables/xtoptions.c.
 */
import type { OptionReader, Token } from './option-reader.js'

/** Six bytes of up to two hexadecimal digits; none are 0, a sign counts as a digit. */
export function readMac(reader: OptionReader, value: Token): number[] {
  const parts = value.text.split(':')
  if (parts.length === 6 && parts.every((part) => /^(?:[\da-f]{0,2}|[-+ \t][\da-f])$/i.test(part))) {
    return parts.map((part) => Number.parseInt(part.trim() || '0', 16) & 255)
  }
  reader.problem(value, `"${value.text}" is no MAC address such as 00:16:3e:00:00:01`)
  return [0, 0, 0, 0, 0, 0]
}

export function printMac(address: readonly number[]): string {
  return address.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
