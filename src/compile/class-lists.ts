/**
 * What to know of each class of one number of a flow. In: rules, with the classes they stand with. Out: for each class
 * the rules that hold for it, and those that hold if the other numbers pass; equal lists are one object.
 */
import type { Candidate, ClassTest, FlowClass } from '../memory/flow-classes.js'
import type { FlowField } from './rule-flow.js'
import type { Standing } from './standing-rules.js'

/** The lists of each of `count` classes; null when it takes more steps, rules times classes, than allowed. */
export function listClasses(
  standing: readonly Standing[],
  field: FlowField,
  count: number,
  mostSteps: number,
): { readonly classes: FlowClass[]; readonly steps: number } | null {
  const [begin, end] = changes(standing, field, count)
  const classes: FlowClass[] = []
  const known = new Map<string, FlowClass>()
  let active: Standing[] = []
  let steps = 0
  let current = listed([], known)
  for (let index = 0; index < count; index++) {
    const [ending, beginning] = [end[index], begin[index]]
    if (ending !== undefined || beginning !== undefined) {
      active = changed(active, ending, beginning)
      steps += active.length
      if (steps > mostSteps) return null
      current = listed(active, known)
    }
    classes.push(current)
  }
  return { classes, steps }
}

type Changes = (Standing[] | undefined)[]

/** By class: the rules that begin to stand with it, and those that no longer do. */
function changes(standing: readonly Standing[], field: FlowField, count: number): [Changes, Changes] {
  const begin: Changes = Array.from({ length: count + 1 })
  const end: Changes = Array.from({ length: count + 1 })
  for (const rule of standing) {
    if (rule.own.field !== Number(field)) continue
    for (const [first, last] of rule.own.classes) {
      ;(begin[first] ??= []).push(rule)
      ;(end[last + 1] ??= []).push(rule)
    }
  }
  return [begin, end]
}

/** Active rules in the order of their numbers. */
function changed(
  active: readonly Standing[],
  ending: readonly Standing[] | undefined,
  beginning: readonly Standing[] | undefined,
): Standing[] {
  const gone = new Set(ending)
  const left = ending === undefined ? [...active] : active.filter((rule) => !gone.has(rule))
  if (beginning === undefined) return left
  if (left.length > 0 && beginning.length < 8) {
    for (const rule of beginning) left.splice(positionOf(left, rule.rule), 0, rule)
    return left
  }
  return [...left, ...beginning].sort((one, other) => one.rule - other.rule)
}

function positionOf(rules: readonly Standing[], wanted: number): number {
  let low = 0
  let high = rules.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rules[middle].rule < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What to know of a class: a rule behind one that holds and leaves the chain is never asked, nor does one hold behind
 * another that leaves the chain and has the same tests left.
 */
function listed(active: readonly Standing[], known: Map<string, FlowClass>): FlowClass {
  const holding: number[] = []
  const candidates: Candidate[] = []
  const closers = new Set<readonly ClassTest[]>()
  let chain = -2
  let closed = false
  for (const { rule, chain: its, closes, rest } of active) {
    if (its !== chain) {
      chain = its
      closed = false
      closers.clear()
    }
    if (closed) continue
    if (rest.length === 0) {
      holding.push(rule)
      closed = closes
    } else if (!closers.has(rest)) {
      candidates.push({ rule, tests: rest })
      if (closes) closers.add(rest)
    }
  }
  const key = `${holding.join()} ${candidates.map(({ rule }) => rule).join()}`
  let made = known.get(key)
  if (made === undefined) {
    made = { holding: shared(holding, known), candidates }
    known.set(key, made)
  }
  return made
}

/** Lists that are equal are one. */
function shared(holding: readonly number[], known: Map<string, FlowClass>): readonly number[] {
  const key = `${holding.join()} `
  const same = known.get(key)
  if (same !== undefined) return same.holding
  known.set(key, { holding, candidates: [] })
  return holding
}
