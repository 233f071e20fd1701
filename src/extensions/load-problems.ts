/**
 * What the kernel refuses when it loads rules each of which is right by itself: they name what is not there, or
 * disagree with others.
 */
import { clusteripProblems } from './clusterip-rules.js'
import { estimatorProblems } from './estimator-rules.js'
import { setProblems } from './set-rules.js'
import { usesExtension } from './used-extensions.js'
import type { KernelProfile } from '../box/profile.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { Ruleset } from '../ruleset/ruleset.js'
import type { SetData } from '../sets/set.js'

/** Where rules are loaded. */
export interface LoadPlace {
  /** All that the machine has, of both families. */
  readonly rulesets: readonly Ruleset[]
  /** Null: not known. */
  readonly sets: readonly SetData[] | null
  readonly profile: KernelProfile | null
}

/** Problems of one of the place's rulesets. */
export function loadProblems(ruleset: Ruleset, { rulesets, sets, profile }: LoadPlace): RulesProblem[] {
  const uses = (...names: readonly string[]): boolean => usesExtension(ruleset, ({ name }) => names.includes(name))
  return [
    ...(sets === null ? [] : setProblems(ruleset, sets)),
    ...(uses('rateest', 'RATEEST') ? estimatorProblems(ruleset, rulesets) : []),
    ...(uses('CLUSTERIP') ? clusteripProblems(ruleset, profile) : []),
  ]
}
