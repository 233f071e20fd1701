/**
 * What rulesets look at, gathered from their extensions and from the rules' own header tests.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import { Field, type FieldTest, type Scope } from '../extensions/extension.js'
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
  for (const { rule, family: own } of rulesOf(rulesets)) {
    if (own !== family) continue
    if (rule.matches.some((match) => matchExtension(match.name, family).tracks)) return true
    const { target } = rule
    if (target.kind !== 'extension') continue
    const extension = targetExtension(target.name, family)
    if (extension.tracksWith?.(target.options) ?? extension.tracks) return true
  }
  return false
}

/** True when a rule may give a connection different zones in its two directions. */
export function splitsZones(rulesets: readonly Ruleset[]): boolean {
  for (const { rule, family } of rulesOf(rulesets)) {
    const { target } = rule
    if (target.kind === 'extension' && targetExtension(target.name, family).splitsZones?.(target.options) === true) {
      return true
    }
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

/** The rules that give conntrack helpers to connections. */
export function* rulesWithHelpers(
  rulesets: readonly Ruleset[],
): Generator<{ readonly rule: Rule; readonly helper: number }, void> {
  for (const { rule, family } of rulesOf(rulesets)) {
    if (rule.target.kind !== 'extension') continue
    const helper = targetExtension(rule.target.name, family).givesHelper?.(rule.target.options) ?? 0
    if (helper !== 0) yield { rule, helper }
  }
}
