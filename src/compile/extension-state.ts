/**
 * Where each match and target with state of the whole capture (`limit` ...) keeps it: one stretch of shared memory,
 * in the order of the rules. Those whose states have the same name (lists of `recent` ...) keep it in one place.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { MatchExtension, TargetExtension } from '../extensions/extension.js'
import { usesExtension } from '../extensions/used-extensions.js'
import type { Family, Ruleset } from '../ruleset/ruleset.js'
import { type CounterNumbers, partNumber } from './counters.js'

/** Plain data, also for threads. */
export interface StateLayout {
  /** Of all states together. */
  readonly bytes: number
  /** Where in the stretch a match or target keeps its state, by `partNumber`; those without state are not in it. */
  readonly offsets: ReadonlyMap<number, number>
  /** By offset of a state with a name: the options of all that share it, in the order of the rules. */
  readonly sharers: ReadonlyMap<number, readonly unknown[]>
}

interface Share {
  readonly users: number[]
  /** Null when it has no name, and so one user. */
  readonly sharers: unknown[] | null
  bytes: number
}

/** What one rule's match or target asks for, if anything. */
interface Need {
  readonly size: number
  /** Undefined: it shares with nobody. */
  readonly name: string | undefined
  readonly addsUp: boolean
}

const ALIGNMENT = 64

export function layOutState(rulesets: readonly Ruleset[], counters: CounterNumbers, box: Box): StateLayout {
  const shares: Share[] = []
  const named = new Map<string, Share>()
  const add = (user: number, options: unknown, { size, name, addsUp }: Need): void => {
    let share = name === undefined ? undefined : named.get(name)
    if (share === undefined) {
      share = { users: [], sharers: name === undefined ? null : [], bytes: 0 }
      shares.push(share)
      if (name !== undefined) named.set(name, share)
    }
    share.users.push(user)
    share.sharers?.push(options)
    share.bytes = addsUp ? share.bytes + size : Math.max(share.bytes, size)
  }
  const keeping = rulesets.filter((ruleset) => usesExtension(ruleset, ({ scope }) => scope === 'trace'))
  for (const { family, tables } of keeping) {
    for (const chain of tables.flatMap(({ chains }) => chains)) {
      const first = counters.rule(chain, 0)
      for (const [rule, { matches, target }] of chain.rules.entries()) {
        for (const [index, { name, options }] of matches.entries()) {
          const need = needOf(matchExtension(name, family), options, box, family)
          if (need !== null) add(partNumber(first + rule, index), options, need)
        }
        if (target.kind !== 'extension') continue
        const { name, options } = target
        const need = needOf(targetExtension(name, family), options, box, family)
        if (need !== null) add(partNumber(first + rule, 'target'), options, need)
      }
    }
  }
  return place(shares)
}

function needOf(
  extension: MatchExtension<unknown> | TargetExtension<unknown>,
  options: unknown,
  box: Box,
  family: Family,
): Need | null {
  const size = extension.scope === 'trace' ? (extension.stateBytes?.(options, box) ?? 0) : 0
  if (size === 0) return null
  return { size, name: extension.stateName?.(options, family), addsUp: extension.stateAddsUp === true }
}

function place(shares: readonly Share[]): StateLayout {
  const offsets = new Map<number, number>()
  const shared = new Map<number, readonly unknown[]>()
  let bytes = 0
  for (const { users, sharers, bytes: size } of shares) {
    for (const user of users) offsets.set(user, bytes)
    if (sharers !== null) shared.set(bytes, sharers)
    bytes += Math.ceil(size / ALIGNMENT) * ALIGNMENT
  }
  return { bytes, offsets, sharers: shared }
}
