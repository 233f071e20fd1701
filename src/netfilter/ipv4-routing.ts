/**
 * Routing of IPv4 packets, received and sent. In: a packet or flow, and the box. Out: a decision.
 * Kernel: ip_route_input_slow(), ip_route_output_key_hash_rcu(), net/ipv4/route.c; fib_validate_source(),
 * net/ipv4/fib_frontend.c (v6.18).
 */
import {
  ANY,
  inPrefix,
  isLimitedBroadcast4,
  isLocalMulticast4,
  isLoopback4,
  isMulticast4,
  isZeronet4,
  type Words,
} from '../box/address.js'
import type { Box } from '../box/box.js'
import type { Found } from '../box/fib.js'
import { linkPrefix } from '../box/interface.js'
import type { Flow } from '../box/policy-rule.js'
import { Reason } from '../memory/reason.js'
import {
  type Cast,
  type InputRoute,
  type OutputRoute,
  unroutable,
  type Unroutable,
  withoutRoute,
} from './route-decision.js'
import { reverseFlow } from './packet-flow.js'

const IGMP = 2
const MAX_MTU = 65535

export class Ipv4Routing {
  constructor(private readonly box: Box) {}

  /** Where a received packet goes. */
  input(flow: Flow): InputRoute {
    const [source] = flow.source
    const [destination] = flow.destination
    if (isMulticast4(destination)) return this.multicastInput(flow)
    if (isMulticast4(source) || isLimitedBroadcast4(source)) return unroutable(Reason.MartianSource)
    if (isLimitedBroadcast4(destination) || (source === 0 && destination === 0)) return this.broadcastInput(flow)
    if (isZeronet4(source)) return unroutable(Reason.MartianSource)
    if (isZeronet4(destination)) return unroutable(Reason.MartianDestination)
    if (!this.any(flow.inInterface, 'route_localnet')) {
      if (isLoopback4(destination)) return unroutable(Reason.MartianDestination)
      if (isLoopback4(source)) return unroutable(Reason.MartianSource)
    }
    const { fib } = this.box
    const found = fib[4].lookup(flow)
    const forwards = this.box.forwards(4, flow.inInterface)
    if (found.kind !== 'route') return forwards ? withoutRoute(found) : unroutable(Reason.NotForwarding)
    switch (found.route.type) {
      case 'broadcast':
        return this.both(flow.inInterface, 'bc_forwarding')
          ? this.forward(flow, found, 'broadcast')
          : this.broadcastInput(flow)
      case 'local':
        return this.wrongSource(flow, flow.destination, 0) ?? this.delivery(flow, flow.destination, 'unicast')
      case 'unicast':
        return forwards ? this.forward(flow, found, 'unicast') : unroutable(Reason.NotForwarding)
      default:
        return unroutable(forwards ? Reason.MartianDestination : Reason.NotForwarding)
    }
  }

  /**
   * Where a packet of the box itself goes. `foreign`: its source need not be the box's own (REJECT's answers, and
   * packets that are routed again). Kernel: FLOWI_FLAG_ANYSRC.
   */
  output(flow: Flow, foreign: boolean): OutputRoute {
    const [source] = flow.source
    let [destination] = flow.destination
    if (source !== 0) {
      if (isMulticast4(source) || isLimitedBroadcast4(source) || isZeronet4(source)) {
        return unroutable(Reason.MartianSource)
      }
      const owner = this.ownerOf(flow.source)
      if (isMulticast4(destination) || isLimitedBroadcast4(destination)) {
        return owner === null ? unroutable(Reason.NoRoute) : this.send(flow, owner, null)
      }
      if (owner === null && !foreign) return unroutable(Reason.NoRoute)
    }
    // A packet to nowhere is one to the box.
    if (destination === 0) destination = source === 0 ? 0x7f000001 : source
    const found = this.box.fib[4].lookup({ ...flow, destination: [destination] })
    if (found.kind !== 'route') {
      // Who names an interface is believed that the destination is on its link.
      return flow.outInterface === 0 ? withoutRoute(found) : this.send(flow, flow.outInterface, null)
    }
    return this.send(flow, found.route.type === 'local' ? this.box.loopback : found.hop.interface, found)
  }

  private send(flow: Flow, outInterface: number, found: Found | null): OutputRoute {
    const [destination] = flow.destination
    const loopback = outInterface === this.box.loopback
    if (isLoopback4(flow.source[0]) && !loopback && !this.any(outInterface, 'route_localnet')) {
      return unroutable(Reason.MartianSource)
    }
    const cast = castOf(destination, found)
    if (cast === 'unicast' && destination !== 0 && isZeronet4(destination)) return unroutable(Reason.MartianDestination)
    const joined = cast === 'multicast' && this.box.groups.has(4, flow.destination, outInterface)
    const toBox = loopback || cast === 'broadcast' || joined
    return {
      kind: 'send',
      cast,
      outInterface,
      toBox,
      copied: toBox && !loopback,
      gateway: found?.hop.gateway ?? null,
      mtu: this.mtu(found, outInterface),
      source: this.sourceFor(flow, found),
      realm: found === null ? 0 : withRealms(cast === 'unicast' ? found.hop.realm : 0, found.ruleRealm),
    }
  }

  /** The address that the box has on the flow's way; 0 when there is no way. Kernel: ip_rt_get_source(). */
  ownAddress(flow: Flow): number {
    const found = this.box.fib[4].lookup(flow)
    return (found.kind === 'route' ? this.sourceFor(flow, found)?.[0] : undefined) ?? 0
  }

  /** The address that the box has on the way to the flow's sender. Kernel: fib_compute_spec_dst(). */
  ownAddressBack(flow: Flow): number {
    const vmark = this.any(flow.inInterface, 'src_valid_mark')
    const { loopback } = this.box
    const back = { ...reverseFlow(flow), source: ANY[4], mark: vmark ? flow.mark : 0, inInterface: loopback }
    return this.ownAddress({ ...back, protocol: 0, srcPort: 0, dstPort: 0 })
  }

  /** The source address that a packet without one takes. Kernel: fib_result_prefsrc(), inet_select_addr(). */
  private sourceFor(flow: Flow, found: Found | null): Words | null {
    if (found === null) return null
    if (found.route.preferredSource !== null) return found.route.preferredSource
    if (found.route.type === 'local') return flow.destination
    const { gateway, interface: out } = found.hop
    const usable = (this.box.interface(out)?.addresses ?? []).filter(
      ({ family, secondary, scope }) => family === 4 && !secondary && scope !== 'host',
    )
    const near = gateway === null ? undefined : usable.find((address) => inPrefix(gateway, linkPrefix(address)))
    const own = near ?? usable[0]
    if (own !== undefined) return own.words
    const others = this.box.interfaces.flatMap(({ addresses }) => addresses)
    const other = others.find(({ family, secondary, scope }) => family === 4 && !secondary && scope === 'global')
    // Addresses given without an interface.
    return (
      other?.words ??
      this.box.ownAddresses.find(({ family, words }) => family === 4 && !isLoopback4(words[0]))?.words ??
      null
    )
  }

  private forward(flow: Flow, found: Found, cast: Cast): InputRoute {
    const outInterface = found.hop.interface
    const wrong = this.wrongSource(flow, flow.destination, outInterface)
    if (wrong !== null) return wrong
    const mtu = this.mtu(found, outInterface)
    const { realm: own, gateway } = found.hop
    const back = this.sourceRealms(flow, flow.destination, outInterface)
    const realm = withRealms(withRealms(own, found.ruleRealm), back)
    return { kind: 'forward', cast, outInterface, mtu, forwardMtu: mtu, gateway, realm }
  }

  private delivery(flow: Flow, destination: Words, cast: Cast): InputRoute {
    return { kind: 'deliver', cast, realm: this.sourceRealms(flow, destination, 0) }
  }

  private mtu(found: Found | null, outInterface: number): number {
    const ofRoute = found?.route.mtu ?? 0
    return Math.min(ofRoute === 0 ? this.box.mtu(outInterface) : ofRoute, MAX_MTU)
  }

  private broadcastInput(flow: Flow): InputRoute {
    if (isZeronet4(flow.source[0])) return { kind: 'deliver', cast: 'broadcast' }
    return this.wrongSource(flow, ANY[4], 0) ?? this.delivery(flow, ANY[4], 'broadcast')
  }

  /** Kernel: ip_check_mc_rcu(), ip_mc_validate_source(). */
  private multicastInput(flow: Flow): InputRoute {
    const [source] = flow.source
    const [destination] = flow.destination
    if (!this.box.groups.has(4, flow.destination, flow.inInterface)) return unroutable(Reason.MulticastNotJoined)
    if (isMulticast4(source) || isLimitedBroadcast4(source)) return unroutable(Reason.MartianSource)
    if (isLoopback4(source) && !this.any(flow.inInterface, 'route_localnet')) return unroutable(Reason.MartianSource)
    if (isZeronet4(source)) {
      if (!isLocalMulticast4(destination) && flow.protocol !== IGMP) return unroutable(Reason.MartianSource)
    } else {
      return this.wrongSource(flow, ANY[4], 0) ?? this.delivery(flow, ANY[4], 'multicast')
    }
    return { kind: 'deliver', cast: 'multicast' }
  }

  /**
   * Null when the packet may come from where it says, by the interface it came in by; `outInterface` is where it
   * would go on, 0 for the box. Kernel: fib_validate_source(), __fib_validate_source().
   */
  private wrongSource(flow: Flow, destination: Words, outInterface: number): Unroutable | null {
    const { box } = this
    const fib = box.fib[4]
    const filter = box.reversePathFilter(flow.inInterface)
    const back = outInterface !== 0 && outInterface === flow.inInterface
    const full = filter !== 0 || fib.hasRealms || (back && this.any(flow.inInterface, 'send_redirects', 1))
    const acceptsLocal = this.any(flow.inInterface, 'accept_local')
    if (!full) {
      if (acceptsLocal) return null
      if (!fib.hasCustomRules && !box.hasCustomLocalRoutes) {
        return box.isOwnAddress(4, flow.source) ? unroutable(Reason.MartianSource) : null
      }
    }
    const found = fib.lookup(this.wayBack(flow, destination, outInterface))
    const noRoute = (): Unroutable | null => (filter === 0 ? null : unroutable(Reason.ReversePath))
    if (found.kind !== 'route') return noRoute()
    if (found.route.type !== 'unicast' && !(found.route.type === 'local' && acceptsLocal)) {
      return unroutable(Reason.MartianSource)
    }
    if (found.route.hops.some((hop) => hop.interface === flow.inInterface)) return null
    const device = box.interface(flow.inInterface)
    if (device !== null && !device.addresses.some(({ family }) => family === 4)) return noRoute()
    return filter === 1 ? unroutable(Reason.ReversePath) : null
  }

  private wayBack(flow: Flow, destination: Words, outInterface: number): Flow {
    return {
      ...reverseFlow(flow),
      source: destination,
      mark: this.any(flow.inInterface, 'src_valid_mark') ? flow.mark : 0,
      inInterface: outInterface === 0 ? this.box.loopback : outInterface,
    }
  }

  /**
   * What the way back to where a packet may come from says of realms: its own is that of the source.
   * Kernel: fib_combine_itag().
   */
  private sourceRealms(flow: Flow, destination: Words, outInterface: number): number {
    const { box } = this
    const fib = box.fib[4]
    if (!fib.hasRealms) return 0
    const found = fib.lookup(this.wayBack(flow, destination, outInterface))
    if (found.kind !== 'route') return 0
    const device = box.interface(flow.inInterface)
    const isDirect = found.route.hops.some((hop) => hop.interface === flow.inInterface)
    if (!isDirect && device !== null && !device.addresses.some(({ family }) => family === 4)) return 0
    const own = (found.hop.realm << 16) >>> 0
    return ((own === 0 ? found.ruleRealm << 16 : own) | (found.ruleRealm >>> 16)) >>> 0
  }

  /** The interface that has the address; 0 when it is not known by which; null when it is not the box's. */
  private ownerOf(address: Words): number | null {
    const owner = this.box.interfaces.find(({ addresses }) =>
      addresses.some(({ family, words }) => family === 4 && words[0] === address[0]),
    )
    if (owner !== undefined) return owner.id
    const found = this.box.fib[4].tableLookup('local', {
      source: ANY[4],
      destination: address,
      mark: 0,
      tos: 0,
      inInterface: 0,
      outInterface: 0,
      protocol: 0,
      srcPort: 0,
      dstPort: 0,
    })
    return found?.kind === 'route' && found.route.type === 'local' ? found.hop.interface : null
  }

  /** A setting that counts when all interfaces or this one have it. Kernel: IN_DEV_ORCONF(). */
  private any(id: number, name: string, byDefault = 0): boolean {
    return this.box.allSetting(4, name, byDefault) !== 0 || this.box.interfaceSetting(4, id, name, byDefault) !== 0
  }

  /** A setting that counts when all interfaces and this one have it. Kernel: IN_DEV_ANDCONF(). */
  private both(id: number, name: string): boolean {
    return this.box.allSetting(4, name, 0) !== 0 && this.box.interfaceSetting(4, id, name, 0) !== 0
  }
}

/** Realms that are not there yet come from `more`. Kernel: set_class_tag(). */
function withRealms(realm: number, more: number): number {
  const to = (realm & 0xffff) === 0 ? more & 0xffff : realm & 0xffff
  const from = realm >>> 16 === 0 ? more >>> 16 : realm >>> 16
  return from * 0x10000 + to
}

function castOf(destination: number, found: Found | null): Cast {
  if (isLimitedBroadcast4(destination)) return 'broadcast'
  if (isMulticast4(destination)) return 'multicast'
  return found?.route.type === 'broadcast' ? 'broadcast' : 'unicast'
}
