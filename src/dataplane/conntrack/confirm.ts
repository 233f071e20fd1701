/**
 * The end of a packet's way through conntrack: a new entry is put into the index when its packet leaves INPUT or
 * POSTROUTING alive, and freed when it does not get there. Also what REJECT does to connections.
 * Kernel: nf_confirm(), nf_conntrack_proto.c; __nf_conntrack_confirm(), nf_conntrack_core.c (v6.18).
 */
import { Entry, EntryStatus, isSplit, isTranslated } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { Reason } from '../layout/reason'
import { ConntrackCounter, Shard } from '../layout/shard'
import { CtInfo, Skb } from '../layout/skb'
import { count } from './counters'
import { noteReplies } from './coupling'
import { freeEntry } from './entry-pool'
import { insertEntry } from './index-slots'
import { enterBuckets, Entered } from './kernel-table'
import { linkSource, unlinkSource } from './nat-source'
import { bookBirth } from './occupancy'
import { makeRoom } from './sweep'
import { setTcpClosing } from './tcp'
import { account } from './timeout'
import { findSame, REPLY_BIT } from './tuple-index'

/** Confirms the packet's entry, if it is new. Returns why the packet is dropped, a `Reason`, or NONE. */
export function confirm(skbAt: usize): u32 {
  const skb = changetype<Skb>(skbAt)
  if (skb.entry == 0) return Reason.NONE
  const entry = changetype<Entry>(<usize>skb.entry)
  if (entry.status & EntryStatus.CONFIRMED) return Reason.NONE
  // REJECT's answer carries the entry of the packet that it answers: that one may not confirm it.
  if (skb.ctInfo >= CtInfo.ESTABLISHED_REPLY) return Reason.NONE
  const shard = changetype<Shard>(<usize>skb.shard)
  const taken = findSame(shard, entry, skb.nowNs)
  if (taken != 0) return settleClash(shard, skb, entry, changetype<Entry>(taken & ~REPLY_BIT))
  const reason = insertConfirmed(shard, entry, skb)
  if (reason == Reason.NONE) return reason
  count(shard, ConntrackCounter.INSERT_FAILED)
  // What the kernel's table does not take counts as no `drop`.
  count(shard, reason == Reason.CONNTRACK_CHAIN ? ConntrackCounter.CHAIN_TOO_LONG : ConntrackCounter.DROP)
  return reason
}

/** As `confirm`, if nothing stands against it; else false, and nothing has happened. */
export function confirmPlain(skbAt: usize): bool {
  const skb = changetype<Skb>(skbAt)
  if (skb.entry == 0) return true
  const entry = changetype<Entry>(<usize>skb.entry)
  if (entry.status & EntryStatus.CONFIRMED || skb.ctInfo >= CtInfo.ESTABLISHED_REPLY) return true
  const shard = changetype<Shard>(<usize>skb.shard)
  return findSame(shard, entry, skb.nowNs) == 0 && insertConfirmed(shard, entry, skb) == Reason.NONE
}

/** Why there is no place for the entry, a `Reason`; NONE when it is in. */
function insertConfirmed(shard: Shard, entry: Entry, skb: Skb): u32 {
  const nowNs = skb.nowNs
  if (isTranslated(entry)) noteReplies(shard, entry)
  if (!makeRoom(shard, nowNs) || !linkSource(shard, entry)) return Reason.CONNTRACK_FULL
  if (shard.table != 0) {
    const entered = enterBuckets(shard, entry, skb.number)
    if (entered != Entered.YES) {
      unlinkSource(shard, entry)
      return entered == Entered.CHAIN_TOO_LONG ? Reason.CONNTRACK_CHAIN : Reason.CONNTRACK_FULL
    }
  }
  insertEntry(shard, entry)
  if (isSplit(entry)) shard.splitZones = 1
  // The timeout runs from now on, not from the arrival.
  entry.expiryNs += nowNs
  entry.status |= EntryStatus.CONFIRMED
  shard.entryCount++
  count(shard, ConntrackCounter.CONFIRMED)
  bookBirth(shard, nowNs)
  return Reason.NONE
}

/** Frees the packet's entry when nothing else has it: never confirmed, or killed while the packet held it. */
export function release(skbAt: usize): void {
  const skb = changetype<Skb>(skbAt)
  if (skb.entry == 0) return
  const entry = changetype<Entry>(<usize>skb.entry)
  const status = entry.status
  if ((status & EntryStatus.CONFIRMED) == 0 || (status & EntryStatus.DYING) != 0) {
    freeEntry(changetype<Shard>(<usize>skb.shard), entry)
  }
  skb.entry = 0
}

/** A connection that is being rejected with a RST. Kernel: nf_ct_set_closing(). */
export function setClosing(entryAt: usize, nowNs: u64): void {
  const entry = changetype<Entry>(entryAt)
  if (entry.protocol == Protocol.TCP) setTcpClosing(entry, nowNs)
}

/**
 * Another packet's entry has the same tuples, in this or the other direction. Protocols without handshake go on with
 * that one. Kernel: nf_ct_resolve_clash().
 */
function settleClash(shard: Shard, skb: Skb, entry: Entry, taken: Entry): u32 {
  const protocol = entry.protocol
  const allowsClash = protocol == Protocol.UDP || protocol == Protocol.UDPLITE || protocol == Protocol.GRE
  // Where NAT or a zone of one direction took part, the connections differ in one direction at least.
  const translated = (taken.status & (EntryStatus.SRC_NAT_DONE | EntryStatus.DST_NAT_DONE)) != 0
  if (!allowsClash || translated || isSplit(taken) || isSplit(entry)) {
    count(shard, ConntrackCounter.DROP)
    count(shard, ConntrackCounter.INSERT_FAILED)
    return Reason.CONNTRACK_CLASH
  }
  account(taken, 0, <u32>entry.bytes0)
  skb.entry = <u32>changetype<usize>(taken)
  freeEntry(shard, entry)
  count(shard, ConntrackCounter.CLASH_RESOLVE)
  return Reason.NONE
}
