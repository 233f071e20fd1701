/**
 * The ports that NAT may make of one another: those that a family's table nat maps destinations to, and those that it
 * asks for. In: rulesets. Out: a bit for each port. It is no more than a guess: it decides which packets meet in one
 * shard, and where others had to, the replay notices (src/engine/second-replay.ts).
 */
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { Family, Rule, Ruleset } from '../ruleset/ruleset.js'

/** Bytes of one bit for each port. */
export const NAMED_PORTS_BYTES = 8192
/** Who names more at once names none in particular. */
const MOST_IN_RANGE = 256

type PortRange = readonly [number, number]

/** Bit `port & 7` of byte `port >> 3`; all 0 where no destination gets another port. */
export function namedPorts(rulesets: readonly Ruleset[], family: Family): Uint8Array {
  const bits = new Uint8Array(NAMED_PORTS_BYTES)
  const rules = rulesets
    .filter((ruleset) => ruleset.family === family)
    .flatMap(({ tables }) => tables.filter(({ name }) => name === 'nat'))
    .flatMap(({ chains }) => chains.flatMap((chain) => chain.rules))
  const mapped = rules.flatMap((rule) => mappedTo(rule, family))
  if (mapped.length === 0) return bits
  for (const [first, last] of [...mapped, ...rules.flatMap((rule) => askedFor(rule, family))]) {
    if (last - first >= MOST_IN_RANGE) continue
    for (let port = first; port <= last; port++) bits[port >> 3] |= 1 << (port & 7)
  }
  return bits
}

function mappedTo({ target }: Rule, family: Family): readonly PortRange[] {
  if (target.kind !== 'extension') return []
  return targetExtension(target.name, family).destinationPorts?.(target.options) ?? []
}

function askedFor({ matches }: Rule, family: Family): readonly PortRange[] {
  return matches.flatMap(({ name, options }) => matchExtension(name, family).destinationPorts?.(options) ?? [])
}
