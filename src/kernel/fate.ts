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

/** Kernel: LOOPBACK_IFINDEX, include/net/net_namespace.h. */
const LOOPBACK = 1

/**
 * The fate of one packet; `reported` is what was reported since it was delivered. `copied`: rules send copies (TEE),
 * after which the packet goes on.
 */
export function fateOf(injection: Injection, reported: readonly Passage[], copied = false): Fate {
  const passages = copied ? withoutCopies(reported) : reported
  const madeAt = passages.findIndex((passage) => passage.point.kind === 'made')
  const own = madeAt < 0 ? passages : passages.slice(0, madeAt)
  const { number } = injection.packet
  const { fragment, family } = injection
  // IPv6 makes its copy of multicasts behind POSTROUTING.
  const whole = family === 4 ? withoutKept(own) : own
  // What left the box is done, whatever becomes of a copy that the box keeps of its own broadcasts.
  const sentAt = whole.findIndex((passage) => isSent(passage))
  const way = sentAt < 0 ? whole : whole.slice(0, sentAt + 1)
  const last = way.at(-1) ?? null
  // A packet that came back over lo has been tracked, or not, twice: the last word counts.
  const state = way.map(({ point }) => (point.kind === 'state' ? point.state : null)).findLast((each) => each !== null)
  const kept = fragment && !own.some(({ point }) => point.kind === 'whole')
  const verdict = sentAt < 0 ? verdictAfter(last, kept, madeAt >= 0) : 'ACCEPT'
  return { number, verdict, hooks: hooksOf(own), state: state ?? null, mark: last?.mark ?? 0, fragment }
}

/** The copy that the box keeps of its own IPv4 broadcasts goes its whole way, POSTROUTING first, before the packet. */
function withoutKept(passages: readonly Passage[]): readonly Passage[] {
  const enters = ({ point }: Passage): boolean => point.kind === 'enter' && point.hook === Hook.Postrouting
  const copyAt = passages.findIndex(enters)
  const packetAt = passages.findLastIndex(enters)
  return [...passages.slice(0, copyAt < 0 ? 0 : copyAt), ...passages.slice(Math.max(packetAt, 0))]
}

/** A copy enters OUTPUT on its own, and its way ends before that of the packet goes on. */
function withoutCopies(passages: readonly Passage[]): Passage[] {
  const own: Passage[] = []
  let sends = false
  for (let index = 0; index < passages.length; index++) {
    const passage = passages[index]
    const { kind } = passage.point
    const enters = kind === 'enter' && passage.point.hook === Hook.Output
    if (kind === 'made' || (enters && sends)) {
      index = endOfCopy(passages, index)
      continue
    }
    sends ||= enters
    own.push(passage)
  }
  return own
}

/** Index of the last passage of the copy that enters OUTPUT at `from`. */
function endOfCopy(passages: readonly Passage[], from: number): number {
  let end = from
  const passes = (kind: 'enter' | 'leave', hook: Hook): boolean => {
    while (['state', 'whole'].includes(passages[end + 1]?.point.kind)) end++
    const next = passages[end + 1]?.point
    if (next?.kind !== kind || next.hook !== hook) return false
    end++
    return true
  }
  if (passes('leave', Hook.Output) && passes('enter', Hook.Postrouting)) passes('leave', Hook.Postrouting)
  return end
}

/** Hooks entered, in order; the pieces of a datagram that is cut and put together again count as one. */
function hooksOf(passages: readonly Passage[]): HookName[] {
  const hooks: HookName[] = []
  for (const { point } of passages) {
    if (point.kind !== 'enter') continue
    const name = HOOK_NAMES[point.hook]
    if (point.hook !== Hook.Prerouting || hooks.at(-1) !== name) hooks.push(name)
  }
  return hooks
}

function isSent({ point, outInterface }: Passage): boolean {
  return point.kind === 'leave' && point.hook === Hook.Postrouting && outInterface !== LOOPBACK
}

function verdictAfter(last: Passage | null, kept: boolean, answered: boolean): FateVerdict {
  if (last === null) return 'IP'
  const { point } = last
  if (point.kind === 'leave') {
    if (point.hook === Hook.Input) return 'ACCEPT'
    // What goes over lo enters PREROUTING, or was dropped on its way there.
    return point.hook === Hook.Postrouting ? 'IP' : 'ROUTE'
  }
  if (answered) return 'REJECT'
  const first = point.kind === 'enter' && (point.hook === Hook.Prerouting || point.hook === Hook.Output)
  return first && kept ? 'STOLEN' : 'DROP'
}
