/**
 * One table at one hook: the rules of its chain one by one, as the kernel runs them. The plain interpreter.
 * In: the packet as it stands. Out: what the table says; counters and the deciding rule go to the recorder.
 * Kernel: ipt_do_table(), net/ipv4/netfilter/ip_tables.c (v6.18); IPv6 has the same.
 */
import { TargetVerdict } from '../extensions/extension.js'
import type { Packet } from '../memory/packet.js'
import type { Hook } from '../ruleset/ruleset.js'
import type { PathRecorder } from './path-recorder.js'
import { Action, type PreparedChain, type PreparedRule, type PreparedTable } from './program.js'

export enum TableVerdict {
  Accept,
  Drop,
  Queue,
}

/** Takes down what happens on the way. */
export interface Traversal {
  readonly recorder: PathRecorder
  /** Grows true once something was asked that may change. */
  forgets: boolean
  /** Grows true once something was asked that holds for this flow alone. */
  ownFlow: boolean
  /** The rules that pass their flow tests, by counter number and in order: of those with tests, no others are asked. */
  readonly holding: readonly number[] | null
  /** The rules without flow tests worth knowing, likewise; means nothing where all rules are asked. */
  readonly untested: ArrayLike<number>
}

/** The table is asked at this hook: it has a chain for it. */
export function traverse(
  table: PreparedTable,
  base: PreparedChain,
  hook: Hook,
  packet: Packet,
  traversal: Traversal,
): TableVerdict {
  packet.hotDrop = false
  const verdict = run(table, base, hook, packet, traversal)
  return packet.hotDrop ? TableVerdict.Drop : verdict
}

interface Caller {
  readonly chain: PreparedChain
  /** Index of the rule behind the jump. */
  readonly next: number
}

function run(
  table: PreparedTable,
  base: PreparedChain,
  hook: Hook,
  packet: Packet,
  traversal: Traversal,
): TableVerdict {
  const { recorder } = traversal
  const callers: Caller[] = []
  let chain = base
  let next = 0
  for (;;) {
    if (traversal.holding !== null) next = nextAsked(chain, next, traversal.holding, traversal.untested)
    if (next === chain.ruleCount) {
      // A chain that was entered by goto returns past the chain that it was entered from.
      const caller = callers.pop()
      if (caller === undefined) return policyOf(base, hook, recorder)
      chain = caller.chain
      next = caller.next
      continue
    }
    const rule = chain.rule(next++)
    let action = Action.Next
    if (matches(rule, packet, traversal)) {
      recorder.bump(rule.counter)
      action = rule.action === Action.Target ? runTarget(rule, packet, traversal) : rule.action
    }
    if (action === Action.Next && !packet.hotDrop) continue
    if (action === Action.Return && !packet.hotDrop) {
      next = chain.ruleCount
      continue
    }
    if ((action === Action.Jump || action === Action.Goto) && !packet.hotDrop && rule.chain !== null) {
      if (action === Action.Jump) callers.push({ chain, next })
      if (callers.length <= table.depth) {
        chain = rule.chain
        next = 0
        continue
      }
    }
    recorder.decide(rule.counter, hook)
    if (action === Action.Accept) return TableVerdict.Accept
    return action === Action.Queue ? TableVerdict.Queue : TableVerdict.Drop
  }
}

function policyOf(base: PreparedChain, hook: Hook, recorder: PathRecorder): TableVerdict {
  // A built-in chain always has a policy.
  const { policy } = base
  if (policy === null) return TableVerdict.Accept
  recorder.bump(policy.counter)
  recorder.decide(policy.counter, hook)
  return policy.accept ? TableVerdict.Accept : TableVerdict.Drop
}

/** Index of the first rule from `next` on that is to be asked: it has no flow tests, or passes them. */
function nextAsked(
  { firstCounter, ruleCount }: PreparedChain,
  next: number,
  holding: ArrayLike<number>,
  untested: ArrayLike<number>,
): number {
  const counter = firstCounter + next
  const asked = Math.min(atOrBehind(untested, counter), atOrBehind(holding, counter))
  return Math.min(asked - firstCounter, ruleCount)
}

/** The first of the numbers, which are in order, that is not below `least`. */
function atOrBehind(numbers: ArrayLike<number>, least: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers[middle] < least) low = middle + 1
    else high = middle
  }
  return numbers[low] ?? Number.POSITIVE_INFINITY
}

/** Matches stand in the order of the rule; one that says no keeps those behind it from being asked. */
function matches(rule: PreparedRule, packet: Packet, traversal: Traversal): boolean {
  if (rule.headerForgets) traversal.forgets = true
  if (rule.headerOwnFlow) traversal.ownFlow = true
  if (rule.header !== null && !rule.header(packet)) return false
  for (const match of rule.matches) {
    if (match.forgets) traversal.forgets = true
    if (match.ownFlow) traversal.ownFlow = true
    const matches = match.test(packet)
    if (packet.guessed) countGuess(match.guess, packet, traversal)
    if (!matches) return false
  }
  return true
}

/** The kernel loops on as long as nothing dropped the packet at once, so a target's verdict is an action too. */
function runTarget(rule: PreparedRule, packet: Packet, traversal: Traversal): Action {
  if (rule.targetForgets) traversal.forgets = true
  if (rule.targetOwnFlow) traversal.ownFlow = true
  const { length } = packet
  const verdict = rule.target?.(packet) ?? TargetVerdict.Continue
  if (packet.guessed) countGuess(rule.targetGuess, packet, traversal)
  // What was counted so far was a packet of another length.
  if (packet.length !== length) traversal.recorder.finishPart(packet.skb.shard, packet.family, length)
  switch (verdict) {
    case TargetVerdict.Accept:
      return Action.Accept
    case TargetVerdict.Drop:
      return Action.Drop
    case TargetVerdict.Return:
      return Action.Return
    case TargetVerdict.Queue:
      return Action.Queue
    case TargetVerdict.Continue:
      return Action.Next
  }
}

function countGuess(number: number | null, packet: Packet, { recorder }: Traversal): void {
  packet.guessed = false
  if (number !== null) recorder.guess(number)
}
