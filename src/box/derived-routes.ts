/**
 * The routes that the kernel makes by itself for the addresses of interfaces that are up, for boxes that come
 * without a route file. In: interfaces. Out: the local table, and the connected routes of the main table.
 * Kernel: fib_add_ifaddr(), net/ipv4/fib_frontend.c; addrconf_prefix_route(), addrconf_add_mroute(),
 * net/ipv6/addrconf.c.
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressBits, ANY, isZeronet4, sameAddress, wordMask, type Words } from './address.js'
import { type Interface, type InterfaceAddress, linkPrefix } from './interface.js'
import type { Route, RouteType } from './route.js'

/** Metric of the routes that IPv6 makes for its prefixes. Kernel: IP6_RT_PRIO_ADDRCONF. */
const PREFIX_METRIC = 256

/** Routes for the addresses of one family. */
export function deriveRoutes(interfaces: readonly Interface[], family: Family): Route[] {
  return interfaces.filter(({ up }) => up).flatMap((device) => interfaceRoutes(device, family))
}

function interfaceRoutes(device: Interface, family: Family): Route[] {
  const addresses = device.addresses.filter((address) => address.family === family)
  if (family === 4) return addresses.flatMap((address) => addressRoutes4(device, address))
  const routes = addresses.flatMap((address) => addressRoutes6(device, address))
  const groups = device.multicast && !device.loopback && addresses.length > 0
  return groups ? [...routes, multicastRoute6(device)] : routes
}

/**
 * A default route for a box whose routes nobody gave: without one, it could answer its own links only.
 * By its only interface beside loopback, else by one that nobody knows (0).
 */
export function assumedDefaultRoute(interfaces: readonly Interface[], family: Family): Route {
  const others = interfaces.filter(({ loopback, up }) => !loopback && up)
  return makeRoute('unicast', 'main', ANY[family], 0, others.length === 1 ? others[0].id : 0)
}

/** A route of the local table for an own address. */
export function localRoute(words: Words, device: number): Route {
  const bits = words.length === 1 ? 32 : 128
  return { ...makeRoute('local', 'local', words, bits, device), preferredSource: words }
}

function addressRoutes4(device: Interface, address: InterfaceAddress): Route[] {
  const routes = [localRoute(address.words, device.id)]
  const own = { preferredSource: address.words }
  if (address.broadcast !== null && address.broadcast[0] !== 0xffffffff) {
    routes.push({ ...makeRoute('broadcast', 'local', address.broadcast, 32, device.id), ...own })
  }
  const prefix = linkPrefix(address)
  const host = prefix.length === 32
  if (address.secondary || isZeronet4(prefix.words[0])) return routes
  if (host && sameAddress(prefix.words, address.words)) return routes
  if (!address.noPrefixRoute) {
    const [type, table]: [RouteType, string] = device.loopback ? ['local', 'local'] : ['unicast', 'main']
    routes.push({ ...makeRoute(type, table, prefix.words, prefix.length, device.id), ...own })
  }
  if (prefix.length < 31) {
    const last = [(prefix.words[0] | ~wordMask(prefix.length)) >>> 0]
    if (address.broadcast === null || !sameAddress(last, address.broadcast)) {
      routes.push({ ...makeRoute('broadcast', 'local', last, 32, device.id), ...own })
    }
  }
  return routes
}

function addressRoutes6(device: Interface, address: InterfaceAddress): Route[] {
  if (address.tentative) return []
  const routes = [localRoute(address.words, device.id)]
  const prefix = linkPrefix(address)
  if (address.noPrefixRoute || (prefix.length === addressBits(6) && sameAddress(prefix.words, address.words))) {
    return routes
  }
  const route = makeRoute('unicast', 'main', prefix.words, prefix.length, device.id)
  return [...routes, { ...route, metric: PREFIX_METRIC }]
}

function multicastRoute6(device: Interface): Route {
  return { ...makeRoute('multicast', 'local', [0xff000000, 0, 0, 0], 8, device.id), metric: PREFIX_METRIC }
}

function makeRoute(type: RouteType, table: string, words: Words, length: number, device: number): Route {
  return {
    type,
    prefix: { words, length },
    table,
    metric: 0,
    tos: 0,
    hops: [{ interface: device, gateway: null, weight: 1, dead: false, linkDown: false, realm: 0 }],
    preferredSource: null,
    mtu: 0,
    byHand: false,
  }
}
