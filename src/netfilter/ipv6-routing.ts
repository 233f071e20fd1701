/**
 * Routing of IPv6 packets, received and sent. In: a flow and the box. Out: a decision.
 * Kernel: ip6_route_input(), ip6_route_output_flags(), net/ipv6/route.c; ip6_mc_input(), net/ipv6/ip6_input.c (v6.18).
 */
import { isLinkLocal6, isLoopback6, isMulticast6, isUnicast6, sameAddress, type Words } from '../box/address.js'
import { bestSource6 } from '../box/best-source.js'
import type { Box } from '../box/box.js'
import { type Found, needsInterface } from '../box/fib.js'
import type { Flow } from '../box/policy-rule.js'
import { Reason } from '../memory/reason.js'
import { type InputRoute, type OutputRoute, unroutable, withoutRoute } from './route-decision.js'

const ICMPV6 = 58
const MIN_MTU = 1280
const MAX_MTU = 65535

export class Ipv6Routing {
  constructor(private readonly box: Box) {}

  /** Where a received packet goes. */
  input(flow: Flow): InputRoute {
    const { box } = this
    if (isMulticast6(flow.destination)) {
      const joined = box.groups.has(6, flow.destination, flow.inInterface)
      return joined ? { kind: 'deliver', cast: 'multicast' } : unroutable(Reason.MulticastNotJoined)
    }
    const found = box.fib[6].lookup(flow, flow.inInterface)
    const forwards = box.forwards(6, flow.inInterface)
    if (found.kind !== 'route') {
      return found.kind === 'none' && !forwards ? unroutable(Reason.NotForwarding) : withoutRoute(found)
    }
    if (found.route.type === 'local' || found.route.type === 'anycast') return { kind: 'deliver', cast: 'unicast' }
    if (!forwards) return unroutable(Reason.NotForwarding)
    const outInterface = found.hop.interface
    const { gateway } = found.hop
    // Kernel: ip6_dst_mtu_maybe_forward().
    const forwardMtu = forwardedMtu(box.mtu(outInterface))
    const mtu = found.route.mtu === 0 ? forwardMtu : forwardedMtu(found.route.mtu)
    return { kind: 'forward', cast: 'unicast', outInterface, mtu, forwardMtu, gateway }
  }

  /**
   * Whether a packet from this source may be forwarded on from one interface to another.
   * Kernel: ip6_forward(), "this check is security critical".
   */
  mayForward(source: Words, inInterface: number, outInterface: number): boolean {
    if (inInterface !== 0 && inInterface === outInterface) return true
    return isUnicast6(source) && !isLoopback6(source) && !isLinkLocal6(source)
  }

  /** Where a packet of the box itself goes. `kernelMade`: by the kernel (neighbour discovery): no copy comes back. */
  output(flow: Flow, kernelMade: boolean): OutputRoute {
    const { box } = this
    const strict = needsInterface(flow.destination) && !isLoopback6(flow.destination)
    const device = strict && flow.outInterface === 0 ? this.ownerOf(flow.source) : flow.outInterface
    const found = box.fib[6].lookup({ ...flow, outInterface: device })
    if (isMulticast6(flow.destination)) {
      const outInterface = found.kind === 'route' ? found.hop.interface : device
      const joined = !kernelMade && box.groups.has(6, flow.destination, outInterface)
      const loopback = outInterface === box.loopback
      const source = this.sourceFor(flow, outInterface, found.kind === 'route' ? found : null)
      return {
        kind: 'send',
        cast: 'multicast',
        outInterface,
        gateway: null,
        toBox: joined,
        copied: joined && !loopback,
        mtu: box.mtu(outInterface),
        source,
      }
    }
    if (found.kind !== 'route') return withoutRoute(found)
    const local = found.route.type === 'local' || found.route.type === 'anycast'
    const outInterface = local ? box.loopback : found.hop.interface
    const toBox = outInterface === box.loopback
    const source = local ? flow.destination : this.sourceFor(flow, outInterface, found)
    const { gateway } = found.hop
    const mtu = found.route.mtu === 0 ? Math.min(box.mtu(outInterface), MAX_MTU) : found.route.mtu
    return { kind: 'send', cast: 'unicast', outInterface, gateway, toBox, copied: false, mtu, source }
  }

  /** The own address that suits a packet there best, one of the interface before others. */
  bestSource(destination: Words, preferred: number): Words | null {
    return bestSource6(this.box, destination, preferred)
  }

  private sourceFor(flow: Flow, outInterface: number, found: Found | null): Words | null {
    return found?.route.preferredSource ?? this.bestSource(flow.destination, outInterface)
  }

  /** The interface that has the address; 0 when none or several could. */
  ownerOf(address: Words): number {
    const owner = this.box.interfaces.find(({ addresses }) =>
      addresses.some(({ family, words }) => family === 6 && sameAddress(words, address)),
    )
    return owner?.id ?? 0
  }
}

function forwardedMtu(mtu: number): number {
  return Math.min(Math.max(mtu, MIN_MTU), MAX_MTU)
}

/** Whether an ICMPv6 type is sent by the kernel itself, which asks for no copy: neighbour discovery. */
export function isKernelMade(protocol: number, type: number): boolean {
  return protocol === ICMPV6 && type >= 133 && type <= 137
}
