/**
 * What the link layer says of the record being indexed: filled by the reader of its link type, read by what comes
 * after. Each worker has its own, since it has its own instance of the module.
 */
import { Direction } from '../layout/record'
import { PacketType } from '../layout/descriptor'

/** `Frame.family` of a link that carries both, told apart by the version in the header itself. */
export const ANY_FAMILY: u32 = 0

export namespace Frame {
  /** Offset of the IP header from the first captured byte. */
  export let header: u32 = 0
  /** 4, 6 or ANY_FAMILY. */
  export let family: u32 = ANY_FAMILY
  /** As `Descriptor.linkHeader`. */
  export let linkHeader: u32 = 0
  /** VLAN tags in front of the IP header, and the id in the last one. */
  export let tags: u32 = 0
  export let vlan: u32 = 0
  export let packetType: u8 = PacketType.HOST
  export let direction: u8 = Direction.UNKNOWN
  /** False when the packet comes out of a tunnel (PPPoE), so that the box sees it on another interface. */
  export let onInterface: bool = true
  /** The kernel's number of the interface, where the link type says it for each packet; else 0. */
  export let kernelIndex: u32 = 0
}

/** Forgets the record before. `direction` is what the reader knew of it. */
@inline
export function resetFrame(direction: u8): void {
  Frame.header = 0
  Frame.family = ANY_FAMILY
  Frame.linkHeader = 0
  Frame.tags = 0
  Frame.vlan = 0
  Frame.packetType = PacketType.HOST
  Frame.direction = direction
  Frame.onInterface = true
  Frame.kernelIndex = 0
}
