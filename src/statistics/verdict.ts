/**
 * Numbers of the data plane to the names that reports use.
 */
import { PathFlag } from '../memory/path.js'
import { FIRST_ROUTE, Reason, REASON_NAMES } from '../memory/reason.js'
import type { Hook } from '../ruleset/ruleset.js'
import { type State, STATES, type Verdict, VERDICTS } from './report.js'

export function verdictName(verdict: number): Verdict {
  return VERDICTS[verdict]
}

export function stateName(state: number): State {
  return STATES[state]
}

export function reasonText(reason: number): string {
  return REASON_NAMES[reason as Reason] ?? `reason ${reason}`
}

/** What a packet's fate is called when something other than a rule decided it and no path says more. */
export function verdictOfReason(reason: number): Verdict {
  switch (reason) {
    case Reason.OwnOutput:
    case Reason.Port:
      return 'NONE'
    case Reason.FragmentKept:
      return 'STOLEN'
    case Reason.FragmentDropped:
    case Reason.ConntrackFull:
    case Reason.ConntrackClash:
    case Reason.ConntrackChain:
      return 'DROP'
    default:
      return reason < FIRST_ROUTE ? 'IP' : 'ROUTE'
  }
}

/** The hooks of a path, in order: three bits each, lowest first, hook + 1; 0 ends. */
export function hooksOf(hooks: number): Hook[] {
  const list: Hook[] = []
  for (let rest = hooks; rest !== 0; rest >>>= 3) list.push((rest & 7) - 1)
  return list
}

export function isGenerated(flags: number): boolean {
  return (flags & PathFlag.Generated) !== 0
}

/** True for the path of a packet of the capture, from its first hook to its last. */
export function isCaptured(flags: number): boolean {
  return (flags & (PathFlag.Generated | PathFlag.Part | PathFlag.Copy)) === 0
}
