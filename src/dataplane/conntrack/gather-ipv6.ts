/**
 * IPv6 fragments become datagrams without their fragment headers, as conntrack's defragmentation hook does it.
 * Kernel: nf_ct_frag6_gather(), nf_ct_frag6_queue(), nf_ct_frag6_reasm(), net/ipv6/netfilter/nf_conntrack_reasm.c.
 */
import { Block } from '../layout/block'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Protocol } from '../layout/protocol'
import { Reason } from '../layout/reason'
import { replay, Timeout } from '../layout/replay'
import { describeIpv6, IPV6_HEADER, IPV6_PAYLOAD } from '../wire/ipv6'
import { IPV6_DST, IPV6_SRC } from '../wire/ipv6-address'
import { Extension, NextHeader, walkExtensions } from '../wire/ipv6-extension'
import { TCP_HEADER } from '../wire/tcp'
import { UDP_HEADER } from '../wire/udp'
import { ICMP_HEADER } from '../wire/icmp'
import { buildDatagram, FRAGMENT_HEADER, keepFragment, removeFragmentHeader } from './datagram'
import { ECN_CONTRADICTION, ecnBit, joinEcn } from './ecn'
import { Fragment, FragmentArena, FragmentQueue, QueueFlag, QueueUser } from './fragment-arena'
import {
  createQueue,
  expireQueues,
  findQueue,
  freeFragment,
  insertFragment,
  Insertion,
  killQueue,
  trueSize,
} from './fragment-queue'
import { take } from './fragment-pool'

// Offsets from the start of the fragment header, RFC 8200 section 4.5.
const FIELD: usize = 2
const ID: usize = 4
const OFFSET: u32 = 0xfff8
const MORE_FRAGMENTS: u32 = 1

const NEXT_HEADER: usize = 6
const MAX_PAYLOAD: u32 = 65535

/** What queueing says beside OK, DUPLICATE and OVERLAP (which kills the queue). */
namespace Refusal {
  /** The fragment is dropped, the queue stays. */
  export const DROP: u32 = 3
  /** The queue is killed, and the fragment goes on as it is. */
  export const PASS: u32 = 4
}

/**
 * NONE: the descriptor is now the whole datagram's, or the fragment's that goes on as it is. Otherwise what became
 * of the fragment. Requires the fragment header as the descriptor's transport header.
 */
export function gatherIpv6(arena: FragmentArena, block: Block, descriptor: Descriptor): u32 {
  const at = <u32>descriptor.transport
  if (lacksTransport(descriptor, at)) return passAsIs(descriptor)
  if (at + FRAGMENT_HEADER > descriptor.captured) return Reason.FRAGMENT_DROPPED
  const family = arena.ipv6
  expireQueues(arena, family, descriptor.atNs)
  const limit: u64 = replay().ipv6FragmentBytes
  if (limit == 0 || family.bytes > limit) return Reason.FRAGMENT_DROPPED
  const key = keyOf(arena, descriptor, at)
  let queue = findQueue(arena, key)
  if (queue === null) {
    queue = createQueue(arena, family, key)
    if (queue === null) return Reason.FRAGMENT_DROPPED
  }
  const inserted = insert(arena, queue, descriptor, at)
  if (inserted == Insertion.DUPLICATE) return Reason.FRAGMENT_KEPT
  if (inserted == Refusal.DROP) return Reason.FRAGMENT_DROPPED
  if (inserted != Insertion.OK) {
    killQueue(arena, family, queue)
    return inserted == Refusal.PASS ? passAsIs(descriptor) : Reason.FRAGMENT_DROPPED
  }
  if (queue.flags != (QueueFlag.FIRST_IN | QueueFlag.LAST_IN) || queue.meat != queue.length) return Reason.FRAGMENT_KEPT
  const reason = finish(queue, block, descriptor)
  killQueue(arena, family, queue)
  return reason
}

/** A first fragment that ends before the transport header does. Kernel: ipv6frag_thdr_truncated(). */
function lacksTransport(descriptor: Descriptor, at: u32): bool {
  if (!walkExtensions(descriptor.packet, at, descriptor.captured, NextHeader.FRAGMENT)) return false
  return Extension.offset + leastTransport(Extension.protocol) > descriptor.length
}

function leastTransport(protocol: u8): u32 {
  switch (protocol) {
    case Protocol.TCP:
      return TCP_HEADER
    case Protocol.UDP:
      return UDP_HEADER
    case Protocol.ICMPV6:
      return ICMP_HEADER
    default:
      return 1
  }
}

/** Describes the fragment as one that nobody puts together. */
function passAsIs(descriptor: Descriptor): u32 {
  return describeIpv6(descriptor, descriptor.packet, descriptor.captured, descriptor.length, false)
}

function keyOf(arena: FragmentArena, descriptor: Descriptor, at: u32): FragmentQueue {
  const packet: usize = descriptor.packet
  const key = arena.key
  memory.fill(changetype<usize>(key), 0, offsetof<FragmentQueue>())
  key.srcHigh = load<u64>(packet, IPV6_SRC)
  key.srcLow = load<u64>(packet, IPV6_SRC + 8)
  key.dstHigh = load<u64>(packet, IPV6_DST)
  key.dstLow = load<u64>(packet, IPV6_DST + 8)
  key.id = load<u32>(packet + at, ID)
  // Elsewhere the pieces of one datagram may come in by several interfaces.
  if (meansOneLink(<u8>key.dstHigh, <u8>(key.dstHigh >> 8))) key.boxInterface = descriptor.boxInterface
  key.user = descriptor.flags & DescriptorFlag.FROM_BOX ? QueueUser.OUTPUT : QueueUser.RECEIVED
  key.family = 6
  key.expiryNs = descriptor.atNs + load<u64>(replay().timeouts + ((<usize>Timeout.IPV6_FRAGMENT) << 3))
  const mixed =
    (key.srcLow ^ key.srcHigh) * 0x9e3779b97f4a7c15 + (key.dstLow ^ key.dstHigh) * 0xbf58476d1ce4e5b9 + key.id
  key.hash = <u32>((mixed * 0x94d049bb133111eb) >> 32)
  return key
}

/** Multicast or link-local, by the first two bytes of an address. Kernel: fq_find(), nf_conntrack_reasm.c. */
@inline
function meansOneLink(first: u8, second: u8): bool {
  return first == 0xff || (first == 0xfe && (second & 0xc0) == 0x80)
}

function insert(arena: FragmentArena, queue: FragmentQueue, descriptor: Descriptor, at: u32): u32 {
  const packet: usize = descriptor.packet
  const payload = <u32>bswap<u16>(load<u16>(packet, IPV6_PAYLOAD))
  const field = <u32>bswap<u16>(load<u16>(packet + at, FIELD))
  const offset = field & OFFSET
  const header = at + FRAGMENT_HEADER
  if (header > descriptor.length) return Refusal.DROP
  const end = offset + descriptor.length - header
  if (end > MAX_PAYLOAD) return Refusal.DROP
  if ((field & MORE_FRAGMENTS) == 0) {
    if (end < queue.length || ((queue.flags & QueueFlag.LAST_IN) != 0 && end != queue.length)) return Refusal.DROP
    queue.flags |= QueueFlag.LAST_IN
    queue.length = end
  } else {
    if (end & 7) return Refusal.PASS
    if (end > queue.length) {
      if (queue.flags & QueueFlag.LAST_IN) return Refusal.DROP
      queue.length = end
    }
  }
  if (end == offset) return Refusal.DROP
  const item = take(arena.fragments)
  if (item == 0) return Refusal.DROP
  const fragment = changetype<Fragment>(item)
  const inserted = insertFragment(queue, fragment, offset, end)
  if (inserted != Insertion.OK) {
    freeFragment(arena, fragment)
    return inserted
  }
  queue.meat += end - offset
  queue.ecn |= ecnBit(descriptor.tos)
  queue.bytes += trueSize(descriptor)
  arena.ipv6.bytes += trueSize(descriptor)
  queue.maxSize = max(queue.maxSize, payload)
  if (offset == 0) {
    queue.flags |= QueueFlag.FIRST_IN
    walkExtensions(packet, IPV6_HEADER, descriptor.captured, load<u8>(packet, NEXT_HEADER))
    fragment.announces = <u16>Extension.announces
  }
  return keepFragment(arena, fragment, descriptor, header) ? Insertion.OK : Insertion.OVERLAP
}

/** Builds the datagram in the block's memory, takes the fragment header out, and describes it. */
function finish(queue: FragmentQueue, block: Block, descriptor: Descriptor): u32 {
  const ecn = joinEcn(queue.ecn)
  const first = changetype<Fragment>(<usize>queue.firstRun)
  const headers = <u32>first.header - FRAGMENT_HEADER
  const payload = headers - IPV6_HEADER + queue.length
  if (ecn == ECN_CONTRADICTION || payload > MAX_PAYLOAD) return Reason.FRAGMENT_DROPPED
  const whole = buildDatagram(queue, block, IPV6_HEADER + queue.maxSize, descriptor)
  if (whole == 0) return Reason.FRAGMENT_DROPPED
  store<u8>(whole + first.announces, load<u8>(whole + headers))
  const packet = removeFragmentHeader(whole, headers, first.linkHeader)
  store<u16>(packet, bswap<u16>(<u16>payload), IPV6_PAYLOAD)
  store<u8>(packet, load<u8>(packet, 1) | (ecn << 4), 1)
  return describeIpv6(descriptor, packet, descriptor.captured - FRAGMENT_HEADER, payload + IPV6_HEADER, false)
}
