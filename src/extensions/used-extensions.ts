/**
 * Which matches and targets a ruleset has at all: of thousands of rules, most questions are for extensions that none of
 * them uses.
 */
import type { Ruleset } from '../ruleset/ruleset.js'
import { matchExtension, targetExtension } from './all.js'
import type { MatchExtension, TargetExtension } from './extension.js'

type Extension = MatchExtension<unknown> | TargetExtension<unknown>

const used = new WeakMap<Ruleset, readonly Extension[]>()

/** True when a rule of the ruleset has a match or target of which it is true. */
export function usesExtension(ruleset: Ruleset, is: (extension: Extension) => boolean): boolean {
  let extensions = used.get(ruleset)
  if (extensions === undefined) {
    extensions = extensionsOf(ruleset)
    used.set(ruleset, extensions)
  }
  return extensions.some(is)
}

function extensionsOf({ family, tables }: Ruleset): Extension[] {
  const matches = new Set<string>()
  const targets = new Set<string>()
  for (const { chains } of tables) {
    for (const { rules } of chains) {
      for (const { matches: its, target } of rules) {
        for (const { name } of its) matches.add(name)
        if (target.kind === 'extension') targets.add(target.name)
      }
    }
  }
  const ofMatches = [...matches].map((name) => matchExtension(name, family))
  return [...ofMatches, ...[...targets].map((name) => targetExtension(name, family))]
}
