/**
 * What a counter number stands for, and how people read it. The list of all of them is indexed by number.
 */
import type { NumberedPlace } from '../compile/counters.js'

export interface CounterPlace extends NumberedPlace {
  /** As iptables-save prints it: `-A INPUT -j DROP`, or `:INPUT ACCEPT` for a policy. */
  readonly text: string
  readonly leads: Leads
}

/** Where a rule sends a packet that it matched; what an extension's target says is known to the packet only. */
export type Leads =
  { readonly kind: 'on' | 'end' | 'return' } | { readonly kind: 'jump' | 'goto'; readonly chain: string }
