/**
 * Where each match and target with state of the whole capture (`limit` ...) keeps it: one stretch of shared memory,
 * in the order of the rules. Those whose states have the same name (lists of `recent` ...) keep it in one place.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { MatchExtension, TargetExtension } from '../extensions/extension.js'
import type { Family, Match, Ruleset, Target } from '../ruleset/ruleset.js'
import { rulesOf } from './reads.js'

export interface StatePlace {
  /** Where it begins in the stretch. */
  readonly offset: number
  /** The options of all that share it, in the order of the rules. */
  readonly sharers: readonly unknown[]
}

export interface StateLayout {
  /** Of all states together. */
  readonly bytes: number
  /** Where a match or target keeps its state; those without state are not in it. */
  readonly places: ReadonlyMap<Match | Target, StatePlace>
}

interface Share {
  readonly users: (Match | Target)[]
  readonly sharers: unknown[]
  bytes: number
}

/** What one rule's match or target asks for. */
interface Need {
  readonly size: number
  /** Undefined: it shares with nobody. */
  readonly name: string | undefined
  readonly addsUp: boolean
}

const ALIGNMENT = 64

export function layOutState(rulesets: readonly Ruleset[], box: Box): StateLayout {
  const shares: Share[] = []
  const named = new Map<string, Share>()
  const add = (user: Match | Target, options: unknown, { size, name, addsUp }: Need): void => {
    if (size === 0) return
    let share = name === undefined ? undefined : named.get(name)
    if (share === undefined) {
      share = { users: [], sharers: [], bytes: 0 }
      shares.push(share)
      if (name !== undefined) named.set(name, share)
    }
    share.users.push(user)
    share.sharers.push(options)
    share.bytes = addsUp ? share.bytes + size : Math.max(share.bytes, size)
  }
  for (const { rule, family } of rulesOf(rulesets)) {
    for (const match of rule.matches) {
      const extension = matchExtension(match.name, family)
      const { options } = match
      add(match, options, needOf(extension, options, box, family))
    }
    const { target } = rule
    if (target.kind !== 'extension') continue
    const extension = targetExtension(target.name, family)
    const { options } = target
    add(target, options, needOf(extension, options, box, family))
  }
  return place(shares)
}

function needOf(
  extension: MatchExtension<unknown> | TargetExtension<unknown>,
  options: unknown,
  box: Box,
  family: Family,
): Need {
  return {
    size: extension.stateBytes?.(options, box) ?? 0,
    name: extension.stateName?.(options, family),
    addsUp: extension.stateAddsUp === true,
  }
}

function place(shares: readonly Share[]): StateLayout {
  const places = new Map<Match | Target, StatePlace>()
  let bytes = 0
  for (const { users, sharers, bytes: size } of shares) {
    for (const user of users) places.set(user, { offset: bytes, sharers })
    bytes += Math.ceil(size / ALIGNMENT) * ALIGNMENT
  }
  return { bytes, places }
}
