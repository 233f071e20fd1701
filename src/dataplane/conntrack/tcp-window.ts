/**
 * Is a segment within the windows that both ends announced? Each end's highest sequence number, window and
 * acknowledgement are followed, after Guido van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2000):
 *
 *   I.   seq <= sender.maxEnd                          not beyond what the receiver takes
 *   II.  seq + data >= sender.end - receiver.maxWindow not long acknowledged
 *   III. sack <= receiver.end                          acknowledges nothing that was never sent
 *   IV.  sack >= receiver.end - 66000 or more          no acknowledgement from long ago
 *
 * Kernel: tcp_in_window(), tcp_init_sender(), net/netfilter/nf_conntrack_proto_tcp.c (v6.18).
 */
import { Descriptor } from '../layout/descriptor'
import { Entry, TcpFlag, tcpLast, TcpPeer, tcpPeer, TcpState } from '../layout/entry'
import { OldRule, replay, ReplayFlag } from '../layout/replay'
import { acknowledgedOffset } from './helped'
import { TcpBit, TcpIndex } from './tcp-flags'
import { highestSack, OPTION_FLAGS_SHIFT, windowOptions } from './tcp-options'
import { isAfter, isBefore } from './tcp-sequence'

/** What the window says of a segment. Kernel: enum nf_ct_tcp_action. */
export namespace InWindow {
  /** Belongs to the connection, but proves nothing: no timeout is renewed, nothing is counted. */
  export const IGNORE: u32 = 0
  export const INVALID: u32 = 1
  export const ACCEPT: u32 = 2
}

/** Acknowledgements may lag this far at least. Kernel: MAXACKWINCONST. */
const MAX_ACK_WINDOW: u32 = 66000

/** The sequence number behind the segment: SYN and FIN take one each. Kernel: segment_seq_plus_len(). */
@inline
export function segmentEnd(descriptor: Descriptor, length: u32): u32 {
  const flags = <u32>descriptor.tcpFlags
  return (
    descriptor.seq +
    length -
    descriptor.transport -
    descriptor.tcpHeader +
    ((flags & TcpBit.SYN) >> 1) +
    (flags & TcpBit.FIN)
  )
}

/** Checks the segment against the windows and moves them on. `length` is skb->len. */
export function trackWindow(entry: Entry, direction: u32, index: u32, descriptor: Descriptor, length: u32): u32 {
  const sender = tcpPeer(entry, direction)
  const receiver = tcpPeer(entry, 1 - direction)
  const last = tcpLast(entry)
  const flags = <u32>descriptor.tcpFlags
  const state = entry.state
  let seq = descriptor.seq
  let ack = descriptor.ack
  let sack = ack
  let end = segmentEnd(descriptor, length)
  let window = <u32>descriptor.window

  if (receiver.flags & TcpFlag.SACK_PERMITTED) sack = highestSack(descriptor, ack)
  const offset = acknowledgedOffset(entry, 1 - direction, ack)
  ack -= offset
  sack -= offset

  if (sender.maxWindow == 0) {
    if (flags & TcpBit.SYN) {
      beginSender(sender, receiver, descriptor, end, window, direction)
      // Simultaneous open.
      if ((flags & TcpBit.ACK) == 0) return InWindow.ACCEPT
    } else {
      // In the middle of a connection: what came before is unknown, so the segment itself has to do.
      sender.end = end
      const scaled = window << sender.scale
      sender.maxWindow = scaled == 0 ? 1 : scaled
      sender.maxEnd = end + sender.maxWindow
      if (receiver.maxWindow == 0) {
        receiver.end = sack
        receiver.maxEnd = sack
      } else if (sack == receiver.end + 1) {
        // Probably the answer to a keep-alive.
        receiver.end++
      }
    }
  } else if (
    (flags & TcpBit.SYN) != 0 &&
    isAfter(end, sender.end) &&
    (state == TcpState.SYN_SENT || state == TcpState.SYN_RECV)
  ) {
    // This end started anew, with higher sequence numbers.
    beginSender(sender, receiver, descriptor, end, window, direction)
    if (direction == 1 && (flags & TcpBit.ACK) == 0) return InWindow.ACCEPT
  }

  // A segment without ACK, or a RST with a zero one as some stacks send, acknowledges just what it should.
  if ((flags & TcpBit.ACK) == 0 || ((flags & TcpBit.RST) != 0 && ack == 0)) {
    ack = receiver.end
    sack = ack
  }
  // A RST that answers a SYN.
  if ((flags & TcpBit.RST) != 0 && seq == 0 && state == TcpState.SYN_SENT) {
    end = sender.end
    seq = end
  }

  const liberal = (sender.flags & TcpFlag.BE_LIBERAL) != 0 || (replay().flags & ReplayFlag.TCP_BE_LIBERAL) != 0
  const ackNotTooHigh = isBefore(sack, receiver.end + 1)
  const ackNotTooLow = isAfter(sack, receiver.end - max(sender.maxWindow, MAX_ACK_WINDOW) - 1)
  const notTooOld = isAfter(end, sender.end - receiver.maxWindow - 1)

  if (!isBefore(seq, sender.maxEnd + 1)) {
    const overshoot = end - sender.maxEnd + 1
    if (
      (replay().oldRules & OldRule.TCP_WINDOW_STRICT) == 0 &&
      receiver.maxWindow != 0 &&
      notTooOld &&
      ackNotTooLow &&
      overshoot <= receiver.maxWindow &&
      ackNotTooHigh
    ) {
      // Only a little too much: if the rules let it pass, the other end may acknowledge it.
      sender.end = end
      sender.flags |= TcpFlag.DATA_UNACKNOWLEDGED
      return liberal ? InWindow.ACCEPT : InWindow.IGNORE
    }
    return liberal ? InWindow.ACCEPT : InWindow.INVALID
  }
  if (!ackNotTooHigh) return liberal ? InWindow.ACCEPT : InWindow.INVALID
  if ((receiver.maxWindow != 0 && !notTooOld) || !ackNotTooLow) {
    if (liberal) return InWindow.ACCEPT
    return replay().oldRules & OldRule.TCP_WINDOW_STRICT ? InWindow.INVALID : InWindow.IGNORE
  }

  // Windows of SYNs are not scaled (RFC 7323).
  if ((flags & TcpBit.SYN) == 0) window <<= sender.scale

  const reach = window + (sack - ack)
  if (sender.maxWindow < reach) sender.maxWindow = reach
  if (isAfter(end, sender.end)) {
    sender.end = end
    sender.flags |= TcpFlag.DATA_UNACKNOWLEDGED
  }
  if (flags & TcpBit.ACK) {
    if ((sender.flags & TcpFlag.MAX_ACK_SET) == 0) {
      sender.maxAck = ack
      sender.flags |= TcpFlag.MAX_ACK_SET
    } else if (isAfter(ack, sender.maxAck)) {
      sender.maxAck = ack
    }
  }

  if (receiver.maxWindow != 0 && isAfter(end, sender.maxEnd)) receiver.maxWindow += end - sender.maxEnd
  if (isAfter(sack + window, receiver.maxEnd - 1)) {
    receiver.maxEnd = sack + window
    if (window == 0) receiver.maxEnd++
  }
  if (ack == receiver.end) receiver.flags &= ~TcpFlag.DATA_UNACKNOWLEDGED

  if (index == TcpIndex.ACK) {
    if (
      last.direction == <u8>direction &&
      last.seq == seq &&
      last.ack == ack &&
      last.end == end &&
      last.window == descriptor.window
    ) {
      last.retransmissions++
    } else {
      last.direction = <u8>direction
      last.seq = seq
      last.ack = ack
      last.end = end
      last.window = descriptor.window
      last.retransmissions = 0
    }
  }
  return InWindow.ACCEPT
}

/** Takes the options of a SYN over into the state of its sender. Without options, nothing changes. */
export function noteOptions(peer: TcpPeer, descriptor: Descriptor): void {
  if (descriptor.tcpHeader <= 20) return
  const options = windowOptions(descriptor)
  peer.scale = <u8>options
  peer.flags = (peer.flags & TcpFlag.BE_LIBERAL) | <u8>(options >> OPTION_FLAGS_SHIFT)
}

/** The first SYN of this end, or one that starts it anew. */
function beginSender(
  sender: TcpPeer,
  receiver: TcpPeer,
  descriptor: Descriptor,
  end: u32,
  window: u32,
  direction: u32,
): void {
  sender.end = end
  sender.maxEnd = end
  sender.maxWindow = window == 0 ? 1 : window
  noteOptions(sender, descriptor)
  // Windows are scaled only if both ends offered it (RFC 7323).
  if (direction == 1 && (sender.flags & receiver.flags & TcpFlag.WINDOW_SCALE) == 0) {
    sender.scale = 0
    receiver.scale = 0
  }
}
