/**
 * What rulesets look at, gathered from their extensions and from the rules' own header tests.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import {
  Field,
  type FieldTest,
  type MatchExtension,
  type Scope,
  type TargetExtension,
} from '../extensions/extension.js'
import { usesExtension } from '../extensions/used-extensions.js'
import type { Family, Rule, Ruleset } from '../ruleset/ruleset.js'

/** All fields that some rule reads. */
export function readFields(rulesets: readonly Ruleset[]): Set<Field> {
  const fields = new Set<Field>()
  for (const { rule, family } of rulesOf(rulesets)) {
    if (rule.inInterface !== null) fields.add(Field.InInterface)
    if (rule.outInterface !== null) fields.add(Field.OutInterface)
    if (rule.fragment !== null) fields.add(Field.Fragment)
    for (const match of rule.matches) {
      matchExtension(match.name, family)
        .reads(match.options)
        .forEach((field) => fields.add(field))
    }
    if (rule.target.kind === 'extension') {
      targetExtension(rule.target.name, family)
        .reads(rule.target.options)
        .forEach((field) => fields.add(field))
    }
  }
  return fields
}

/** How each match that reads the field depends on it; null where it does not say. Equal tests may come again. */
export function fieldTests(rulesets: readonly Ruleset[], field: Field): (FieldTest | null)[] {
  const tests: (FieldTest | null)[] = []
  for (const { rule, family } of rulesOf(rulesets)) {
    for (const match of rule.matches) {
      const extension = matchExtension(match.name, family)
      if (!extension.reads(match.options).includes(field)) continue
      tests.push(extension.fieldTest?.(match.options, field) ?? null)
    }
  }
  return tests
}

/** True when a rule of the family makes the kernel track connections. Kernel: nf_ct_netns_get(). */
export function tracks(rulesets: readonly Ruleset[], family: Family): boolean {
  const own = rulesets.filter((ruleset) => ruleset.family === family)
  if (own.some((ruleset) => usesExtension(ruleset, (each) => each.tracks && !('tracksWith' in each)))) return true
  const users = own.filter((ruleset) => usesExtension(ruleset, (each) => 'tracksWith' in each))
  return hasTarget(users, (target, options) => target.tracksWith?.(options) === true)
}

/** True when a rule may give a connection different zones in its two directions. */
export function splitsZones(rulesets: readonly Ruleset[]): boolean {
  const users = rulesets.filter((ruleset) => usesExtension(ruleset, (each) => 'splitsZones' in each))
  return hasTarget(users, (target, options) => target.splitsZones?.(options) === true)
}

/** True when a rule has a target of which it is true. */
export function hasTarget(
  rulesets: readonly Ruleset[],
  is: (target: TargetExtension<unknown>, options: unknown) => boolean,
): boolean {
  for (const { rule, family } of rulesOf(rulesets)) {
    const { target } = rule
    if (target.kind === 'extension' && is(targetExtension(target.name, family), target.options)) return true
  }
  return false
}

/** True when the kernel translates packets of the family: it has a table nat, and tracks. */
export function translates(rulesets: readonly Ruleset[], family: Family): boolean {
  const has = rulesets.some((ruleset) => ruleset.family === family && ruleset.tables.some(({ name }) => name === 'nat'))
  return has && tracks(rulesets, family)
}

/** How far the state of a match or target with these options reaches. */
export function scopeOf(
  extension: { readonly scope: Scope; scopeOf?(options: unknown, box: Box): Scope },
  options: unknown,
  box: Box,
): Scope {
  return extension.scopeOf?.(options, box) ?? extension.scope
}

export function* rulesOf(rulesets: readonly Ruleset[]): Iterable<{ readonly rule: Rule; readonly family: Family }> {
  for (const ruleset of rulesets) {
    for (const table of ruleset.tables) {
      for (const chain of table.chains) {
        for (const rule of chain.rules) yield { rule, family: ruleset.family }
      }
    }
  }
}

/** The rules of those rulesets that have such an extension at all. */
export function rulesWith(
  rulesets: readonly Ruleset[],
  is: (extension: MatchExtension<unknown> | TargetExtension<unknown>) => boolean,
): ReturnType<typeof rulesOf> {
  return rulesOf(rulesets.filter((ruleset) => usesExtension(ruleset, is)))
}

/** The rules that give conntrack helpers to connections. */
export function* rulesWithHelpers(
  rulesets: readonly Ruleset[],
): Generator<{ readonly rule: Rule; readonly helper: number }, void> {
  for (const { rule, family } of rulesWith(rulesets, (each) => 'givesHelper' in each)) {
    if (rule.target.kind !== 'extension') continue
    const helper = targetExtension(rule.target.name, family).givesHelper?.(rule.target.options) ?? 0
    if (helper !== 0) yield { rule, helper }
  }
}
