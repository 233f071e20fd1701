/**
 * Memory for datagrams put together in a block: segments chained to the block, filled from the front, emptied when
 * the block is indexed anew. What a block can need is bounded: the fragments kept before it and its own bytes.
 *
 *   a datagram:  largest fragment (u32) | link header of the first fragment | IP header, data
 *
 * The largest fragment's length, IP header included, is what no router may exceed when it sends the datagram on.
 * Kernel: IPCB(skb)->frag_max_size.
 */
import { Block } from '../layout/block'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { allocate } from '../layout/replay'
import { Fragment, FragmentArena, FragmentQueue } from './fragment-arena'
import { copyKept, keepBytes } from './fragment-queue'

@unmanaged
class Segment {
  /** The next segment, or 0. */
  next: u32
  /** Bytes taken, this head included, of SEGMENT_BYTES. */
  used: u32
}

const SEGMENT_BYTES: u32 = 1 << 20
/** Bytes in front of a datagram's link header. */
const DATAGRAM_HEAD: u32 = 4
/** Bytes of an IPv6 fragment header. */
export const FRAGMENT_HEADER: u32 = 8

/** Forgets the block's datagrams. */
export function resetDatagrams(block: Block): void {
  for (let at = block.datagrams; at != 0; at = changetype<Segment>(at).next) {
    changetype<Segment>(at).used = <u32>offsetof<Segment>()
  }
}

/**
 * Keeps what the datagram will need of the descriptor's packet: its captured data, and of the first fragment also
 * the headers in front. `header` is where the data begins. False when memory is used up.
 */
export function keepFragment(arena: FragmentArena, fragment: Fragment, descriptor: Descriptor, header: u32): bool {
  const packet: usize = descriptor.packet
  const captured = min(descriptor.captured, header + fragment.length)
  if (fragment.offset != 0) return keepBytes(arena, fragment, packet + header, captured - header)
  fragment.linkHeader = descriptor.linkHeader
  fragment.header = <u16>header
  fragment.packetType = descriptor.packetType
  return keepBytes(arena, fragment, packet - descriptor.linkHeader, captured + descriptor.linkHeader)
}

/**
 * Puts the queue's fragments together: the address of the IP header, or 0 when memory is used up. Of a datagram
 * whose fragments were cut, what is there without a gap. The descriptor (of the completing fragment) takes over
 * link header and packet type of the first one; `captured` is what there is now.
 */
export function buildDatagram(queue: FragmentQueue, block: Block, largest: u32, descriptor: Descriptor): usize {
  const first = changetype<Fragment>(<usize>queue.firstRun)
  const front = DATAGRAM_HEAD + first.linkHeader
  const start = takeDatagram(block, front + first.header + queue.length)
  if (start == 0) return 0
  store<u32>(start, largest)
  const packet = start + front
  descriptor.linkHeader = first.linkHeader
  descriptor.packetType = first.packetType
  descriptor.captured = first.header + copyData(queue, packet)
  descriptor.flags = (descriptor.flags & DescriptorFlag.OUTPUT) | DescriptorFlag.DATAGRAM
  return packet
}

/** Moves the `headers` bytes in front of an IPv6 fragment header over it: the packet's new address. */
export function removeFragmentHeader(packet: usize, headers: u32, linkHeader: u32): usize {
  const front = DATAGRAM_HEAD + linkHeader
  memory.copy(packet - front + FRAGMENT_HEADER, packet - front, front + headers)
  return packet + FRAGMENT_HEADER
}

/** Copies headers and data to `packet`, up to the first gap: the bytes of data. */
function copyData(queue: FragmentQueue, packet: usize): u32 {
  const first = changetype<Fragment>(<usize>queue.firstRun)
  let data: u32 = 0
  for (let run: usize = queue.firstRun; run != 0; run = changetype<Fragment>(run).nextRun) {
    for (let at = run; at != 0; at = changetype<Fragment>(at).next) {
      const fragment = changetype<Fragment>(at)
      if (fragment.offset != data) return data
      const isFirst = data == 0
      copyKept(fragment, isFirst ? packet - first.linkHeader : packet + first.header + data)
      data += isFirst ? fragment.kept - first.linkHeader - first.header : fragment.kept
    }
  }
  return data
}

/** `bytes` bytes for one datagram, less than a segment; 0 when memory is used up. */
function takeDatagram(block: Block, bytes: u32): usize {
  let last: usize = 0
  for (let at = block.datagrams; at != 0; at = changetype<Segment>(at).next) {
    const taken = takeFrom(changetype<Segment>(at), bytes)
    if (taken != 0) return taken
    last = at
  }
  const fresh = allocate(SEGMENT_BYTES)
  if (fresh == 0) return 0
  changetype<Segment>(fresh).used = <u32>offsetof<Segment>()
  if (last == 0) block.datagrams = fresh
  else changetype<Segment>(last).next = <u32>fresh
  return takeFrom(changetype<Segment>(fresh), bytes)
}

function takeFrom(segment: Segment, bytes: u32): usize {
  const used = segment.used
  if (used + bytes > SEGMENT_BYTES) return 0
  segment.used = used + ((bytes + 7) & ~7)
  return changetype<usize>(segment) + used
}
