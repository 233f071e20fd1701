/**
 * One shard's packets of one block, in order: entry, tracker, path, counters. A packet whose entry remembers a path
 * for its signature never leaves the data plane; for any other the control plane walks the rules.
 */
import { confirmPlain, release } from './conntrack/confirm'
import { runGc } from './conntrack/gc-worker'
import { findEntry } from './conntrack/tuple-index'
import { track as trackConnection, trackFound } from './conntrack/track'
import { Place } from './departure'
import { expectOnPath, keepOriginal, wasExpected, wasMangled } from './expected'
import { addNode, addOutcome, findNode, findOutcome, makeRoomForOutcome } from './flow-cache'
import { hashFlowKey, keepsFlows, KEY_WORDS, makeFlowKey } from './flow-key'
import { Block } from './layout/block'
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { Entry, EntryStatus, isAlive } from './layout/entry'
import { FlowNode, FlowOutcome } from './layout/flow-cache'
import { FLOW_KEY_BYTES } from './layout/flow-classes'
import { Outcome } from './layout/outcome'
import { Path } from './layout/path'
import { Reason } from './layout/reason'
import { allocate, replay, ReplayFlag } from './layout/replay'
import { ConntrackCounter, Shard } from './layout/shard'
import { SignatureSpec } from './layout/signature'
import { CtInfo, FlowMemory, Skb, SkbVerdict } from './layout/skb'
import { countPath } from './path-table'
import { countForwarded, Maker, makerOf } from './sent'
import { ALWAYS_WALKED, connectionSignature, noConnectionSignature, packetSignature } from './signature'
import { GROUP_BYTES, touchAhead } from './touch-ahead'
import { internWay, wayOf } from './way-table'

/** TCP flag. */
const RST: u8 = 4

/** The control plane's walk through the rules: reads and fills the Skb at this address. */
@external('control', 'walk')
declare function walk(skb: usize): void

/** A worker's own `Skb`; 0 when memory is used up. */
export function createSkb(): usize {
  const at = allocate(offsetof<Skb>())
  const key = allocate(FLOW_KEY_BYTES)
  if (at == 0 || key == 0) return 0
  changetype<Skb>(at).flowKey = <u32>key
  return at
}

/** Replays the block's run of the shard, with the worker's own `Skb` at `skbAt`. */
export function replayShard(shardAt: usize, blockAt: usize, skbAt: usize): void {
  const shard = changetype<Shard>(shardAt)
  const block = changetype<Block>(blockAt)
  const skb = changetype<Skb>(skbAt)
  const first = load<u32>(block.runStarts + (<usize>shard.number << 2))
  const end = load<u32>(block.runStarts + (<usize>shard.number << 2), 4)
  const outcomes = block.outcomes
  const isLimited = shard.table != 0
  Place.block = blockAt
  Place.shard = shard.number
  const last = block.runs + <usize>end * offsetof<Descriptor>()
  let touched: usize = 0
  for (let i = first; i < end; i++) {
    const descriptor = changetype<Descriptor>(block.runs + <usize>i * offsetof<Descriptor>())
    if (changetype<usize>(descriptor) >= touched) {
      touched = min(changetype<usize>(descriptor) + GROUP_BYTES, last)
      touchAhead(shard, changetype<usize>(descriptor), touched)
    }
    if (isLimited) runGc(shardAt, descriptor.atNs)
    Place.index = i
    shard.nowNs = descriptor.atNs
    skb.descriptor = <u32>changetype<usize>(descriptor)
    skb.packet = descriptor.packet
    skb.nowNs = descriptor.atNs
    skb.number = block.firstPacket + descriptor.record
    skb.length = descriptor.length
    skb.mark = 0
    skb.entry = 0
    skb.ctInfo = 0
    skb.tracked = 0
    skb.remember = 0
    skb.flowKeyBytes = 0
    skb.flowMemory = 0
    skb.path = 0
    skb.template = 0
    skb.shard = <u32>shardAt
    replayPacket(shard, descriptor, skb)
    if (outcomes != 0) {
      const outcome = changetype<Outcome>(outcomes + <usize>descriptor.record * offsetof<Outcome>())
      outcome.path = skb.path
      outcome.mark = skb.mark
      outcome.ctId = connectionId(skb)
    }
    release(skbAt)
  }
}

/** Of the connection that the packet belongs to, though it may have ended with it; 0 when there never was one. */
@inline
function connectionId(skb: Skb): u64 {
  if (skb.entry == 0) return 0
  const entry = changetype<Entry>(<usize>skb.entry)
  return (entry.status & EntryStatus.CONFIRMED) == 0 ? 0 : entry.id
}

/** conntrack at -200, for the control plane: tracks and notes the connection's part of the signature. */
export function track(skbAt: usize): void {
  const skb = changetype<Skb>(skbAt)
  trackConnection(skbAt)
  noteSignature(skb)
}

@inline
function noteSignature(skb: Skb): void {
  if (skb.entry != 0) skb.signature = connectionSignature(changetype<Entry>(<usize>skb.entry), skb.ctInfo)
  else skb.signature = noConnectionSignature()
}

function replayPacket(shard: Shard, descriptor: Descriptor, skb: Skb): void {
  if ((descriptor.flags & DescriptorFlag.SENT) != 0 && settleSent(shard, descriptor, skb)) return
  const flags = replay().flags
  const isPlain =
    (flags & ReplayFlag.REMEMBER) != 0 &&
    (descriptor.flags & ALWAYS_WALKED) == 0 &&
    (descriptor.flags & DescriptorFlag.SENT) == 0 &&
    !mayBeAnswer(descriptor, flags)
  if (!isPlain) {
    count(shard, ConntrackCounter.WALKS)
    if ((flags & ReplayFlag.TAP) != 0) keepOriginal(descriptor)
    walk(changetype<usize>(skb))
    return
  }
  const isTracked = flags & (descriptor.flags & DescriptorFlag.IPV6 ? ReplayFlag.TRACK_IPV6 : ReplayFlag.TRACK_IPV4)
  const isError = (descriptor.flags & DescriptorFlag.ICMP_ERROR) != 0
  // The connection that an ICMP error is about remembers the ways of its own packets.
  const hasPath = isTracked != 0 && !isError
  const packetPart = packetSignature(descriptor)
  if (hasPath && followPath(shard, descriptor, skb, packetPart)) return
  // What is compared with the capture is remembered by connections alone.
  const compares = (flags & ReplayFlag.TAP) != 0
  const bytes = compares ? 0 : makeFlowKey(descriptor, packetPart, skb.flowKey)
  const keeps = bytes != 0 && keepsFlows(descriptor)
  const hash = keeps ? hashFlowKey(<usize>skb.flowKey + KEY_WORDS, bytes) : 0
  if (!keeps || !followFlow(shard, skb, bytes, hash)) {
    // Where there is NAT, an error is translated by what it quotes: its own numbers tell nothing.
    skb.flowKeyBytes = isError && !keeps ? 0 : bytes
    count(shard, ConntrackCounter.WALKS)
    const kept = compares && keepOriginal(descriptor)
    walk(changetype<usize>(skb))
    if (keeps) rememberFlow(shard, skb, bytes, hash)
    if (skb.remember == 0 || (kept && wasMangled())) return
  }
  if (hasPath) rememberPath(shard, skb, packetPart)
}

/** The entry keeps the way of packets like this one, if the packet leaves it behind. */
function rememberPath(shard: Shard, skb: Skb, packetPart: u64): void {
  if (skb.entry == 0 || skb.path < Reason.COUNT) return
  const entry = changetype<Entry>(<usize>skb.entry)
  if (!isAlive(entry)) return
  const way = internWay(shard, skb.path, packetPart | skb.signature, skb.mark)
  if (skb.ctInfo >= CtInfo.ESTABLISHED_REPLY) entry.way1 = way
  else entry.way0 = way
}

/** True when the cache of flows knew the packet's way, and all is done. Otherwise it may have been tracked. */
function followFlow(shard: Shard, skb: Skb, bytes: u32, hash: u32): bool {
  const node = findNode(shard, <usize>skb.flowKey + KEY_WORDS, bytes, hash)
  if (node == 0) return false
  let at: usize = changetype<FlowNode>(node).outcomes
  if (changetype<FlowNode>(node).tracks != 0) {
    if (skb.tracked == 0) {
      trackConnection(changetype<usize>(skb))
      skb.tracked = 1
      noteSignature(skb)
    }
    if (skb.verdict != SkbVerdict.ACCEPT) return false
    at = findOutcome(node, skb.signature)
  }
  if (at == 0) return false
  const outcome = changetype<FlowOutcome>(at)
  if (outcome.confirms != 0 && !confirmPlain(changetype<usize>(skb))) return false
  skb.path = outcome.path
  skb.mark = outcome.mark
  countPath(outcome.path, skb.length)
  count(shard, ConntrackCounter.FLOW_HITS)
  return true
}

/** Keeps what the walk came to, if it may be kept. */
function rememberFlow(shard: Shard, skb: Skb, bytes: u32, hash: u32): void {
  const kept = skb.flowMemory
  if ((kept & FlowMemory.KEEP) == 0) return
  makeRoomForOutcome(shard, bytes)
  const words = <usize>skb.flowKey + KEY_WORDS
  const tracks = <u32>((kept & FlowMemory.TRACKS) != 0)
  let node = findNode(shard, words, bytes, hash)
  if (node == 0) node = addNode(shard, words, bytes, hash, tracks)
  if (node == 0) return
  addOutcome(shard, node, skb.signature, skb.path, skb.mark, <u32>((kept & FlowMemory.CONFIRMS) != 0))
}

/**
 * --vantage tap: true when the packet is what the box did with an earlier one. One that it made as it stands starts at
 * OUTPUT; of any other the control plane finds out.
 */
function settleSent(shard: Shard, descriptor: Descriptor, skb: Skb): bool {
  if (wasExpected(shard, descriptor, skb.number)) {
    skb.path = countForwarded(changetype<usize>(shard), (descriptor.flags & DescriptorFlag.IPV6) != 0, skb.length)
    return skb.path != 0
  }
  if (makerOf(shard, descriptor) == Maker.BOX) {
    descriptor.flags = (descriptor.flags & ~DescriptorFlag.SENT) | DescriptorFlag.OUTPUT
  }
  return false
}

/** --vantage tap: a RST that the box sent may be REJECT's answer. ICMP errors are always walked. */
@inline
function mayBeAnswer(descriptor: Descriptor, flags: u32): bool {
  return (
    (flags & ReplayFlag.TAP) != 0 &&
    (descriptor.flags & DescriptorFlag.OUTPUT) != 0 &&
    (descriptor.tcpFlags & RST) != 0
  )
}

/** True when the packet's entry remembered its path, and all is done. Otherwise it may have been tracked. */
function followPath(shard: Shard, descriptor: Descriptor, skb: Skb, packetPart: u64): bool {
  const found = findEntry(changetype<usize>(shard), changetype<usize>(descriptor))
  if (found == 0) return false
  const reply = (found & 1) != 0
  const at = found & ~1
  const entry = changetype<Entry>(at)
  const number = reply ? entry.way1 : entry.way0
  if (number == 0) return false
  const way = wayOf(shard, number)
  const remembered = way.signature
  const packetMask = changetype<SignatureSpec>(replay().signature).packetPart
  if ((remembered & packetMask) != packetPart) return false
  if (!trackFound(changetype<usize>(skb), at, reply)) return false
  skb.tracked = 1
  noteSignature(skb)
  if (<usize>skb.entry != at || skb.verdict != SkbVerdict.ACCEPT || remembered != (packetPart | skb.signature)) return false
  const path = way.path
  skb.path = path
  skb.mark = way.mark
  countPath(path, skb.length)
  if ((replay().flags & ReplayFlag.TAP) != 0) expectOnPath(shard, skb, descriptor, changetype<Path>(<usize>path))
  count(shard, ConntrackCounter.PATH_HITS)
  return true
}

@inline
function count(shard: Shard, counter: u32): void {
  const at: usize = <usize>shard.counters + (<usize>counter << 3)
  store<u64>(at, load<u64>(at) + 1)
}
