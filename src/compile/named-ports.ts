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

/** Bit `port & 7` of byte `port >> 3`; all 0 where no destination gets another port. */
export function namedPorts(rulesets: readonly Ruleset[], family: Family): Uint8Array {
  const bits = new Uint8Array(NAMED_PORTS_BYTES)
  let maps = false
  for (const { matches, target } of natRules(rulesets, family)) {
    for (const { name, options } of matches) {
      addRanges(bits, matchExtension(name, family).destinationPorts?.(options))
    }
    if (target.kind !== 'extension') continue
    const mapped = targetExtension(target.name, family).destinationPorts?.(target.options)
    addRanges(bits, mapped)
    maps ||= mapped !== undefined && mapped.length > 0
  }
  return maps ? bits : bits.fill(0)
}

function* natRules(rulesets: readonly Ruleset[], family: Family): Generator<Rule, void> {
  for (const { tables } of rulesets.filter((ruleset) => ruleset.family === family)) {
    for (const { chains } of tables.filter(({ name }) => name === 'nat')) {
      for (const { rules } of chains) yield* rules
    }
  }
}

function addRanges(bits: Uint8Array, ranges: readonly (readonly [number, number])[] | undefined): void {
  for (const [first, last] of ranges ?? []) {
    if (last - first >= MOST_IN_RANGE) continue
    for (let port = first; port <= last; port++) bits[port >> 3] |= 1 << (port & 7)
  }
}
