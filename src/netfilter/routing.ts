/**
 * Routing of both families, and what the box's settings say of answers.
 */
import { isLinkLocal6, isLoopback6 } from '../box/address.js'
import type { Box } from '../box/box.js'
import { needsInterface } from '../box/fib.js'
import type { Flow } from '../box/policy-rule.js'
import type { Packet } from '../memory/packet.js'
import { Reason } from '../memory/reason.js'
import type { Family } from '../ruleset/ruleset.js'
import { checkOptions, OptionsVerdict } from './ipv4-options.js'
import { Ipv4Routing } from './ipv4-routing.js'
import { Ipv6Routing, isKernelMade } from './ipv6-routing.js'
import { flowOf, reverseFlow } from './packet-flow.js'
import { receiveOptions, type ReceivedOptions } from './received-options.js'
import { type InputRoute, type OutputRoute, unroutable } from './route-decision.js'

const IPV4_HEADER_WORDS = 5

export class Routing {
  readonly ipv4: Ipv4Routing
  readonly ipv6: Ipv6Routing

  constructor(readonly box: Box) {
    this.ipv4 = new Ipv4Routing(box)
    this.ipv6 = new Ipv6Routing(box)
  }

  /** Where a packet that came in by the interface goes. */
  input(packet: Packet, inInterface: number): InputRoute {
    const flow = flowOf(packet, inInterface)
    if (packet.family === 6) {
      const route = this.ipv6.input(flow)
      if (route.kind !== 'forward' || this.ipv6.mayForward(flow.source, inInterface, route.outInterface)) return route
      return unroutable(Reason.MartianSource)
    }
    const route = this.ipv4.input(flow)
    return route.kind === 'drop' || this.acceptsOptions(packet, inInterface) ? route : unroutable(Reason.IpOptions)
  }

  /** Where a packet of the box itself goes. */
  output(packet: Packet): OutputRoute {
    const flow = flowOf(packet, this.box.loopback)
    return packet.family === 4 ? this.ipv4.output(flow, false) : this.output6(packet, flow)
  }

  /**
   * Where it goes after a change on its way out, from a source that may be anybody's. `boundTo`: its socket's device.
   * Kernel: ip_route_me_harder(), ip6_route_me_harder().
   */
  outputAgain(packet: Packet, boundTo: number): OutputRoute {
    const flow = flowOf(packet, this.box.loopback)
    if (packet.family === 4) return this.ipv4.output(flow, true)
    // A packet to an address that means something on one link only stays where it is, which may be lo.
    const strict = needsInterface(flow.destination) && !isLoopback6(flow.destination)
    flow.outInterface = boundTo === 0 && strict ? packet.outInterface : boundTo
    return this.output6(packet, flow)
  }

  /** Who sends from an address that means something on one link only has bound its socket to that link; else 0. */
  socketDevice(packet: Packet): number {
    const { source } = flowOf(packet, this.box.loopback)
    return packet.family === 6 && isLinkLocal6(source) ? this.ipv6.ownerOf(source) : 0
  }

  private output6(packet: Packet, flow: Flow): OutputRoute {
    const type = packet.hasTransport(1) ? packet.memory.u8(packet.at + packet.transport) : 0
    return this.ipv6.output(flow, isKernelMade(packet.protocol, type))
  }

  /** The interface by which the routes lead back to the packet's source; 0 when none does. */
  interfaceBack(packet: Packet): number {
    const flow: Flow = { ...reverseFlow(flowOf(packet, this.box.loopback)), mark: 0 }
    const found = this.box.fib[packet.family].lookup(flow)
    return found.kind === 'route' && found.route.type === 'unicast' ? found.hop.interface : 0
  }

  /** Mark of an answer. Kernel: IP4_REPLY_MARK(), IP6_REPLY_MARK(). */
  replyMark(family: Family, mark: number): number {
    return this.box.setting(`net.ipv${family}.fwmark_reflect`, 0) === 0 ? 0 : mark
  }

  /** TTL or hop limit of what the box sends by the interface. */
  hopLimit(family: Family, outInterface: number): number {
    if (family === 4) return this.box.setting('net.ipv4.ip_default_ttl', 64)
    return this.box.interfaceSetting(6, outInterface, 'hop_limit', 64)
  }

  /** Link-local addresses mean something on the link only that the packet came from. */
  linkOf(family: Family, address: readonly number[], inInterface: number): number {
    return family === 6 && isLinkLocal6(address) ? inInterface : 0
  }

  /**
   * Writes into the IPv4 options of a packet that came in by the interface; null when it has none. `toBox`: it is for
   * the box itself. Requires that its options are accepted.
   */
  receiveOptions(packet: Packet, inInterface: number, toBox: boolean): ReceivedOptions | null {
    if (packet.family !== 4 || (packet.memory.u8(packet.at) & 15) === IPV4_HEADER_WORDS) return null
    return receiveOptions(packet, {
      ownAddress: () => (toBox ? packet.dst4 : this.ipv4.ownAddressBack(flowOf(packet, inInterface))),
      isUnicast: (address) => this.box.addressType(4, [address]) === 'UNICAST',
    })
  }

  /** False when a packet that came in by the interface is dropped for its IPv4 options. */
  acceptsOptions(packet: Packet, inInterface: number): boolean {
    if (packet.family === 6 || (packet.memory.u8(packet.at) & 15) === IPV4_HEADER_WORDS) return true
    const verdict = checkOptions(packet)
    if (verdict !== OptionsVerdict.SourceRoute) return verdict === OptionsVerdict.Fine
    const { box } = this
    return (
      box.allSetting(4, 'accept_source_route', 0) !== 0 &&
      box.interfaceSetting(4, inInterface, 'accept_source_route', 1) !== 0
    )
  }
}
