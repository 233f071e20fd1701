/**
 * The forwarding information base of one family: policy rules in order of priority, each naming a table.
 * In: a flow. Out: the route and the next hop that it takes, or why there is none.
 * Kernel: fib_rules_lookup(), net/core/fib_rules.c; fib_table_lookup(), net/ipv4/fib_trie.c; fib6_table_lookup(),
 * net/ipv6/route.c.
 */
import type { Family } from '../ruleset/ruleset.js'
import { isLinkLocal6, isLoopback6, isMulticast6 } from './address.js'
import { type Flow, isDefaultPolicy, legacyTos, type PolicyRule, ruleApplies } from './policy-rule.js'
import { RouteTable } from './route-table.js'
import type { NextHop, Route } from './route.js'

export interface Found {
  readonly kind: 'route'
  readonly route: Route
  readonly hop: NextHop
  /** Realms of the rule that led to it. Kernel: fib_result.tclassid. */
  readonly ruleRealm: number
}

/** `none`: no table has a route; the others come from a route or rule of that type. */
export interface NotFound {
  readonly kind: 'none' | 'unreachable' | 'prohibit' | 'blackhole'
}

export type Lookup = Found | NotFound

const NONE: NotFound = { kind: 'none' }
const REJECTIONS = {
  unreachable: { kind: 'unreachable' },
  prohibit: { kind: 'prohibit' },
  blackhole: { kind: 'blackhole' },
} as const

/** A table that IPv4 searches as one: the local and the main table, as long as nobody changed the rules. */
const LOCAL_AND_MAIN = 'local+main'

export class Fib {
  readonly hasCustomRules: boolean
  /** Routes or rules look at the TOS. */
  readonly readsTos: boolean
  /** Routes or rules have realms. Kernel: netns_ipv4.fib_num_tclassid_users. */
  readonly hasRealms: boolean
  private readonly tables = new Map<string, RouteTable>()
  private readonly rules: readonly PolicyRule[]

  constructor(
    private readonly family: Family,
    routes: readonly Route[],
    rules: readonly PolicyRule[],
    /** Kernel: net.ipv4.conf.*.ignore_routes_with_linkdown. */
    private readonly ignoreLinkDown: boolean,
  ) {
    this.hasCustomRules = !isDefaultPolicy(rules, family)
    this.readsTos = routes.some((route) => route.tos !== 0) || rules.some((rule) => rule.tos !== 0 || rule.dscp >= 0)
    this.hasRealms =
      routes.some(({ hops }) => hops.some(({ realm }) => realm !== 0)) || rules.some(({ realm }) => realm !== 0)
    const byTable = new Map<string, Route[]>()
    for (const route of routes) {
      const same = byTable.get(route.table)
      if (same === undefined) byTable.set(route.table, [route])
      else same.push(route)
    }
    for (const [name, same] of byTable) this.tables.set(name, new RouteTable(family, same))
    if (family === 4 && !this.hasCustomRules) {
      const merged = [...(byTable.get('local') ?? []), ...(byTable.get('main') ?? [])]
      this.tables.set(LOCAL_AND_MAIN, new RouteTable(family, merged))
      const [local, ...others] = rules.filter(({ priority }) => priority !== 32766)
      this.rules = [{ ...local, action: { kind: 'table', table: LOCAL_AND_MAIN } }, ...others]
    } else {
      this.rules = rules
    }
  }

  /**
   * The way of a flow through rules and tables. IPv6 prefers routes by interface `device`: the one that the packet
   * came in by, or must leave by.
   */
  lookup(flow: Flow, device = flow.outInterface): Lookup {
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index]
      if (!ruleApplies(rule, flow, this.family)) continue
      const { action } = rule
      if (action.kind === 'goto') {
        const target = this.rules.findIndex(({ priority }) => priority >= action.priority)
        // Kernel: a jump goes forward only, and to an existing rule; else the rule does nothing.
        if (target > index && this.rules[target].priority === action.priority) index = target - 1
      } else if (action.kind === 'table') {
        const found = this.tableLookup(action.table, flow, device)
        if (found === null) continue
        if (found.kind === 'route' && found.route.prefix.length <= rule.suppressLength) continue
        return found.kind === 'route' && rule.realm !== 0 ? { ...found, ruleRealm: rule.realm } : found
      } else if (action.kind !== 'nop') {
        return REJECTIONS[action.kind]
      }
    }
    return NONE
  }

  /** The answer of one table; null when it has none, or says `throw`. */
  tableLookup(table: string, flow: Flow, device = flow.outInterface): Lookup | null {
    const routes = this.tables.get(table)
    if (routes === undefined) return null
    const found = routes.search(flow.destination, (same) =>
      this.family === 4 ? this.choose4(same, flow) : this.choose6(same, flow, device),
    )
    return found === 'throw' ? null : found
  }

  private choose4(routes: readonly Route[], flow: Flow): Lookup | 'throw' | null {
    for (const route of routes) {
      if (route.tos !== 0 && (route.tos & 0xfc) !== legacyTos(flow.tos, 4)) continue
      const rejected = rejection(route)
      if (rejected !== null) return rejected
      const hop = this.selectHop(
        route.hops.filter((hop) => this.alive(hop) && (flow.outInterface === 0 || hop.interface === flow.outInterface)),
        flow,
      )
      if (hop !== null) return { kind: 'route', route, hop, ruleRealm: 0 }
    }
    return null
  }

  /**
   * Among routes of the best metric one that leaves by the flow's interface is preferred; destinations that mean
   * something on one link only must leave by it. Kernel: find_rr_leaf(), rt6_score_route().
   */
  private choose6(routes: readonly Route[], flow: Flow, wanted: number): Lookup | 'throw' | null {
    const strict = needsInterface(flow.destination)
    for (let first = 0, end = 0; first < routes.length; first = end) {
      for (end = first; end < routes.length && routes[end].metric === routes[first].metric;) end++
      const same = routes.slice(first, end)
      const exact = wanted === 0 ? undefined : same.find((route) => this.hopsBy(route, wanted).length > 0)
      const route = exact ?? (strict && wanted !== 0 ? undefined : same.find((route) => this.usable(route)))
      if (route === undefined) continue
      const rejected = rejection(route)
      if (rejected !== null) return rejected
      const hops = exact === undefined ? route.hops.filter((hop) => this.alive(hop)) : this.hopsBy(route, wanted)
      const hop = this.selectHop(hops, flow)
      if (hop !== null) return { kind: 'route', route, hop, ruleRealm: 0 }
    }
    return null
  }

  private hopsBy(route: Route, id: number): NextHop[] {
    return route.hops.filter((hop) => this.alive(hop) && hop.interface === id)
  }

  private usable(route: Route): boolean {
    return rejection(route) !== null || route.hops.some((hop) => this.alive(hop))
  }

  private alive(hop: NextHop): boolean {
    return !hop.dead && !(hop.linkDown && this.ignoreLinkDown)
  }

  /**
   * Differs from the kernel: the hash that spreads flows over a multipath route has a random key there; here it is
   * fixed, with the same shares. Kernel: fib_select_multipath().
   */
  private selectHop(hops: readonly NextHop[], flow: Flow): NextHop | null {
    if (hops.length <= 1) return hops.length === 0 ? null : hops[0]
    let hash = 0
    for (const word of [...flow.source, ...flow.destination]) hash = Math.imul(hash ^ word, 0x85ebca6b) ^ (hash >>> 13)
    const total = hops.reduce((sum, hop) => sum + hop.weight, 0)
    let rest = (hash >>> 0) % total
    for (const hop of hops) {
      if (rest < hop.weight) return hop
      rest -= hop.weight
    }
    return hops[0]
  }
}

function rejection(route: Route): NotFound | 'throw' | null {
  switch (route.type) {
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return REJECTIONS[route.type]
    case 'throw':
      return 'throw'
    default:
      return null
  }
}

/** Kernel: rt6_need_strict(). */
export function needsInterface(destination: readonly number[]): boolean {
  return isMulticast6(destination) || isLinkLocal6(destination) || isLoopback6(destination)
}
