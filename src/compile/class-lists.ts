/**
 * What to know of each class of one number of a flow. In: rules, with the classes they stand with. Out: for each class
 * the rules that hold for it, and those that hold if the other numbers pass; equal lists are one object.
 */
import type { Candidate, ClassTest, FlowClass } from '../memory/flow-classes.js'
import type { Standing } from './standing-rules.js'

/** The lists of each of `count` classes; null when it takes more steps, rules times classes, than allowed. */
export function listClasses(
  standing: readonly Standing[],
  count: number,
  mostSteps: number,
): { readonly classes: FlowClass[]; readonly steps: number } | null {
  const beginning: Changes = Array.from({ length: count + 1 })
  const ending: Changes = Array.from({ length: count + 1 })
  for (const rule of standing) {
    for (const [first, last] of rule.classes) {
      ;(beginning[first] ??= []).push(rule)
      ;(ending[last + 1] ??= []).push(rule)
    }
  }
  const classes: FlowClass[] = []
  const lists = new Lists()
  let active: readonly Standing[] = []
  let steps = 0
  let current = lists.of(active)
  for (let index = 0; index < count; index++) {
    const [gone, come] = [ending[index], beginning[index]]
    if (gone !== undefined || come !== undefined) {
      active = changed(active, gone, come)
      steps += active.length
      if (steps > mostSteps) return null
      current = lists.of(active)
    }
    classes.push(current)
  }
  return { classes, steps }
}

/** By class: the rules that begin to stand with it, or that no longer do; in the order of their numbers. */
type Changes = (Standing[] | undefined)[]

/** Active rules in the order of their numbers. */
function changed(
  active: readonly Standing[],
  gone: readonly Standing[] | undefined,
  come: readonly Standing[] | undefined,
): readonly Standing[] {
  const left = gone === undefined ? active : gone.length === active.length ? [] : without(active, gone)
  return come === undefined ? left : left.length === 0 ? come : merged(left, come)
}

// Both lists are in order, and the second is part of the first.
function without(active: readonly Standing[], gone: readonly Standing[]): Standing[] {
  let next = 0
  return active.filter((rule) => rule !== gone[next] || (next++, false))
}

function merged(one: readonly Standing[], other: readonly Standing[]): Standing[] {
  const all: Standing[] = []
  let next = 0
  for (const rule of one) {
    while (next < other.length && other[next].rule < rule.rule) all.push(other[next++])
    all.push(rule)
  }
  while (next < other.length) all.push(other[next++])
  return all
}

/** Lists that are equal are one. */
class Lists {
  private readonly known = new Map<string, FlowClass>()
  private readonly knownHolding = new Map<string, readonly number[]>()
  private readonly closers = new Set<readonly ClassTest[]>()

  /**
   * What to know of a class: a rule behind one that holds and leaves the chain is never asked, nor does one hold behind
   * another that leaves the chain and has the same tests left.
   */
  of(active: readonly Standing[]): FlowClass {
    const holding: number[] = []
    const candidates: Candidate[] = []
    const closers = this.closers
    closers.clear()
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
    return this.shared(holding, candidates)
  }

  private shared(holding: readonly number[], candidates: readonly Candidate[]): FlowClass {
    const holdingKey = holding.join()
    const key = `${holdingKey} ${candidates.map(({ rule }) => rule).join()}`
    let made = this.known.get(key)
    if (made === undefined) {
      const same = this.knownHolding.get(holdingKey) ?? holding
      this.knownHolding.set(holdingKey, same)
      made = { holding: same, candidates }
      this.known.set(key, made)
    }
    return made
  }
}
