/**
 * One packet on its way: the captured one, or an answer that the box makes while another packet is under way.
 * It keeps what the `Packet` and the `Skb` show while it is the one that moves, and its recorder.
 */
import { DESCRIPTOR_OFFSET, DescriptorFlag } from '../memory/descriptor.js'
import type { CtInfo, Packet } from '../memory/packet.js'
import type { PathRecorder } from './path-recorder.js'
import type { ReceivedOptions } from './received-options.js'
import type { Cast, Sent } from './route-decision.js'
import type { Traversal } from './traverse.js'

const FRAGMENT_HEADER = 44
const AUTHENTICATION_HEADER = 51

export class Leg implements Traversal {
  forgets = false
  ownFlow = false
  holding: readonly number[] | null = null
  untested: ArrayLike<number> = []
  /** How often conntrack was asked, and whether the way ended where it confirms. */
  trackings = 0
  confirms = false
  /** An answer that carries the entry of the packet that it answers: not its own to release. */
  attached = false
  /** The data plane has tracked it already. */
  tracked = false
  /** How it is addressed, and whether the box is its destination. */
  cast: Cast = 'unicast'
  toBox = false
  /** The device that the socket which sends it is bound to; 0 for none. */
  boundTo = 0
  /** A change in OUTPUT made it take another way. */
  rerouted: Sent | null = null
  /** What the box wrote into its IPv4 options as it received it; null when it has none, or was not received. */
  options: ReceivedOptions | null = null
  /** It was put together from fragments: the address of its `DatagramHead`; else 0. */
  datagram = 0
  /** What TEE copied had DF set, or not, before the copy had; null for what is no copy. */
  copyOf: { readonly hadDf: boolean } | null = null
  /** An answer that the box's rate limits may hold back. */
  limited = false
  /** What the box really sent is in the capture: this packet does not leave. */
  imagined = false
  /** The table filter has decided: what other tables accept later decides nothing. */
  filtered = false

  constructor(readonly recorder: PathRecorder) {}

  reset(): void {
    this.recorder.reset()
    this.forgets = false
    this.ownFlow = false
    this.holding = null
    this.trackings = 0
    this.confirms = false
    this.attached = false
    this.tracked = false
    this.cast = 'unicast'
    this.toBox = false
    this.boundTo = 0
    this.rerouted = null
    this.options = null
    this.datagram = 0
    this.copyOf = null
    this.limited = false
    this.imagined = false
    this.filtered = false
  }
}

/** What the packet under way looks like, kept while another one moves. */
export interface PacketState {
  readonly descriptor: number
  readonly at: number
  readonly length: number
  readonly mark: number
  readonly entry: number
  readonly ctInfo: CtInfo
  readonly hook: number
  readonly inInterface: number
  readonly outInterface: number
  readonly checksumBroken: boolean
}

export function savePacket(packet: Packet): PacketState {
  const { skb } = packet
  return {
    descriptor: skb.descriptor,
    at: skb.packet,
    length: skb.length,
    mark: skb.mark,
    entry: skb.entry,
    ctInfo: skb.ctInfo,
    hook: packet.hook,
    inInterface: packet.inInterface,
    outInterface: packet.outInterface,
    checksumBroken: packet.checksumBroken,
  }
}

export function restorePacket(packet: Packet, state: PacketState): void {
  const { skb } = packet
  skb.descriptor = state.descriptor
  skb.packet = state.at
  skb.length = state.length
  skb.mark = state.mark
  skb.entry = state.entry
  skb.ctInfo = state.ctInfo
  packet.hook = state.hook
  packet.inInterface = state.inInterface
  packet.outInterface = state.outInterface
  packet.checksumBroken = state.checksumBroken
  describePacket(packet)
}

/** Takes over from the descriptor what rules see of the packet now in the skb. */
export function describePacket(packet: Packet): void {
  const { descriptor, skb } = packet
  descriptor.at = skb.descriptor
  const { flags } = descriptor
  packet.family = (flags & DescriptorFlag.Ipv6) === 0 ? 4 : 6
  packet.transport = descriptor.transport
  packet.protocol = descriptor.protocol
  packet.fragmentOffset = (flags & DescriptorFlag.Fragment) === 0 ? 0 : fragmentOffset(packet)
}

/** In bytes. */
function fragmentOffset(packet: Packet): number {
  const { memory, at, captured } = packet
  if (packet.family === 4) return (memory.be16(at + 6) & 0x1fff) * 8
  let type = memory.u8(at + 6)
  for (let offset = 40; offset + 8 <= captured;) {
    if (type === FRAGMENT_HEADER) return memory.be16(at + offset + 2) & 0xfff8
    const words = memory.u8(at + offset + 1)
    const bytes = type === AUTHENTICATION_HEADER ? (words + 2) * 4 : (words + 1) * 8
    type = memory.u8(at + offset)
    offset += bytes
  }
  return 0
}

/** A packet that comes back by a device that has no link header is for this host, or a copy of one for all. */
export function forgetLinkHeader(packet: Packet, packetType: number): void {
  const { memory, descriptor } = packet
  memory.setU16(descriptor.at + DESCRIPTOR_OFFSET.linkHeader, 0)
  memory.setU8(descriptor.at + DESCRIPTOR_OFFSET.packetType, packetType)
}
