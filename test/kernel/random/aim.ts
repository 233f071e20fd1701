/**
 * What a packet must look like for a rule to match: what traffic is aimed with. Fields that a rule does not look at
 * stay open.
 */
import type { HookName } from '../../../src/ruleset/ruleset.js'
import type { ExtensionHeader } from '../packets.js'

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
  mss?: number
  /** What follows the IP header, of protocols that traffic does not make up by itself. */
  body?: Buffer
  /** IPv6. */
  extensions?: readonly ExtensionHeader[]
  /** What answers to a packet that the rule translates come from and go to. */
  answersFrom?: End
  answersTo?: End
}

export interface End {
  address: string
  port?: number
}
