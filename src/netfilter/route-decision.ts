/**
 * What routing decides about a packet: where it goes on, or why it goes nowhere.
 */
import { Reason } from '../memory/reason.js'
import type { NotFound } from '../box/fib.js'
import type { Words } from '../box/address.js'

/** How a packet is addressed. Kernel: RTCF_BROADCAST, RTCF_MULTICAST. */
export type Cast = 'unicast' | 'broadcast' | 'multicast'

/** For a packet that was received. */
export type InputRoute =
  | { readonly kind: 'deliver'; readonly cast: Cast; readonly realm?: number }
  | {
      readonly kind: 'forward'
      readonly cast: Cast
      readonly outInterface: number
      /** MTU of the way, and what forwarding takes for it: of IPv6 the interface's, whatever the route has. */
      readonly mtu: number
      readonly forwardMtu: number
      readonly gateway: Words | null
      /** Realms of the way, of IPv4 only. Kernel: dst_entry.tclassid. */
      readonly realm?: number
    }
  | Unroutable

/** For a packet that the box sends. */
export type OutputRoute = Sent | Unroutable

export interface Sent {
  readonly kind: 'send'
  readonly cast: Cast
  readonly outInterface: number
  /** The router that it goes to next; null when that is its destination. */
  readonly gateway: Words | null
  /** The box is a destination: by the loopback interface, or (`copied`) with a copy of what it sends to others. */
  readonly toBox: boolean
  readonly copied: boolean
  /** MTU of the way. */
  readonly mtu: number
  /** Source address that the route gives to a packet without one; null when it knows none. */
  readonly source: Words | null
  readonly realm?: number
}

export interface Unroutable {
  readonly kind: 'drop'
  readonly reason: Reason
}

export function unroutable(reason: Reason): Unroutable {
  return { kind: 'drop', reason }
}

const REASONS: Readonly<Record<NotFound['kind'], Reason>> = {
  none: Reason.NoRoute,
  unreachable: Reason.RouteUnreachable,
  prohibit: Reason.RouteProhibit,
  blackhole: Reason.RouteBlackhole,
}

/** What the tables had to say against a packet. */
export function withoutRoute(found: NotFound): Unroutable {
  return unroutable(REASONS[found.kind])
}
