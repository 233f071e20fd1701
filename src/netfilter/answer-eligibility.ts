/**
 * Whether REJECT answers a packet at all. The rule counts and the packet is dropped either way.
 * Kernel: nf_send_reset(), nf_send_unreach(), net/ipv4/netfilter/nf_reject_ipv4.c and its IPv6 twin; __icmp_send(),
 * net/ipv4/icmp.c; icmp6_send(), net/ipv6/icmp.c (v6.18).
 */
import { isMulticast6, isUnicast6 } from '../box/address.js'
import { DescriptorFlag, PacketType } from '../memory/descriptor.js'
import type { Packet } from '../memory/packet.js'
import { addWords, foldChecksum, pseudoHeader } from './checksum.js'
import { destinationOf, sourceOf } from './packet-flow.js'
import type { Leg } from './leg.js'

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMPV6 = 58
/**
 * Checksums of their own kind, or over a part only: GRE, ESP, AH, SCTP, UDP-Lite.
 * Differs from the kernel: up to 6.15, while it knew DCCP, this was one of them.
 */
const NOT_VERIFIED: ReadonlySet<number> = new Set([47, 50, 51, 132, 136])
/** ICMP types that are no errors; the kernel takes every other one for an error. */
const ICMP_QUERIES: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18])
/** What the words of a right IPv4 header sum up to. */
const HEADER_SUM = 0xffff
const TCP_HEADER = 20
const TCP_FLAGS = 13
const RST = 4

/** What counts of the rejected packet's way. */
type RejectedLeg = Pick<Leg, 'cast' | 'options'>

/** A RST goes to whole TCP headers that are no RST themselves, and to single hosts. */
export function answersReset(packet: Packet, leg: RejectedLeg, verifies: boolean): boolean {
  if (packet.protocol !== TCP || packet.fragmentOffset !== 0 || !packet.hasTransport(TCP_HEADER)) return false
  if ((packet.memory.u8(packet.at + packet.transport + TCP_FLAGS) & RST) !== 0) return false
  if (packet.family === 4 && leg.cast !== 'unicast') return false
  if (packet.family === 6 && !(isUnicast6(sourceOf(packet)) && isUnicast6(destinationOf(packet)))) return false
  return hasGoodChecksum(packet, optionsChanged(leg), verifies)
}

/** An ICMP error goes to single hosts, and never answers an ICMP error. */
export function answersUnreachable(packet: Packet, leg: RejectedLeg, verifies: boolean): boolean {
  if (packet.fragmentOffset !== 0) return false
  if (packet.descriptor.packetType !== Number(PacketType.Host) || leg.cast !== 'unicast') return false
  if (packet.family === 6) {
    if (packet.transport >= packet.length || (packet.descriptor.flags & DescriptorFlag.NoTransport) !== 0) return false
    const source = sourceOf(packet)
    if (!isUnicast6(source) || isMulticast6(destinationOf(packet))) return false
  }
  return !isIcmpError(packet) && hasGoodChecksum(packet, optionsChanged(leg), verifies)
}

/** The header does not sum up to nothing any more. */
function optionsChanged({ options }: RejectedLeg): boolean {
  return options !== null && options.changed
}

function isIcmpError(packet: Packet): boolean {
  const { protocol, memory, at, transport } = packet
  if (protocol === ICMP && packet.family === 4) {
    return !packet.hasTransport(1) || !ICMP_QUERIES.has(memory.u8(at + transport))
  }
  if (protocol === ICMPV6 && packet.family === 6) {
    return !packet.hasTransport(1) || memory.u8(at + transport) < 128
  }
  return false
}

/**
 * Differs from the kernel: TCP and UDP checksums count as right unless they are verified at all
 * (net.netfilter.nf_conntrack_checksum), since captures hold some that the network card had still to fill in; but no
 * card fills in those of fragments, of which the first alone never sums up.
 * Kernel: nf_ip_checksum(), nf_ip6_checksum(), nf_reject_verify_csum().
 */
function hasGoodChecksum(packet: Packet, optionsChanged: boolean, verifies: boolean): boolean {
  const { protocol, memory, at, transport, length } = packet
  if (NOT_VERIFIED.has(protocol)) return true
  // The kernel sums over the whole packet, relying on a header that sums up to nothing.
  if (optionsChanged) return false
  if (packet.captured < length) return true
  if (protocol === TCP || protocol === UDP) {
    const fragment = (packet.descriptor.flags & DescriptorFlag.Fragment) !== 0
    if (!verifies && !fragment) return !packet.checksumBroken
    if (protocol === UDP && packet.hasTransport(8) && memory.be16(at + transport + 6) === 0) return true
  }
  const bytes = length - transport
  const pseudo = packet.family === 6 || protocol === TCP || protocol === UDP
  const header = packet.family === 4 ? HEADER_SUM : 0
  const start = header + (pseudo ? pseudoHeader(memory, at, packet.family, protocol, bytes) : 0)
  return foldChecksum(addWords(memory, at + transport, bytes, start)) === 0
}
