/**
 * The trackers of GRE and of every protocol that has none of its own: addresses alone make the connection.
 * Kernel: generic_packet(), net/netfilter/nf_conntrack_core.c; nf_conntrack_proto_gre.c (v6.18).
 */
import { Entry, EntryStatus } from '../layout/entry'
import { Timeout } from '../layout/replay'
import { Skb } from '../layout/skb'
import { refresh, timeoutNs } from './timeout'
import { Tracking } from './tracking'

/** Kernel: generic_packet(). */
export function trackGeneric(entry: Entry, direction: u32, skb: Skb): u32 {
  refresh(entry, direction, skb.length, timeoutNs(Timeout.GENERIC), skb.nowNs)
  return Tracking.ACCEPT
}

/** A stream with its first answer. Kernel: nf_conntrack_gre_packet(). */
export function trackGre(entry: Entry, direction: u32, skb: Skb): u32 {
  let timeout = Timeout.GRE
  if (entry.status & EntryStatus.SEEN_REPLY) {
    timeout = Timeout.GRE_STREAM
    entry.status |= EntryStatus.ASSURED
  }
  refresh(entry, direction, skb.length, timeoutNs(timeout), skb.nowNs)
  return Tracking.ACCEPT
}
