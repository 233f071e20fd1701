/**
 * The words for `ip -batch` that make a fresh network namespace into the box: links, addresses, routes, rules.
 *
 * The devices get the largest MTU there is, since a capture taken on the box may hold packets larger than its MTU
 * (segmentation offload), which a device would refuse. What is forwarded looks at the MTU of its route (IPv4: every
 * route gets the one of the box) or at a setting of the interface (IPv6: see `mtuSysctls`).
 */
import type { Family } from '../ruleset/ruleset.js'
import type { BoxFiles, IpLink, IpHop, IpRoute, IpRule } from './box-files.js'
import { macOf, UNKNOWN_INTERFACE } from './injection.js'
import type { TunKind } from './tun.js'

const LARGEST_MTU: Readonly<Record<TunKind, number>> = { tun: 65_535, tap: 65_521 }
const DEFAULT_MTU = 1500
/** Behind every route of the box. */
const LAST_METRIC = 0xffff_ffff
/** Behind every rule of the box. */
const LAST_PRIORITY = 0xffff_ffff

/** The MTU that IPv6 forwarding looks at. */
export function mtuSysctls(links: readonly IpLink[]): [string, string][] {
  return links
    .filter((link) => link.ifname !== 'lo' && link.mtu !== undefined && link.mtu >= 1280)
    .map((link) => [`net.ipv6.conf.${link.ifname.replaceAll('.', '/')}.mtu`, String(link.mtu)])
}

/** Links and addresses, for `ip -batch`. */
export function linkCommands(links: readonly IpLink[], kinds: ReadonlyMap<string, TunKind>): string[] {
  const commands = ['link set dev lo up']
  for (const [name, kind] of kinds) {
    const link = links.find(({ ifname }) => ifname === name)
    const mac = macOf(link)
    if (kind === 'tap') commands.push(`link set dev ${name} arp off`, `link set dev ${name} address ${mac}`)
    commands.push(`link set dev ${name} mtu ${LARGEST_MTU[kind]}`, `link set dev ${name} up`)
    if (link?.group !== undefined && link.group !== 'default') {
      commands.push(`link set dev ${name} group ${link.group}`)
    }
  }
  for (const link of links) commands.push(...addressCommands(link))
  return commands
}

function addressCommands(link: IpLink): string[] {
  const commands: string[] = []
  for (const { family, local, prefixlen, broadcast, scope } of link.addr_info ?? []) {
    // Bringing lo up has made these.
    if (link.ifname === 'lo' && (local === '127.0.0.1' || local === '::1')) continue
    const words = [`address add ${local}/${prefixlen} dev ${link.ifname}`]
    if (family === 'inet' && broadcast !== undefined) words.push(`broadcast ${broadcast}`)
    if (scope !== undefined) words.push(`scope ${scope}`)
    if (family === 'inet6') words.push('nodad')
    if (link.ifname !== 'lo') words.push('noprefixroute')
    commands.push(words.join(' '))
  }
  return commands
}

/**
 * Routes and rules of one family. Routes that come with the addresses are in table local already. Where nothing
 * leads on, Linux would answer with ICMP errors that no rule asked for: such routes drop in silence instead.
 */
export function routeCommands(box: BoxFiles, family: Family): string[] {
  const mtus = new Map(box.links.map((link) => [link.ifname, link.mtu ?? DEFAULT_MTU]))
  mtus.set(UNKNOWN_INTERFACE, LARGEST_MTU.tun)
  const routes = (family === 4 ? box.routes : box.routes6) ?? assumedRoutes(box.links, family)
  const wanted = routes.filter((route) => {
    const made = route.protocol === 'kernel' && (route.dev === 'lo' || String(route.table ?? 'main') === 'local')
    return !made
  })
  // Gateways must be reachable when their route is added.
  const direct = wanted.filter((route) => route.gateway === undefined && route.nexthops === undefined)
  const beyond = wanted.filter((route) => !direct.includes(route))
  const commands = [...direct, ...beyond]
    .filter((route) => route.type !== 'multicast' && route.type !== 'anycast')
    .map((route) => `route append ${routeWords(route, mtus, family)}`)
  if (family === 4) commands.push(`route append blackhole default table default metric ${LAST_METRIC}`)
  const rules = family === 4 ? box.rules : box.rules6
  if (rules !== null && !isDefault(rules, family)) {
    commands.push(
      'rule flush',
      ...rules.filter((rule) => rule.priority > 0).map((rule) => `rule add ${ruleWords(rule)}`),
    )
  }
  // IPv6 does not take a route without a device for a destination that means something on one link only; a rule it does.
  if (family === 6) commands.push(`rule add blackhole priority ${LAST_PRIORITY}`)
  return commands
}

/** What the kernel makes of the addresses alone, and a default route, since without one it could not answer. */
function assumedRoutes(links: readonly IpLink[], family: Family): IpRoute[] {
  const others = links.filter((link) => link.ifname !== 'lo')
  const connected: IpRoute[] = links.flatMap((link) =>
    (link.addr_info ?? [])
      .filter((address) => address.family === (family === 4 ? 'inet' : 'inet6') && link.ifname !== 'lo')
      .filter((address) => address.prefixlen < (family === 4 ? 32 : 128))
      .map((address) => ({
        dst: `${network(address.local, address.prefixlen)}/${address.prefixlen}`,
        dev: link.ifname,
        protocol: 'kernel',
        ...(family === 4 ? { scope: 'link', prefsrc: address.local } : { metric: 256 }),
      })),
  )
  return [...connected, { dst: 'default', dev: others.length === 1 ? others[0].ifname : UNKNOWN_INTERFACE }]
}

function routeWords(route: IpRoute, mtus: ReadonlyMap<string, number>, family: Family): string {
  const silent = route.type === 'unreachable' || route.type === 'prohibit'
  const type = silent ? 'blackhole' : (route.type ?? 'unicast')
  const words = [type, route.dst]
  if (route.tos !== undefined) words.push(`tos ${route.tos}`)
  if (route.table !== undefined) words.push(`table ${route.table}`)
  if (route.protocol !== undefined) words.push(`protocol ${route.protocol}`)
  if (route.metric !== undefined) words.push(`metric ${route.metric}`)
  if (type !== 'unicast' && type !== 'local' && type !== 'broadcast') return words.join(' ')
  if (route.scope !== undefined) words.push(`scope ${route.scope}`)
  if (route.prefsrc !== undefined) words.push(`src ${route.prefsrc}`)
  if (route.nexthops !== undefined) {
    const mtu = Math.min(...route.nexthops.map((hop) => mtus.get(hop.dev ?? '') ?? DEFAULT_MTU))
    if (family === 4) words.push(`mtu ${mtu}`)
    for (const hop of route.nexthops) words.push(`nexthop ${hopWords(hop)} weight ${hop.weight ?? 1}`)
    return words.join(' ')
  }
  const mtu = route.metrics?.[0]?.mtu ?? (family === 4 ? (mtus.get(route.dev ?? '') ?? DEFAULT_MTU) : undefined)
  if (type === 'unicast' && mtu !== undefined) words.push(`mtu ${mtu}`)
  words.push(hopWords(route))
  return words.join(' ')
}

function hopWords(hop: IpHop): string {
  const via = hop.gateway === undefined ? [] : [`via ${hop.gateway}`]
  const device = hop.dev === undefined ? [] : [`dev ${hop.dev}`]
  const realms = realmWords(hop.flow?.from, hop.flow?.to)
  return [...via, ...device, ...(via.length > 0 ? ['onlink'] : []), ...realms].join(' ')
}

function realmWords(from = '0', to = '0'): string[] {
  return from === '0' && to === '0' ? [] : [`realms ${from}/${to}`]
}

function ruleWords(rule: IpRule): string {
  const words = [`priority ${rule.priority}`]
  if (rule.not !== undefined) words.unshift('not')
  words.push(`from ${prefix(rule.src, rule.srclen)}`)
  if (rule.dst !== undefined) words.push(`to ${prefix(rule.dst, rule.dstlen)}`)
  if (rule.tos !== undefined) words.push(`tos ${rule.tos}`)
  if (rule.fwmark !== undefined)
    words.push(`fwmark ${rule.fwmark}${rule.fwmask === undefined ? '' : `/${rule.fwmask}`}`)
  if (rule.iif !== undefined) words.push(`iif ${rule.iif}`)
  if (rule.oif !== undefined) words.push(`oif ${rule.oif}`)
  words.push(...realmWords(rule.flow_from, rule.flow_to))
  if (rule.action === undefined) words.push(`table ${rule.table ?? 'main'}`)
  else words.push(rule.action === 'unreachable' || rule.action === 'prohibit' ? 'blackhole' : rule.action)
  return words.join(' ')
}

function prefix(address: string | undefined, length: number | undefined): string {
  if (address === undefined || address === 'all') return 'all'
  return length === undefined ? address : `${address}/${length}`
}

/** True for the rules that a new namespace has anyway. */
function isDefault(rules: readonly IpRule[], family: Family): boolean {
  const tables = rules.map((rule) => `${rule.priority} ${rule.table} ${prefix(rule.src, rule.srclen)}`)
  const usual = ['0 local all', '32766 main all', ...(family === 4 ? ['32767 default all'] : [])]
  return tables.length === usual.length && tables.every((table, index) => table === usual[index])
}

/** `address` with all but its first `length` bits cleared; IPv6 is left to `ip`, which clears them itself. */
function network(address: string, length: number): string {
  if (address.includes(':')) return address
  const word = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  const kept = length === 0 ? 0 : (word & (-1 << (32 - length))) >>> 0
  return [24, 16, 8, 0].map((shift) => (kept >>> shift) & 255).join('.')
}
