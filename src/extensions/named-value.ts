/**
 * Numbers that iproute2 has names for, with a mask: device groups and realms.
 * iptables: xtables_parse_val_mask(), xtables_print_val_mask(), libxtables/xtables.c.
 */
import type { OptionReader } from './option-reader.js'
import { hex } from './print-option.js'

export interface NamedValue {
  readonly value: number
  readonly mask: number
  readonly inverted: boolean
}

const ALL = 0xffffffff

/** Null without the option. `zero` is the name of 0, the only one that iproute2 brings along. */
export function readNamedValue(reader: OptionReader, key: string, zero: string): NamedValue | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const [value] = use.values
  const read = value.text === zero ? { value: 0, mask: ALL } : reader.valueAndMask(value, ALL)
  return { ...read, inverted: use.inverted }
}

export function printNamedValue(name: string, of: NamedValue | null, zero: string): string {
  if (of === null) return ''
  const { value, mask, inverted } = of
  const text = mask !== ALL ? `${hex(value)}/${hex(mask)}` : value === 0 ? zero : hex(value)
  return `${inverted ? ' !' : ''} --${name} ${text}`
}
