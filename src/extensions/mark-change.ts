/**
 * How options change a mark: `mask` bits are cleared, then `mark` is exclusive-ored.
 * iptables: extensions/libxt_MARK.c, libxt_CONNMARK.c.
 */
import type { OptionReader, OptionUse } from './option-reader.js'

export interface MarkChange {
  readonly mark: number
  readonly mask: number
}

/** Names of the options, which exclude each other. */
export const MARK_OPERATIONS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark']

const ALL = 0xffffffff

export function readMarkChange(reader: OptionReader, { spec, values }: OptionUse): MarkChange {
  const [token] = values
  if (spec.key === 'set-xmark' || spec.key === 'set-mark') {
    const { value, mask } = reader.valueAndMask(token, ALL)
    return { mark: value, mask: spec.key === 'set-mark' ? (value | mask) >>> 0 : mask }
  }
  const bits = reader.integer(token, 0, ALL)
  if (spec.key === 'and-mark') return { mark: 0, mask: ~bits >>> 0 }
  return { mark: bits, mask: spec.key === 'or-mark' ? bits : 0 }
}
