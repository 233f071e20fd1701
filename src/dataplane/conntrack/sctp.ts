/**
 * The SCTP tracker: what the chunks of one packet do to the association's state, its verification tags and timeout.
 * Kernel: nf_conntrack_sctp_packet(), net/netfilter/nf_conntrack_proto_sctp.c (v6.18).
 * Differs from the kernel: chunks that the snap length cut off are as if they were not there.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Entry, EntryStatus, SctpFlag, SctpPart, sctpPart, SctpState } from '../layout/entry'
import { Timeout } from '../layout/replay'
import { Skb } from '../layout/skb'
import { INVALID_SCTP_STATE, nextSctpState, SctpChunk } from './sctp-states'
import { refresh, timeoutNs } from './timeout'
import { Tracking } from './tracking'

/** Bytes of the common header; of a chunk's; and of what follows that one in INIT and INIT_ACK, the tag first. */
const HEADER: u32 = 12
const CHUNK_HEADER: u32 = 4
const INIT_HEADER: u32 = 16
const VERIFICATION_TAG: usize = 4
const CHUNK_FLAGS: usize = 1
const CHUNK_LENGTH: usize = 2
/** Flag of ABORT and SHUTDOWN_COMPLETE: the tag is the sender's own, for it knows no association. */
const REFLECTED: u8 = 1

/** Of chunks that bring their own rule for the tag. */
const OWN_TAG_RULE: u32 =
  (1 << SctpChunk.INIT) |
  (1 << SctpChunk.SHUTDOWN_COMPLETE) |
  (1 << SctpChunk.COOKIE_ECHO) |
  (1 << SctpChunk.ABORT) |
  (1 << SctpChunk.SHUTDOWN_ACK) |
  (1 << SctpChunk.HEARTBEAT) |
  (1 << SctpChunk.HEARTBEAT_ACK)
/** Of chunks that no packet outside of an association has (RFC 9260 section 8.4). */
const NEVER_FIRST: u32 =
  (1 << SctpChunk.ABORT) | (1 << SctpChunk.SHUTDOWN_COMPLETE) | (1 << SctpChunk.COOKIE_ACK)

const HEARTBEATS: u32 = (1 << SctpChunk.HEARTBEAT) | (1 << SctpChunk.HEARTBEAT_ACK)

/** What `chunksOf` returns when the chunks do not go together. */
const MALFORMED: u32 = 0x80000000

/** Tracks a packet of the entry. */
export function trackSctp(entry: Entry, direction: u32, skb: Skb): u32 {
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  if (descriptor.flags & (DescriptorFlag.BAD_TRANSPORT | DescriptorFlag.BAD_CHECKSUM)) return Tracking.INVALID
  const at: usize = <usize>descriptor.packet + descriptor.transport
  const first = at + HEADER
  const end: usize = <usize>descriptor.packet + min(descriptor.captured, skb.length)
  const chunks = chunksOf(first, end)
  if (chunks & MALFORMED) return Tracking.INVALID
  const tag = load<u32>(at, VERIFICATION_TAG)
  const part = sctpPart(entry)
  if ((entry.status & EntryStatus.CONFIRMED) == 0) {
    if ((chunks & NEVER_FIRST) != 0 || !begin(part, tag, chunks, first, end)) return Tracking.INVALID
  }
  if ((chunks & OWN_TAG_RULE) == 0 && tag != tagOf(part, direction)) return Tracking.INVALID

  let state: u8 = SctpState.NONE
  let ignored = false
  for (let chunk = first; chunk + CHUNK_HEADER <= end; chunk = nextChunk(chunk)) {
    const type = load<u8>(chunk)
    if (!mayHaveTag(part, direction, tag, chunk)) return Tracking.INVALID
    if (type == SctpChunk.COOKIE_ACK) {
      part.init0 = 0
      part.init1 = 0
    } else if (type == SctpChunk.HEARTBEAT || type == SctpChunk.HEARTBEAT_ACK) {
      const hasData = (chunks & (1 << SctpChunk.DATA)) != 0
      const judged = judgeHeartbeat(part, direction, tag, type, hasData || ignored)
      if (judged == Heartbeat.INVALID) return Tracking.INVALID
      if (judged == Heartbeat.IGNORE) {
        ignored = true
        continue
      }
    }
    const before = entry.state
    state = nextSctpState(direction, type, before)
    if (state == INVALID_SCTP_STATE) return Tracking.INVALID
    if (type == SctpChunk.INIT || type == SctpChunk.INIT_ACK) {
      if (chunk + CHUNK_HEADER + INIT_HEADER > end) return Tracking.INVALID
      const init = load<u32>(chunk, CHUNK_HEADER)
      const isNew = before == SctpState.NONE || tagOf(part, 1 - direction) != init
      if (type == SctpChunk.INIT) noteInit(part, direction, isNew)
      else if (!mayAnswerInit(part, direction, init)) return Tracking.INVALID
      setTag(part, 1 - direction, init)
      // A repeated INIT does not keep the entry alive.
      const repeated = state == SctpState.CLOSED && before == SctpState.CLOSED
      if (type == SctpChunk.INIT && repeated && (entry.status & EntryStatus.CONFIRMED) != 0) ignored = true
    }
    entry.state = state
    if (before != state && state == SctpState.ESTABLISHED) entry.status |= EntryStatus.ASSURED
  }
  if (ignored) return Tracking.ACCEPT
  refresh(entry, direction, skb.length, timeoutNs(timeoutOf(state)), skb.nowNs)
  return Tracking.ACCEPT
}

/**
 * The types of the chunks in [first, end), a bit each up to 30, or MALFORMED: INIT, INIT_ACK and SHUTDOWN_COMPLETE
 * stand alone, COOKIE_ECHO and COOKIE_ACK in front. Kernel: do_basic_checks().
 */
function chunksOf(first: usize, end: usize): u32 {
  let types: u32 = 0
  let alone = false
  for (let chunk = first; chunk + CHUNK_HEADER <= end; chunk = nextChunk(chunk)) {
    const type = load<u8>(chunk)
    alone = alone || type == SctpChunk.INIT || type == SctpChunk.INIT_ACK || type == SctpChunk.SHUTDOWN_COMPLETE
    const leads = type == SctpChunk.COOKIE_ACK || type == SctpChunk.COOKIE_ECHO
    if ((chunk != first && (leads || alone)) || load<u16>(chunk, CHUNK_LENGTH) == 0) return MALFORMED
    if (type <= SctpChunk.SHUTDOWN_COMPLETE) types |= 1 << type
  }
  return first + CHUNK_HEADER <= end ? types : MALFORMED
}

/** Chunks are padded to whole words. */
@inline
function nextChunk(chunk: usize): usize {
  return chunk + ((<usize>bswap<u16>(load<u16>(chunk, CHUNK_LENGTH)) + 3) & ~3)
}

/**
 * The first packet makes the entry's tags; false when it cannot begin an association. Kernel: sctp_new(). With a
 * heartbeat or its answer in it, it belongs to a second path of an association that began elsewhere, unless it also
 * answers a shutdown: seen on 6.18.44.
 */
function begin(part: SctpPart, tag: u32, chunks: u32, first: usize, end: usize): bool {
  for (let chunk = first; chunk + CHUNK_HEADER <= end; chunk = nextChunk(chunk)) {
    const type = load<u8>(chunk)
    const state = nextSctpState(0, type, SctpState.NONE)
    if (state == SctpState.NONE) return false
    if (type == SctpChunk.INIT) {
      if (tag != 0 || chunk + CHUNK_HEADER + INIT_HEADER > end) return false
      part.tag1 = load<u32>(chunk, CHUNK_HEADER)
    } else if (type == SctpChunk.HEARTBEAT) {
      part.tag0 = tag
    } else if (type == SctpChunk.SHUTDOWN_ACK || (chunks & HEARTBEATS) == 0) {
      part.tag1 = tag
    }
  }
  return true
}

/** RFC 9260 section 8.5.1: chunks that are sent before the tag is known to both, or when it is no longer. */
function mayHaveTag(part: SctpPart, direction: u32, tag: u32, chunk: usize): bool {
  switch (load<u8>(chunk)) {
    case SctpChunk.INIT:
      return tag == 0
    case SctpChunk.ABORT:
    case SctpChunk.SHUTDOWN_COMPLETE:
      return tag == tagOf(part, load<u8>(chunk, CHUNK_FLAGS) & REFLECTED ? 1 - direction : direction)
    case SctpChunk.COOKIE_ECHO:
      return tag == tagOf(part, direction)
    default:
      return true
  }
}

namespace Heartbeat {
  export const ACCEPT: u32 = 0
  /** Its tag is another: perhaps both ends have begun anew, which the answer will show. */
  export const IGNORE: u32 = 1
  export const INVALID: u32 = 2
}

/** A heartbeat tries a path: its tag may be new here. `strict`: beside data, or after a chunk that was let pass. */
function judgeHeartbeat(part: SctpPart, direction: u32, tag: u32, type: u8, strict: bool): u32 {
  const known = tagOf(part, direction)
  if (known == 0) {
    setTag(part, direction, tag)
    return Heartbeat.ACCEPT
  }
  if (tag == known) {
    part.flags &= ~SctpFlag.HEARTBEAT_TAG_FAILED
    return Heartbeat.ACCEPT
  }
  if (strict) return Heartbeat.INVALID
  if (type == SctpChunk.HEARTBEAT) {
    part.flags |= SctpFlag.HEARTBEAT_TAG_FAILED
    part.lastDirection = <u8>direction
    return Heartbeat.IGNORE
  }
  const answers = (part.flags & SctpFlag.HEARTBEAT_TAG_FAILED) != 0 && part.lastDirection != <u8>direction
  if (!answers) return Heartbeat.INVALID
  part.flags &= ~SctpFlag.HEARTBEAT_TAG_FAILED
  setTag(part, direction, tag)
  setTag(part, 1 - direction, 0)
  return Heartbeat.ACCEPT
}

/** Both ends may open at once; a later INIT of one of them begins anew, unless it is one that came before (6.18.44). */
function noteInit(part: SctpPart, direction: u32, isNew: bool): void {
  if (!isNew) return
  const both = part.init0 != 0 && part.init1 != 0
  if (direction == 0) {
    part.init0 = 1
    if (both) part.init1 = 0
  } else {
    part.init1 = 1
    if (both) part.init0 = 0
  }
}

/** True when an INIT_ACK with this tag fits what is known of its sender. */
function mayAnswerInit(part: SctpPart, direction: u32, init: u32): bool {
  const known = tagOf(part, 1 - direction)
  const own = direction == 0 ? part.init0 : part.init1
  const other = direction == 0 ? part.init1 : part.init0
  if (other == 0) return known == 0 || known == init
  return own == 0 || known == init
}

/** In the packet's byte order. */
@inline
function tagOf(part: SctpPart, direction: u32): u32 {
  return direction == 0 ? part.tag0 : part.tag1
}

@inline
function setTag(part: SctpPart, direction: u32, tag: u32): void {
  if (direction == 0) part.tag0 = tag
  else part.tag1 = tag
}

/** NONE stays when heartbeats alone were let pass; the kernel has the timeout of CLOSED there. */
@inline
function timeoutOf(state: u8): u32 {
  return state == SctpState.NONE ? Timeout.SCTP_CLOSED : Timeout.SCTP_CLOSED + state - SctpState.CLOSED
}
