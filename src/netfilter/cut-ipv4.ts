/**
 * Cuts an IPv4 packet into fragments.
 * Kernel: ip_fragment(), ip_do_fragment(), net/ipv4/ip_output.c; ip_options_fragment(), net/ipv4/ip_options.c (v6.18).
 */
import type { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'
import { addWords, foldChecksum } from './checksum.js'
import { type Cutting, type Emit, pieceLengths } from './cutting.js'

const LENGTH = 2
const FRAGMENT = 6
const CHECKSUM = 10
const HEADER = 20
const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000
const OFFSET = 0x1fff
const OPTION_END = 0
const OPTION_NOP = 1
/** Of an option's type: it stands in every fragment. */
const COPIED = 0x80

/** Emits the pieces one by one, each built at `scratch`; none when the packet must not be cut. */
export function cutIpv4(packet: Packet, { mtu, fragments }: Cutting, scratch: number, emit: Emit): void {
  const { memory, at, length } = packet
  const field = memory.be16(at + FRAGMENT)
  // A datagram whose largest fragment had DF is sent on in such fragments.
  if ((field & DONT_FRAGMENT) !== 0 && (fragments === null || fragments.largest > mtu)) return
  const header = (memory.u8(at) & 15) * 4
  const largest = fragments === null ? mtu : Math.min(mtu, fragments.largest)
  const bytes = length - header
  const pieces = pieceLengths(bytes, largest - header, fragments)
  const flags = !pieces.kept && fragments?.dontFragment === true ? DONT_FRAGMENT : 0
  const captured = Math.min(packet.captured, length) - header
  let offset = (field & OFFSET) * 8
  let from = 0
  for (const piece of pieces.lengths) {
    const there = Math.max(0, Math.min(piece, captured - from))
    memory.bytes.copyWithin(scratch, at, at + header)
    memory.bytes.copyWithin(scratch + header, at + header + from, at + header + from + there)
    if (from > 0) blankOptions(memory, scratch, header)
    from += piece
    const more = from < bytes || (field & MORE_FRAGMENTS) !== 0
    memory.setBe16(scratch + LENGTH, header + piece)
    memory.setBe16(scratch + FRAGMENT, flags | (more ? MORE_FRAGMENTS : 0) | (offset >>> 3))
    memory.setBe16(scratch + CHECKSUM, 0)
    memory.setBe16(scratch + CHECKSUM, foldChecksum(addWords(memory, scratch, header, 0)))
    emit(scratch, header + piece, header + there)
    offset += piece
  }
}

/** Later fragments have only those options that say so. Kernel: ip_options_fragment(). */
function blankOptions(memory: Memory, packet: number, header: number): void {
  const end = packet + header
  for (let at = packet + HEADER; at < end;) {
    const type = memory.u8(at)
    if (type === OPTION_END) return
    if (type === OPTION_NOP) {
      at++
      continue
    }
    const bytes = at + 1 < end ? memory.u8(at + 1) : 0
    if (bytes < 2 || at + bytes > end) return
    if ((type & COPIED) === 0) memory.bytes.fill(OPTION_NOP, at, at + bytes)
    at += bytes
  }
}
