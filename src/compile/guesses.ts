/**
 * Numbers for the matches and targets that ask what a capture does not tell, so that --unknown answers for them. In
 * a path they stand among the counters, with GUESS on top, once for each time that one answered so.
 */
import { matchExtension, targetExtension } from '../extensions/all.js'
import { usesExtension } from '../extensions/used-extensions.js'
import type { Ruleset } from '../ruleset/ruleset.js'
import { type CounterNumbers, partNumber } from './counters.js'

/** The bit that tells a guess from a counter. */
export const GUESS = 0x80000000

export interface GuessPlace {
  /** The rule's counter. */
  readonly counter: number
  /** `-m owner`, `-j TPROXY`. */
  readonly extension: string
}

export interface GuessNumbers {
  /** What each number names. */
  readonly places: readonly GuessPlace[]
  /** By `partNumber`. */
  readonly numbers: ReadonlyMap<number, number>
}

/** Numbers the guesses of the rulesets, in the order of the rules' counters. */
export function numberGuesses(rulesets: readonly Ruleset[], counters: CounterNumbers): GuessNumbers {
  const places: GuessPlace[] = []
  const numbers = new Map<number, number>()
  const guessing = rulesets.filter((ruleset) => usesExtension(ruleset, ({ guesses }) => guesses === true))
  for (const { family, tables } of guessing.toSorted((a, b) => a.family - b.family)) {
    for (const chain of tables.flatMap((table) => table.chains)) {
      const first = counters.rule(chain, 0)
      for (const [rule, { matches, target }] of chain.rules.entries()) {
        const counter = first + rule
        for (const [index, { name }] of matches.entries()) {
          if (matchExtension(name, family).guesses !== true) continue
          numbers.set(partNumber(counter, index), places.push({ counter, extension: `-m ${name}` }) - 1)
        }
        if (target.kind !== 'extension' || targetExtension(target.name, family).guesses !== true) continue
        numbers.set(partNumber(counter, 'target'), places.push({ counter, extension: `-j ${target.name}` }) - 1)
      }
    }
  }
  return { places, numbers }
}
