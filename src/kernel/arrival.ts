/**
 * The interface on which a packet arrives when its capture does not say: the one by which the box's routes lead
 * back to its source.
 */
import type { Words } from '../box/address.js'
import type { Box } from '../box/box.js'
import type { Family } from '../ruleset/ruleset.js'
import type { ArrivalInterface } from './injection.js'

/** A lookup by addresses alone. */
const NOTHING_ELSE = {
  mark: 0,
  tos: 0,
  outInterface: 0,
  protocol: 0,
  srcPort: 0,
  dstPort: 0,
} as const

/** Answers for one box, remembered by addresses. */
export function arrivalBy(box: Box): ArrivalInterface {
  const known = new Map<string, string | null>()
  return (source, destination, family) => {
    const key = source.toString('latin1') + destination.toString('latin1')
    const before = known.get(key)
    if (before !== undefined) return before
    const name = leadingBack(box, wordsOf(source), wordsOf(destination), family)
    known.set(key, name)
    return name
  }
}

function leadingBack(box: Box, source: Words, destination: Words, family: Family): string | null {
  const back = { ...NOTHING_ELSE, inInterface: box.loopback, source: destination, destination: source }
  const found = box.fib[family].lookup(back)
  if (found.kind !== 'route' || found.route.type !== 'unicast') return null
  const name = box.interfaceName(found.hop.interface)
  return name === '' ? null : name
}

function wordsOf(address: Buffer): Words {
  return Array.from({ length: address.length / 4 }, (_, word) => address.readUInt32BE(4 * word))
}
