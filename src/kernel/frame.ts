/**
 * One captured frame, taken apart as far as delivering it needs: where its IP packet begins, which VLANs it came
 * by, and what its link layer says about sender and receiver. Link types by their LINKTYPE_ numbers.
 */
import type { Family } from '../ruleset/ruleset.js'

/** To whom the link layer addressed the frame. Kernel: PACKET_HOST and its kin. */
export type LinkTarget = 'host' | 'broadcast' | 'multicast'

export interface Frame {
  readonly family: Family
  /** Offset of the IP header. */
  readonly at: number
  /** VLAN ids, outermost first. */
  readonly vlans: readonly number[]
  /** Inside a PPPoE session: it belongs to another interface than the one it was captured on. */
  readonly pppoe: boolean
  /** The twelve bytes of MAC addresses of an Ethernet frame; null on other links. */
  readonly ethernet: Buffer | null
  /** What a link without MAC addresses says instead. */
  readonly target: LinkTarget
}

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPE_PPPOE = 0x8864
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100])
/** By packet type; what was for another host is offered to the box all the same. */
const SLL_TARGETS: readonly LinkTarget[] = ['host', 'broadcast', 'multicast', 'host']

/** Null when the frame carries no IP packet, or too little of it to tell. */
export function readFrame(linkType: number, bytes: Buffer): Frame | null {
  switch (linkType) {
    case 1:
      return bytes.length < 14 ? null : behindType(bytes, 12, 14, bytes.subarray(0, 12), 'host')
    case 0:
    case 108:
      return bareIp(bytes, 4)
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return bareIp(bytes, 0)
    case 113:
      return bytes.length < 16 ? null : behindType(bytes, 14, 16, null, SLL_TARGETS[bytes.readUInt16BE(0)] ?? 'host')
    case 276:
      return bytes.length < 20 ? null : behindType(bytes, 0, 20, null, SLL_TARGETS[bytes[10]] ?? 'host')
    default:
      return null
  }
}

/** The packet at `at`, of the type that stands at `typeAt`, behind any VLAN tags and PPPoE header. */
function behindType(
  bytes: Buffer,
  typeAt: number,
  at: number,
  ethernet: Buffer | null,
  target: LinkTarget,
): Frame | null {
  let type = bytes.readUInt16BE(typeAt)
  const vlans: number[] = []
  while (VLAN_TYPES.has(type) && bytes.length >= at + 4) {
    vlans.push(bytes.readUInt16BE(at) & 0xfff)
    type = bytes.readUInt16BE(at + 2)
    at += 4
  }
  const pppoe = type === ETHERTYPE_PPPOE
  if (pppoe && bytes.length >= at + 8) {
    const protocol = bytes.readUInt16BE(at + 6)
    type = protocol === 0x0021 ? ETHERTYPE_IPV4 : protocol === 0x0057 ? ETHERTYPE_IPV6 : 0
    at += 8
  }
  if (type === ETHERTYPE_IPV4 && bytes.length >= at + 20) return { family: 4, at, vlans, pppoe, ethernet, target }
  if (type === ETHERTYPE_IPV6 && bytes.length >= at + 40) return { family: 6, at, vlans, pppoe, ethernet, target }
  return null
}

function bareIp(bytes: Buffer, at: number): Frame | null {
  const version = bytes.length > at ? bytes[at] >> 4 : 0
  if (version !== 4 && version !== 6) return null
  if (bytes.length < at + (version === 4 ? 20 : 40)) return null
  return { family: version, at, vlans: [], pppoe: false, ethernet: null, target: 'host' }
}
