/**
 * What a packet must look like for a rule to match: what traffic is aimed with. Fields that a rule does not look at
 * stay open.
 */
import type { HookName, TableName } from '../../../src/ruleset/ruleset.js'

export interface Aim {
  /** Hooks from which the rule can be reached. */
  hooks: readonly HookName[]
  protocol?: number
  src?: string
  dst?: string
  srcPort?: number
  dstPort?: number
  /** Letters of FSRPAUEC. */
  flags?: string
  /** Bytes of the whole IP packet. */
  length?: number
  ttl?: number
  tos?: number
  icmpType?: number
  icmpCode?: number
  inInterface?: string
  mac?: string
}

/** Where a random rule stands. */
export interface Place {
  readonly family: 4 | 6
  readonly table: TableName
  readonly hooks: readonly HookName[]
  /** A built-in chain, where iptables refuses interfaces that its hook does not have. */
  readonly builtIn: boolean
  /** Protocol that the rule demands (not one that it excludes); null for none. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp' | null
}

/** True when every hook of the place is among `hooks`. */
export function only(place: Place, hooks: readonly HookName[]): boolean {
  return place.hooks.every((hook) => hooks.includes(hook))
}
