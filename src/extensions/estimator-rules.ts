/**
 * The rules that measure and ask for rates: those of one name must measure alike, and who asks must name one.
 * Kernel: net/netfilter/xt_RATEEST.c, xt_rateest_tg_checkentry(); xt_rateest.c, xt_rateest_mt_checkentry() (v6.18).
 * Differs from the kernel: a rule may ask for what a later rule measures, as it may on a machine on which rules came
 * and went.
 */
import type { RateestMatchOptions } from './matches/rateest.js'
import type { EstimatorOptions } from './rate-estimator.js'
import { suggestion } from '../ruleset/nearest-name.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { Position, Rule, Ruleset } from '../ruleset/ruleset.js'

interface Measured {
  readonly options: EstimatorOptions
  readonly position: Position
}

/** What is wrong in `ruleset`, one of `all`. */
export function estimatorProblems(ruleset: Ruleset, all: readonly Ruleset[]): RulesProblem[] {
  const measured = new Map<string, Measured>()
  for (const each of all.flatMap(rulesIn).flatMap(measuredBy)) {
    if (!measured.has(each.options.name)) measured.set(each.options.name, each)
  }
  return rulesIn(ruleset).flatMap((rule) => [
    ...measuredBy(rule).flatMap((each) => differing(each, measured.get(each.options.name))),
    ...rule.matches
      .filter(({ name }) => name === 'rateest')
      .flatMap(({ options, position }) => {
        const { name1, name2 } = options as RateestMatchOptions
        const names = name2 === null ? [name1] : [name1, name2]
        return names.filter((name) => !measured.has(name)).map((name) => missing(name, position, measured.keys()))
      }),
  ])
}

function rulesIn({ tables }: Ruleset): readonly Rule[] {
  return tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))
}

function measuredBy({ target }: Rule): Measured[] {
  if (target.kind !== 'extension' || target.name !== 'RATEEST') return []
  return [{ options: target.options as EstimatorOptions, position: target.position }]
}

function differing({ options, position }: Measured, first: Measured | undefined): RulesProblem[] {
  if (first === undefined) return []
  const { name, interval, ewmaLog } = first.options
  if (options.interval === interval && options.ewmaLog === ewmaLog) return []
  const { file, line } = first.position
  const where = file === position.file ? `line ${line}` : `${file}:${line}`
  return [{ position, message: `rate estimator "${name}" has another interval or averaging time in ${where}` }]
}

function missing(name: string, position: Position, names: Iterable<string>): RulesProblem {
  return { position, message: `no -j RATEEST has --rateest-name "${name}"${suggestion(name, names)}` }
}
