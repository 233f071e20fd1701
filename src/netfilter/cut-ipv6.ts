/**
 * Cuts an IPv6 packet into fragments: only one that was put together from fragments, since routers cut no others, and
 * whoever sends a longer one is told.
 * Kernel: ip6_fragment(), net/ipv6/ip6_output.c; ip6_find_1stfragopt(), net/ipv6/output_core.c (v6.18).
 *
 * Differs from the kernel: the fragments' identification is the number of the packet in the capture, not random.
 */
import type { Packet } from '../memory/packet.js'
import { type Cutting, type Emit, pieceLengths } from './cutting.js'

const HEADER = 40
const PAYLOAD_LENGTH = 4
const NEXT_HEADER = 6
const FRAGMENT_HEADER = 8
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const DESTINATION = 60
const MIN_MTU = 1280

/** Emits the pieces one by one, each built at `scratch`; none when the packet must not be cut. */
export function cutIpv6(packet: Packet, { mtu, fragments }: Cutting, scratch: number, emit: Emit): void {
  if (fragments === null || fragments.largest > mtu) return
  const { memory, at, length } = packet
  const place = fragmentHeaderPlace(packet)
  if (place === null) return
  const { offset: header, announcedAt } = place
  const room = Math.max(fragments.largest, MIN_MTU) - header - FRAGMENT_HEADER
  if (room < FRAGMENT_HEADER) return
  const bytes = length - header
  const captured = Math.min(packet.captured, length) - header
  const protocol = memory.u8(at + announcedAt)
  let from = 0
  for (const piece of pieceLengths(bytes, room, fragments).lengths) {
    const there = Math.max(0, Math.min(piece, captured - from))
    const fragment = scratch + header
    const data = fragment + FRAGMENT_HEADER
    memory.bytes.copyWithin(scratch, at, at + header)
    memory.bytes.copyWithin(data, at + header + from, at + header + from + there)
    memory.setU8(scratch + announcedAt, FRAGMENT)
    memory.setBe16(scratch + PAYLOAD_LENGTH, header - HEADER + FRAGMENT_HEADER + piece)
    memory.setU8(fragment, protocol)
    memory.setU8(fragment + 1, 0)
    memory.setBe16(fragment + 2, from | (from + piece < bytes ? 1 : 0))
    memory.setBe32(fragment + 4, Number(packet.skb.number & 0xffffffffn))
    emit(scratch, header + FRAGMENT_HEADER + piece, header + FRAGMENT_HEADER + there)
    from += piece
  }
}

/** Behind the headers that routers look at; `announcedAt` is the byte that tells what follows them. */
function fragmentHeaderPlace({ memory, at, captured }: Packet): { offset: number; announcedAt: number } | null {
  let offset = HEADER
  let announcedAt = NEXT_HEADER
  for (let routed = false; ;) {
    const type = memory.u8(at + announcedAt)
    const passed = type === HOP_BY_HOP || type === ROUTING || (type === DESTINATION && !routed)
    if (!passed) return { offset, announcedAt }
    routed ||= type === ROUTING
    if (offset + FRAGMENT_HEADER > captured) return null
    announcedAt = offset
    offset += 8 * (memory.u8(at + offset + 1) + 1)
    if (offset > captured) return null
  }
}
