/**
 * Memory for datagrams put together in a block: segments chained to the block, filled from the front, emptied when
 * the block is indexed anew. What a block can need is bounded: the fragments kept before it and its own bytes.
 *
 * layout/datagram.ts says what a datagram looks like.
 */
import { Block } from '../layout/block'
import { DatagramHead } from '../layout/datagram'
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
const DATAGRAM_HEAD: u32 = offsetof<DatagramHead>()
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
  const bytes = (front + first.header + queue.length + 1) & ~1
  const start = takeDatagram(block, bytes + 2 + 2 * countPieces(queue))
  if (start == 0) return 0
  const head = changetype<DatagramHead>(start)
  head.largest = largest
  head.pieces = <u32>start + bytes
  writePieces(queue, start + bytes)
  const packet = start + front
  descriptor.linkHeader = first.linkHeader
  descriptor.packetType = first.packetType
  descriptor.captured = first.header + copyData(queue, packet)
  descriptor.flags = (descriptor.flags & DescriptorFlag.FROM_BOX) | DescriptorFlag.DATAGRAM
  return packet
}

/** Moves the `headers` bytes in front of an IPv6 fragment header over it: the packet's new address. */
export function removeFragmentHeader(packet: usize, headers: u32, linkHeader: u32): usize {
  const front = DATAGRAM_HEAD + linkHeader
  memory.copy(packet - front + FRAGMENT_HEADER, packet - front, front + headers)
  return packet + FRAGMENT_HEADER
}

function countPieces(queue: FragmentQueue): u32 {
  let count: u32 = 0
  for (let run: usize = queue.firstRun; run != 0; run = changetype<Fragment>(run).nextRun) {
    for (let at = run; at != 0; at = changetype<Fragment>(at).next) count++
  }
  return count
}

/** A datagram of 65,535 bytes has 8,192 pieces at most. */
function writePieces(queue: FragmentQueue, pieces: usize): void {
  let to = pieces + 2
  for (let run: usize = queue.firstRun; run != 0; run = changetype<Fragment>(run).nextRun) {
    for (let at = run; at != 0; at = changetype<Fragment>(at).next) {
      store<u16>(to, <u16>changetype<Fragment>(at).length)
      to += 2
    }
  }
  store<u16>(pieces, <u16>((to - pieces) / 2 - 1))
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
