/**
 * The TCP tracker: what one segment does to its connection's state, window, timeout and counts.
 * Kernel: nf_conntrack_tcp_packet(), net/netfilter/nf_conntrack_proto_tcp.c (v6.18).
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, EntryStatus, TcpFlag, TcpLast, tcpLast, TcpPeer, tcpPeer, TcpState } from '../layout/entry'
import { OldRule, replay, ReplayFlag, Timeout } from '../layout/replay'
import { Shard } from '../layout/shard'
import { Skb } from '../layout/skb'
import { bury, kill } from './death'
import { areLegal, indexOf, TcpIndex } from './tcp-flags'
import { OPTION_FLAGS_SHIFT, windowOptions } from './tcp-options'
import { isBefore } from './tcp-sequence'
import { IGNORED_STATE, INVALID_STATE, nextState } from './tcp-states'
import { InWindow, noteOptions, segmentEnd, trackWindow } from './tcp-window'
import { account, refresh, timeoutNs } from './timeout'
import { Tracking } from './tracking'

const TWO_MINUTES: u64 = 120_000_000_000

/** Tracks a segment of the entry; REPEAT has buried the entry. */
export function trackTcp(shard: Shard, entry: Entry, direction: u32, skb: Skb): u32 {
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  if (descriptor.flags & (DescriptorFlag.BAD_TRANSPORT | DescriptorFlag.BAD_CHECKSUM)) return Tracking.INVALID
  if (!areLegal(descriptor.tcpFlags)) return Tracking.INVALID
  if ((entry.status & EntryStatus.CONFIRMED) == 0 && !begin(entry, descriptor, skb.length)) return Tracking.INVALID

  const last = tcpLast(entry)
  const index = indexOf(descriptor.tcpFlags)
  let before = entry.state
  let after = nextState(direction, index, before)

  if (after == TcpState.SYN_SENT && before >= TcpState.TIME_WAIT) {
    if (mayReopen(entry, last, direction)) {
      bury(shard, entry, skb.nowNs)
      return Tracking.REPEAT
    }
    after = IGNORED_STATE
  }
  let checkWindow = true
  if (after == IGNORED_STATE) {
    if (!answersIgnoredSyn(last, direction, index, descriptor)) {
      noteIgnored(last, direction, index, before, descriptor, skb.length)
      return Tracking.ACCEPT
    }
    resynchronise(entry, last, direction)
    before = TcpState.SYN_SENT
    after = TcpState.SYN_RECV
  } else if (after == INVALID_STATE) {
    return Tracking.INVALID
  } else if (after == TcpState.TIME_WAIT) {
    if (isChallengeAck(last, direction, index, before)) {
      last.flags &= ~TcpFlag.EXPECT_CHALLENGE_ACK
      return Tracking.ACCEPT
    }
  } else if (after == TcpState.SYN_SENT2) {
    last.flags |= TcpFlag.SIMULTANEOUS_OPEN
  } else if (after == TcpState.SYN_RECV) {
    if (direction == 1 && index == TcpIndex.ACK && (last.flags & TcpFlag.SIMULTANEOUS_OPEN) != 0) {
      after = TcpState.ESTABLISHED
    }
  } else if (after == TcpState.CLOSE && index == TcpIndex.RST) {
    const reset = judgeReset(entry, last, direction, descriptor)
    if (reset == Reset.INVALID) return Tracking.INVALID
    if (reset & Reset.KEEP_STATE) after = before
    checkWindow = (reset & Reset.NO_WINDOW) == 0
  }

  if (checkWindow) {
    const window = trackWindow(entry, direction, index, descriptor, skb.length)
    if (window == InWindow.IGNORE) return Tracking.ACCEPT
    if (window == InWindow.INVALID) {
      noteInvalid(entry, last, direction, index, skb.nowNs)
      return Tracking.INVALID
    }
  }
  last.index = index
  last.direction = <u8>direction
  entry.state = after
  if (before != after && after == TcpState.FIN_WAIT) tcpPeer(entry, direction).flags |= TcpFlag.CLOSE_INIT

  let lifeNs = lifeOf(entry, last, index, after)
  const status = entry.status
  if ((status & EntryStatus.SEEN_REPLY) == 0) {
    if (index == TcpIndex.RST) {
      // A RST is the only answer: there is no connection.
      account(entry, direction, skb.length)
      kill(shard, entry, skb.nowNs)
      return Tracking.ACCEPT
    }
    // A repeated SYN does not keep the entry alive.
    if (index == TcpIndex.SYN && before == TcpState.SYN_SENT) return Tracking.ACCEPT
    // Picked up in the middle, and nothing heard from the other side yet.
    if (after == TcpState.ESTABLISHED) lifeNs = min(lifeNs, timeoutNs(Timeout.TCP_UNACKNOWLEDGED))
  } else if (
    (status & EntryStatus.ASSURED) == 0 &&
    (before == TcpState.SYN_RECV || before == TcpState.ESTABLISHED) &&
    after == TcpState.ESTABLISHED
  ) {
    entry.status = status | EntryStatus.ASSURED
  }
  refresh(entry, direction, skb.length, lifeNs, skb.nowNs)
  return Tracking.ACCEPT
}

/**
 * REJECT --reject-with tcp-reset: the connection is as good as closed.
 * Kernel: nf_conntrack_tcp_set_closing().
 */
export function setTcpClosing(entry: Entry, nowNs: u64): void {
  if ((entry.status & EntryStatus.CONFIRMED) == 0) return
  if (replay().oldRules & OldRule.REJECT_LEAVES) return
  const before = entry.state
  entry.state = TcpState.CLOSE
  if (before == TcpState.CLOSE || (entry.status & EntryStatus.FIXED_TIMEOUT) != 0) return
  entry.expiryNs = nowNs + timeoutNs(Timeout.TCP_CLOSE)
}

/** States of a connection on its way out. Kernel: tcp_can_early_drop(). */
export function isClosing(state: u8): bool {
  return state >= TcpState.FIN_WAIT && state <= TcpState.CLOSE
}

/** The first segment makes the entry's state; false when it cannot begin a connection. Kernel: tcp_new(). */
function begin(entry: Entry, descriptor: Descriptor, length: u32): bool {
  const state = nextState(0, indexOf(descriptor.tcpFlags), TcpState.NONE)
  if (state == INVALID_STATE) return false
  const sender = tcpPeer(entry, 0)
  sender.end = segmentEnd(descriptor, length)
  sender.maxWindow = descriptor.window == 0 ? 1 : descriptor.window
  sender.maxEnd = sender.end
  if (state == TcpState.SYN_SENT) {
    noteOptions(sender, descriptor)
  } else {
    if ((replay().flags & ReplayFlag.TCP_LOOSE) == 0) return false
    // Window scale and SACK are unknown in the middle of a connection, so both ends are believed.
    sender.maxEnd += sender.maxWindow
    sender.flags = TcpFlag.SACK_PERMITTED | TcpFlag.BE_LIBERAL
    tcpPeer(entry, 1).flags = TcpFlag.SACK_PERMITTED | TcpFlag.BE_LIBERAL
  }
  tcpLast(entry).index = TcpIndex.NONE
  return true
}

/** A SYN in TIME_WAIT or CLOSE: after a proper end, or after its own RST, it begins another connection. */
function mayReopen(entry: Entry, last: TcpLast, direction: u32): bool {
  if ((tcpPeer(entry, 0).flags | tcpPeer(entry, 1).flags) & TcpFlag.CLOSE_INIT) return true
  return last.direction == <u8>direction && last.index == TcpIndex.RST
}

/** A SYN/ACK that acknowledges a SYN which was let through although it did not fit: the ends know better. */
function answersIgnoredSyn(last: TcpLast, direction: u32, index: u32, descriptor: Descriptor): bool {
  return (
    index == TcpIndex.SYN_ACK &&
    last.index == TcpIndex.SYN &&
    last.direction != <u8>direction &&
    descriptor.ack == last.end
  )
}

/** Takes over what was noted of the ignored SYN, and forgets the other end. */
function resynchronise(entry: Entry, last: TcpLast, direction: u32): void {
  const opener = tcpPeer(entry, last.direction)
  opener.end = last.end
  opener.maxEnd = last.end
  opener.maxWindow = last.window == 0 ? 1 : last.window
  opener.scale = last.scale
  last.flags &= ~TcpFlag.EXPECT_CHALLENGE_ACK
  opener.flags = last.flags
  forget(tcpPeer(entry, direction))
}

/** Kernel: nf_ct_tcp_state_reset(). */
function forget(peer: TcpPeer): void {
  peer.end = 0
  peer.maxEnd = 0
  peer.maxWindow = 0
  peer.maxAck = 0
  peer.scale = 0
  peer.flags &= TcpFlag.BE_LIBERAL
}

/** Notes what later packets may refer to: the answer to this one shows whether it was good. */
function noteIgnored(last: TcpLast, direction: u32, index: u8, state: u8, descriptor: Descriptor, length: u32): void {
  last.index = index
  last.direction = <u8>direction
  last.seq = descriptor.seq
  last.end = segmentEnd(descriptor, length)
  last.window = descriptor.window
  if (index == TcpIndex.SYN && direction == 0) {
    const options = windowOptions(descriptor)
    last.scale = <u8>options
    last.flags = <u8>(options >> OPTION_FLAGS_SHIFT)
    // The ACK that may answer it would look like the last one of the connection.
    if (state == TcpState.LAST_ACK) last.flags |= TcpFlag.EXPECT_CHALLENGE_ACK
  }
  // Perhaps a challenge ACK to the SYN: a RST that answers it will carry this number.
  if (state == TcpState.SYN_SENT && index == TcpIndex.ACK && direction == 1) last.ack = descriptor.ack
}

/** In LAST_ACK, the answer to a stray SYN (RFC 5961) does not acknowledge the last FIN. */
function isChallengeAck(last: TcpLast, direction: u32, index: u32, state: u8): bool {
  return (
    state == TcpState.LAST_ACK &&
    index == TcpIndex.ACK &&
    last.direction != <u8>direction &&
    last.index == TcpIndex.SYN &&
    (last.flags & TcpFlag.EXPECT_CHALLENGE_ACK) != 0
  )
}

namespace Reset {
  export const CLOSES: u32 = 0
  /** Its sequence number is not exact: the connection may live on. */
  export const KEEP_STATE: u32 = 1
  /** It answers something that the window does not know. */
  export const NO_WINDOW: u32 = 2
  export const INVALID: u32 = 4
}

/** What a RST does to a connection that is not closed yet. Kernel: case TCP_CONNTRACK_CLOSE. */
function judgeReset(entry: Entry, last: TcpLast, direction: u32, descriptor: Descriptor): u32 {
  const state = entry.state
  const oldRules = replay().oldRules
  const checked = (oldRules & OldRule.TCP_RESET_CHECKED) != 0
  // The ends may have begun anew already; what is known of the windows is out of date.
  if (!checked && isClosing(state)) return Reset.NO_WINDOW
  const receiver = tcpPeer(entry, 1 - direction)
  const assured = (entry.status & EntryStatus.ASSURED) != 0
  const established = assured && state == TcpState.ESTABLISHED
  const seq = descriptor.seq
  let judged = Reset.CLOSES
  if ((receiver.flags & TcpFlag.MAX_ACK_SET) != 0 && (checked || last.index != TcpIndex.SYN)) {
    // Most likely the answer to a SYN that was let through.
    if (!checked && seq == 0 && !established) return Reset.CLOSES
    if (isBefore(seq, receiver.maxAck) && (replay().flags & ReplayFlag.TCP_IGNORE_INVALID_RST) == 0) {
      return Reset.INVALID
    }
    if (!established || seq == receiver.maxAck) return Reset.CLOSES
    // The end of a train of data.
    if (last.index == TcpIndex.ACK && last.direction == <u8>direction && seq == last.end) return Reset.CLOSES
    judged = Reset.KEEP_STATE
  }
  const fromOtherSide = (oldRules & OldRule.TCP_RESET_ANY_SIDE) != 0 || last.direction != <u8>direction
  const answersIgnored = (entry.status & EntryStatus.SEEN_REPLY) != 0 && last.index == TcpIndex.SYN && fromOtherSide
  const answersHalfOpen = !assured && last.index == TcpIndex.ACK
  if ((answersIgnored || answersHalfOpen) && descriptor.ack == last.end) return judged | Reset.NO_WINDOW
  if (oldRules & OldRule.TCP_CHALLENGE_UNKNOWN) return judged
  // It answers a challenge ACK that was let through.
  if (state == TcpState.SYN_SENT && last.index == TcpIndex.ACK && last.direction == 1 && seq == last.ack) {
    return judged | Reset.NO_WINDOW
  }
  return judged
}

/**
 * FIN and RST out of the window: if the other end sends one as well, both sides are done with a connection that we
 * no longer follow, so it shall not stay for days. Kernel: nf_tcp_handle_invalid().
 */
function noteInvalid(entry: Entry, last: TcpLast, direction: u32, index: u8, nowNs: u64): void {
  const status = entry.status
  if (replay().oldRules & OldRule.TCP_INVALID_STAYS) return
  if ((status & EntryStatus.ASSURED) == 0 || (status & EntryStatus.FIXED_TIMEOUT) != 0) return
  if (index != TcpIndex.RST && index != TcpIndex.FIN) return
  if (last.direction != <u8>direction && (last.index == TcpIndex.FIN || last.index == TcpIndex.RST)) {
    const leftNs = entry.expiryNs - nowNs
    const shortNs = timeoutNs(Timeout.TCP_UNACKNOWLEDGED)
    if (leftNs >= TWO_MINUTES && leftNs > shortNs) entry.expiryNs = nowNs + shortNs
  } else {
    last.index = index
    last.direction = <u8>direction
  }
}

/** The timeout that fits the state and what the last segments left open. */
function lifeOf(entry: Entry, last: TcpLast, index: u32, state: u8): u64 {
  const full = timeoutNs(state)
  const retransmission = timeoutNs(Timeout.TCP_MAX_RETRANS)
  if (<u32>last.retransmissions >= replay().tcpMaxRetrans && full > retransmission) return retransmission
  if (index == TcpIndex.RST) return timeoutNs(Timeout.TCP_CLOSE)
  const unacknowledged = timeoutNs(Timeout.TCP_UNACKNOWLEDGED)
  const open = (tcpPeer(entry, 0).flags | tcpPeer(entry, 1).flags) & TcpFlag.DATA_UNACKNOWLEDGED
  if (open != 0 && full > unacknowledged) return unacknowledged
  if (last.window == 0 && full > retransmission) return retransmission
  return full
}
