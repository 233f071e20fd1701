/**
 * What a conntrack helper is: it looks at the packets of its connections, when they leave INPUT or POSTROUTING, and
 * foresees others. One file each beside this one; all.ts lists them.
 * Kernel: struct nf_conntrack_helper, include/net/netfilter/nf_conntrack_helper.h.
 */
import type { ExpectationPolicy } from './expectation.js'
import type { HelpedPacket } from './helped-packet.js'

export interface Helper {
  /** As in extensions/conntrack-helpers.ts. */
  readonly name: string
  /** One a class of expectations. */
  readonly policies: readonly ExpectationPolicy[]
  /** False: the packet is dropped. */
  help(packet: HelpedPacket): boolean
}
