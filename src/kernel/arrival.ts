/**
 * The interface on which a packet arrives when its capture does not say: the one by which the box's routes lead
 * back to its source.
 */
import type { Words } from '../box/address.js'
import { ANY } from '../box/address.js'
import type { Box } from '../box/box.js'
import type { Family } from '../ruleset/ruleset.js'
import type { ArrivalInterface } from './injection.js'

/** A lookup by destination alone. */
const NOTHING_ELSE = {
  mark: 0,
  tos: 0,
  inInterface: 0,
  outInterface: 0,
  protocol: 0,
  srcPort: 0,
  dstPort: 0,
} as const

/** Answers for one box, remembered by source. */
export function arrivalBy(box: Box): ArrivalInterface {
  const known = new Map<string, string | null>()
  return (source, family) => {
    const key = source.toString('latin1')
    const before = known.get(key)
    if (before !== undefined) return before
    const name = leadingBack(box, wordsOf(source), family)
    known.set(key, name)
    return name
  }
}

function leadingBack(box: Box, source: Words, family: Family): string | null {
  const found = box.fib[family].lookup({ ...NOTHING_ELSE, source: ANY[family], destination: source })
  const name = found.kind === 'route' ? box.interfaceName(found.hop.interface) : ''
  return name === '' ? null : name
}

function wordsOf(address: Buffer): Words {
  return Array.from({ length: address.length / 4 }, (_, word) => address.readUInt32BE(4 * word))
}
