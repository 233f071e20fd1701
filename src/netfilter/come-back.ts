/**
 * What the box sends to itself, or to a group that it belongs to, comes back to it: what IPv6 checks of it once more,
 * and what the copy that came back must leave untouched.
 * Kernel: ip6_rcv_core(), net/ipv6/ip6_input.c; ip_mc_output(), net/ipv4/ip_output.c (v6.18).
 */
import { isLoopback6, isMulticast6 } from '../box/address.js'
import type { DataPlane } from '../memory/data-plane.js'
import { DESCRIPTOR_OFFSET } from '../memory/descriptor.js'
import type { Packet } from '../memory/packet.js'
import { Reason } from '../memory/reason.js'
import { destinationOf, sourceOf } from './packet-flow.js'

/** Of an IPv6 packet that comes back by the loopback device, or as the copy of a multicast by another one. */
export function whyNotBack6(packet: Packet, plane: DataPlane, byLoopback: boolean): Reason {
  const source = sourceOf(packet)
  const destination = destinationOf(packet)
  // NAT may have made one of what was no multicast.
  const nobody = isMulticast6(source) || (isMulticast6(destination) && multicastScope(packet) === 0)
  const foreign = !byLoopback && (isLoopback6(source) || isLoopback6(destination))
  if (nobody || foreign) return Reason.Ipv6Address
  const { at, captured, length } = packet
  return plane.exports.mayArriveWithOptions(at, captured, length) === 0 ? Reason.Ipv6HopByHop : Reason.None
}

function multicastScope({ memory, at }: Packet): number {
  return memory.u8(at + 25) & 15
}

/** A packet as it was before its copy went its way; the connection is common to both. */
export class Original {
  private readonly packetAt: number
  private readonly bytes: Uint8Array
  private readonly captured: number
  readonly length: number
  private readonly mark: number

  constructor(private readonly packet: Packet) {
    const { skb, memory, descriptor } = packet
    this.packetAt = skb.packet
    this.captured = descriptor.captured
    this.bytes = memory.bytes.slice(skb.packet, skb.packet + this.captured)
    this.length = skb.length
    this.mark = skb.mark
  }

  restore(): void {
    const { skb, memory, descriptor } = this.packet
    skb.packet = this.packetAt
    memory.bytes.set(this.bytes, this.packetAt)
    memory.setU32(descriptor.at + DESCRIPTOR_OFFSET.captured, this.captured)
    skb.length = this.length
    skb.mark = this.mark
  }
}
