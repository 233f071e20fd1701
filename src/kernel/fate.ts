/**
 * What became of a packet in the kernel, worked out from the points that were passed while it was under way.
 *
 * Everything happens inside the call that delivers the packet, so the passages since then are its own, followed by
 * those of packets that the kernel made in answer: REJECT ends the packet it answers, so from the first packet made
 * on, nothing more of the original follows.
 */
import { Hook, HOOK_NAMES } from '../ruleset/ruleset.js'
import type { HookName } from '../ruleset/ruleset.js'
import type { Injection } from './injection.js'
import type { Passage } from './log-socket.js'
import type { CtStateName } from './observer.js'

/** As in the verdicts of a replay; what the kernel does not show (QUEUE, a REJECT without answer) is DROP. */
export type FateVerdict = 'ACCEPT' | 'DROP' | 'REJECT' | 'STOLEN' | 'ROUTE' | 'IP'

export interface Fate {
  /** The packet's number in the capture. */
  readonly number: number
  readonly verdict: FateVerdict
  /** Hooks entered, in order. */
  readonly hooks: readonly HookName[]
  /** Conntrack's word; null when the packet was not tracked (or did not get that far). */
  readonly state: CtStateName | null
  /** skb->mark where it was last seen. */
  readonly mark: number
  /** A fragment: one that is kept, one that is thrown away and one that routing drops may look alike. */
  readonly fragment: boolean
}

/** The fate of one packet; `errno` is what delivering it gave, `passages` what was reported since. */
export function fateOf(injection: Injection, passages: readonly Passage[]): Fate {
  const madeAt = passages.findIndex((passage) => passage.point.kind === 'made')
  const own = madeAt < 0 ? passages : passages.slice(0, madeAt)
  const hooks: HookName[] = []
  let state: CtStateName | null = null
  let last: Passage | null = null
  let whole = false
  for (const passage of own) {
    const { point } = passage
    if (point.kind === 'enter') hooks.push(HOOK_NAMES[point.hook])
    else if (point.kind === 'state') state ??= point.state
    else if (point.kind === 'whole') whole = true
    last = passage
  }
  const kept = injection.fragment && !whole
  const verdict = verdictAfter(last, kept, madeAt >= 0)
  const mark = last?.mark ?? 0
  return { number: injection.packet.number, verdict, hooks, state, mark, fragment: injection.fragment }
}

function verdictAfter(last: Passage | null, kept: boolean, answered: boolean): FateVerdict {
  if (last === null) return 'IP'
  const { point } = last
  if (point.kind === 'leave') {
    return point.hook === Hook.Input || point.hook === Hook.Postrouting ? 'ACCEPT' : 'ROUTE'
  }
  if (answered) return 'REJECT'
  const first = point.kind === 'enter' && (point.hook === Hook.Prerouting || point.hook === Hook.Output)
  return first && kept ? 'STOLEN' : 'DROP'
}
