/**
 * The rules that use sets: which sets they name, and which of them they change; and whether they are there.
 */
import type { SetOptions } from './matches/set.js'
import type { SetTargetOptions } from './targets/set.js'
import { usesExtension } from './used-extensions.js'
import { suggestion } from '../ruleset/nearest-name.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { Position, Ruleset } from '../ruleset/ruleset.js'
import type { SetData } from '../sets/set.js'

export interface NamedSet {
  readonly name: string
  readonly changes: boolean
  readonly position: Position
}

export function rulesUsing(rulesets: readonly Ruleset[]): NamedSet[] {
  const users = rulesets.filter((ruleset) => usesExtension(ruleset, ({ name }) => name === 'set' || name === 'SET'))
  const rules = users.flatMap(({ tables }) => tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)))
  return rules.flatMap(({ matches, target }) => {
    const named = matches
      .filter(({ name }) => name === 'set')
      .map(({ options, position }): NamedSet => ({ ...(options as SetOptions).use, changes: false, position }))
    if (target.kind !== 'extension' || target.name !== 'SET') return named
    const { add, remove, map } = target.options as SetTargetOptions
    const changes = [add, remove].map((use) => ({ use, changes: true }))
    const uses = [...changes, { use: map, changes: false }]
    return [
      ...named,
      ...uses.flatMap((each) =>
        each.use === null ? [] : { name: each.use.name, changes: each.changes, position: target.position },
      ),
    ]
  })
}

/** Rules that name a set which is not there, or which is for the other family. */
export function setProblems(ruleset: Ruleset, sets: readonly SetData[]): RulesProblem[] {
  const problems: RulesProblem[] = []
  for (const { name, position } of rulesUsing([ruleset])) {
    const set = sets.find((each) => each.name === name)
    if (set === undefined) {
      const meant = suggestion(
        name,
        sets.map((each) => each.name),
      )
      problems.push({ position, message: `there is no set "${name}"; give it with --sets or in the box${meant}` })
    } else if (set.family !== null && set.family !== ruleset.family) {
      problems.push({ position, message: `set "${name}" is for IPv${set.family}` })
    }
  }
  return problems
}
