/**
 * Copies of packets that TEE sends to another machine. In: the packet as it stands at a hook. Out: a packet of the box
 * in scratch memory, tracked by nobody, and its route.
 * Kernel: nf_dup_ipv4(), net/ipv4/netfilter/nf_dup_ipv4.c; nf_dup_ipv6(), net/ipv6/netfilter/nf_dup_ipv6.c (v6.18).
 */
import { ANY, type Words } from '../box/address.js'
import type { Flow } from '../box/policy-rule.js'
import type { DataPlane } from '../memory/data-plane.js'
import { DESCRIPTOR_OFFSET, DESCRIPTOR_SIZE, DescriptorFlag } from '../memory/descriptor.js'
import { CtInfo, type Packet } from '../memory/packet.js'
import { Hook } from '../ruleset/ruleset.js'
import { addWords, foldChecksum } from './checksum.js'
import { tosOf, ttlOf } from './packet-flow.js'
import type { Sent } from './route-decision.js'
import type { Routing } from './routing.js'

const LONGEST_PACKET = 65536 + 128
const FRAGMENT = 6
const DONT_FRAGMENT = 0x4000
const CHECKSUM = 10
/** RT_TOS(). */
const TOS = 0x1e

export class Duplicator {
  /** The copy's descriptor, behind it the copy. */
  private readonly scratch: number

  constructor(
    plane: DataPlane,
    private readonly routing: Routing,
  ) {
    this.scratch = plane.allocate(DESCRIPTOR_SIZE + LONGEST_PACKET, 'copies')
  }

  /** Makes the copy the packet in the skb; null, and no copy, when no way leads to the gateway. */
  copy(packet: Packet, gateway: Words, outInterface: number): Sent | null {
    const route = this.route(packet, gateway, outInterface)
    if (route === null) return null
    const { memory, skb, descriptor, hook } = packet
    const at = this.scratch + DESCRIPTOR_SIZE
    const captured = Math.min(packet.captured, packet.length)
    memory.bytes.copyWithin(this.scratch, descriptor.at, descriptor.at + DESCRIPTOR_SIZE)
    memory.bytes.copyWithin(at, packet.at, packet.at + captured)
    memory.setU32(this.scratch + DESCRIPTOR_OFFSET.packet, at)
    memory.setU16(this.scratch + DESCRIPTOR_OFFSET.flags, descriptor.flags | DescriptorFlag.Output)
    skb.descriptor = this.scratch
    skb.packet = at
    skb.entry = 0
    skb.ctInfo = CtInfo.Untracked
    if (hook === Number(Hook.Prerouting) || hook === Number(Hook.Input)) {
      memory.setU8(at + (packet.family === 4 ? 8 : 7), ttlOf(packet) - 1)
    }
    if (packet.family === 4) {
      memory.setBe16(at + FRAGMENT, memory.be16(at + FRAGMENT) | DONT_FRAGMENT)
      memory.setBe16(at + CHECKSUM, 0)
      memory.setBe16(at + CHECKSUM, foldChecksum(addWords(memory, at, (memory.u8(at) & 15) * 4, 0)))
    }
    return route
  }

  /** Kernel: nf_dup_ipv4_route(), nf_dup_ipv6_route(). */
  private route(packet: Packet, gateway: Words, outInterface: number): Sent | null {
    const { routing } = this
    const { family } = packet
    const flow: Flow = {
      source: ANY[family],
      destination: gateway,
      mark: 0,
      tos: family === 4 ? tosOf(packet) & TOS : tosOf(packet),
      inInterface: routing.box.loopback,
      outInterface,
      protocol: 0,
      srcPort: 0,
      dstPort: 0,
    }
    const route = family === 4 ? routing.ipv4.output(flow, true) : routing.ipv6.output(flow, true)
    if (route.kind === 'drop') return null
    // Without a source, an IPv6 route by another interface than asked for is none. Kernel: RT6_LOOKUP_F_IFACE.
    return family === 6 && outInterface !== 0 && route.outInterface !== outInterface ? null : route
  }
}
