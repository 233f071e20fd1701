/**
 * A packet leaves the box by an interface: whole, in pieces where it is too long for the way or was put together from
 * fragments, or not at all where it must not be cut. In: the packet behind POSTROUTING. Out: departures.
 * Kernel: ip_finish_output(), ip_do_fragment(), net/ipv4/ip_output.c; ip6_finish_output(), ip6_fragment(),
 * net/ipv6/ip6_output.c (v6.18).
 */
import type { DataPlane } from '../memory/data-plane.js'
import { DatagramHeadView } from '../memory/datagram.js'
import type { Departure } from '../memory/departure-list.js'
import type { Packet } from '../memory/packet.js'
import { cutIpv4 } from './cut-ipv4.js'
import { cutIpv6 } from './cut-ipv6.js'
import type { Cutting, Emit, Fragments } from './cutting.js'
import type { Leg } from './leg.js'

/** Where packets go that leave the box. */
export interface Departures {
  add(departure: Departure): void
}

const DONT_FRAGMENT = 0x4000
const LONGEST_PIECE = 65536 + 64

export class Outgoing {
  private readonly scratch: number
  private readonly head: DatagramHeadView

  constructor(
    plane: DataPlane,
    private readonly departures: Departures,
  ) {
    this.scratch = plane.allocate(LONGEST_PIECE, 'packets that leave')
    this.head = new DatagramHeadView(plane.memory)
  }

  /** `mtu`: of the way that the packet takes. */
  leave(packet: Packet, leg: Leg, outInterface: number, mtu: number): void {
    const { record } = packet.descriptor
    const emit: Emit = (at, length, captured) =>
      this.departures.add({ record, outInterface, at, length, captured, limited: leg.limited })
    const cutting: Cutting = { mtu, fragments: this.fragmentsOf(packet, leg) }
    if (!isCut(packet, cutting)) emit(packet.at, packet.length, Math.min(packet.captured, packet.length))
    else if (packet.family === 4) cutIpv4(packet, cutting, this.scratch, emit)
    else cutIpv6(packet, cutting, this.scratch, emit)
  }

  /** A copy shares the list of fragments with its original: the kernel cuts it anew. */
  private fragmentsOf({ memory, at }: Packet, { datagram, copyOf }: Leg): Fragments | null {
    if (datagram === 0) return null
    const { head } = this
    head.at = datagram
    const dontFragment = copyOf === null ? (memory.be16(at + 6) & DONT_FRAGMENT) !== 0 : copyOf.hadDf
    return { largest: head.largest, pieces: copyOf === null ? head.pieces() : [], dontFragment }
  }
}

function isCut({ family, length }: Packet, { mtu, fragments }: Cutting): boolean {
  if (length > mtu) return true
  return fragments !== null && (family === 4 || length > fragments.largest)
}
