/**
 * IPv4 fragments become datagrams, as conntrack's defragmentation hook does it in front of every table.
 * Kernel: ip_defrag(), ip_frag_queue(), ip_frag_reasm(), net/ipv4/ip_fragment.c.
 */
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Block } from '../layout/block'
import { Reason } from '../layout/reason'
import { replay, Timeout } from '../layout/replay'
import { foldSum, sumBytes } from '../wire/checksum'
import {
  describeIpv4,
  IPV4_CHECKSUM,
  IPV4_DONT_FRAGMENT,
  IPV4_FRAGMENT,
  IPV4_ID,
  IPV4_LENGTH,
  IPV4_MORE_FRAGMENTS,
  IPV4_OFFSET,
  IPV4_TOS,
} from '../wire/ipv4'
import { buildDatagram, keepFragment } from './datagram'
import { ECN_CONTRADICTION, ecnBit, joinEcn } from './ecn'
import { Fragment, FragmentArena, FragmentQueue, QueueFlag, QueueUser } from './fragment-arena'
import {
  createQueue,
  expireQueues,
  findQueue,
  freeFragment,
  insertFragment,
  Insertion,
  joinPeer,
  killQueue,
  noteDistance,
  trueSize,
} from './fragment-queue'
import { take } from './fragment-pool'

const MAX_LENGTH: u32 = 65535

/** NONE: the descriptor is now the whole datagram's. Otherwise what became of the fragment. */
export function gatherIpv4(arena: FragmentArena, block: Block, descriptor: Descriptor): u32 {
  const family = arena.ipv4
  expireQueues(arena, family, descriptor.atNs)
  const limit: u64 = replay().ipv4FragmentBytes
  if (limit == 0 || family.bytes > limit) return Reason.FRAGMENT_DROPPED
  const expiryNs = descriptor.atNs + load<u64>(replay().timeouts + ((<usize>Timeout.IPV4_FRAGMENT) << 3))
  const key = keyOf(arena, descriptor, expiryNs)
  let queue = findQueue(arena, key)
  if (queue === null) {
    queue = createQueue(arena, family, key)
    if (queue === null) return Reason.FRAGMENT_DROPPED
    joinPeer(arena, queue, descriptor.src)
  }
  noteDistance(arena, family, queue, expiryNs)
  const inserted = insert(arena, queue, descriptor)
  if (inserted == Insertion.DUPLICATE) return Reason.FRAGMENT_KEPT
  if (inserted != Insertion.OK) {
    killQueue(arena, family, queue)
    return Reason.FRAGMENT_DROPPED
  }
  if (queue.flags != (QueueFlag.FIRST_IN | QueueFlag.LAST_IN) || queue.meat != queue.length) return Reason.FRAGMENT_KEPT
  const reason = finish(queue, block, descriptor)
  killQueue(arena, family, queue)
  return reason
}

function keyOf(arena: FragmentArena, descriptor: Descriptor, expiryNs: u64): FragmentQueue {
  const key = arena.key
  memory.fill(changetype<usize>(key), 0, offsetof<FragmentQueue>())
  key.srcLow = descriptor.src
  key.dstLow = descriptor.dst
  key.id = load<u16>(<usize>descriptor.packet, IPV4_ID)
  key.protocol = descriptor.protocol
  key.user = descriptor.flags & DescriptorFlag.FROM_BOX ? QueueUser.OUTPUT : QueueUser.RECEIVED
  key.family = 4
  key.expiryNs = expiryNs
  key.hash = (descriptor.src * 0x9e3779b1) ^ (descriptor.dst * 0x85ebca6b) ^ (key.id * 0xc2b2ae35)
  key.hash ^= key.hash >> 15
  return key
}

/** OVERLAP also stands for all else that kills the queue. */
function insert(arena: FragmentArena, queue: FragmentQueue, descriptor: Descriptor): u32 {
  const packet: usize = descriptor.packet
  const header = <u32>descriptor.transport
  const field = <u32>bswap<u16>(load<u16>(packet, IPV4_FRAGMENT))
  const offset = (field & IPV4_OFFSET) << 3
  let end = offset + descriptor.length - header
  if ((field & IPV4_MORE_FRAGMENTS) == 0) {
    if (end < queue.length || ((queue.flags & QueueFlag.LAST_IN) != 0 && end != queue.length)) return Insertion.OVERLAP
    queue.flags |= QueueFlag.LAST_IN
    queue.length = end
  } else {
    end &= ~7
    if (end > queue.length) {
      if (queue.flags & QueueFlag.LAST_IN) return Insertion.OVERLAP
      queue.length = end
    }
  }
  if (end == offset) return Insertion.OVERLAP
  const at = take(arena.fragments)
  if (at == 0) return Insertion.OVERLAP
  const fragment = changetype<Fragment>(at)
  const inserted = insertFragment(queue, fragment, offset, end)
  if (inserted != Insertion.OK) {
    freeFragment(arena, fragment)
    return inserted
  }
  queue.meat += end - offset
  queue.ecn |= ecnBit(descriptor.tos)
  queue.bytes += trueSize(descriptor)
  arena.ipv4.bytes += trueSize(descriptor)
  if (offset == 0) queue.flags |= QueueFlag.FIRST_IN
  const size = end - offset + header
  queue.maxSize = max(queue.maxSize, size)
  if (field & IPV4_DONT_FRAGMENT) queue.maxDfSize = max(queue.maxDfSize, size)
  return keepFragment(arena, fragment, descriptor, header) ? Insertion.OK : Insertion.OVERLAP
}

/** Builds the datagram in the block's memory and describes it. */
function finish(queue: FragmentQueue, block: Block, descriptor: Descriptor): u32 {
  const ecn = joinEcn(queue.ecn)
  const first = changetype<Fragment>(<usize>queue.firstRun)
  const length = first.header + queue.length
  if (ecn == ECN_CONTRADICTION || length > MAX_LENGTH) return Reason.FRAGMENT_DROPPED
  const packet = buildDatagram(queue, block, max(queue.maxSize, queue.maxDfSize), descriptor)
  if (packet == 0) return Reason.FRAGMENT_DROPPED
  store<u16>(packet, bswap<u16>(<u16>length), IPV4_LENGTH)
  store<u8>(packet, load<u8>(packet, IPV4_TOS) | ecn, IPV4_TOS)
  store<u16>(packet, queue.maxDfSize == queue.maxSize ? bswap<u16>(<u16>IPV4_DONT_FRAGMENT) : 0, IPV4_FRAGMENT)
  store<u16>(packet, 0, IPV4_CHECKSUM)
  store<u16>(packet, <u16>~foldSum(sumBytes(packet, first.header)), IPV4_CHECKSUM)
  return describeIpv4(descriptor, packet, descriptor.captured, length)
}
