/**
 * One routing table, searched by longest prefix: a hash map for each prefix length that occurs, longest first.
 * In: routes. Out: for an address, the routes of each prefix that holds it.
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressKey, masked, wordMask, type Words } from './address.js'
import type { Route } from './route.js'

interface Level {
  readonly length: number
  readonly mask: number
  readonly routes: Map<number | string, Route[]>
}

export class RouteTable {
  private readonly levels: readonly Level[]

  /** Routes of one prefix are tried by TOS (given ones first), metric, and the order in which they come here. */
  constructor(
    private readonly family: Family,
    routes: readonly Route[],
  ) {
    const levels = new Map<number, Level>()
    for (const route of routes) {
      const { length, words } = route.prefix
      const level: Level = levels.get(length) ?? { length, mask: wordMask(length), routes: new Map() }
      levels.set(length, level)
      const key = addressKey(words)
      const same = level.routes.get(key)
      if (same === undefined) level.routes.set(key, [route])
      else same.push(route)
    }
    for (const level of levels.values()) level.routes.forEach((same) => same.sort(compareRoutes))
    this.levels = [...levels.values()].sort((a, b) => b.length - a.length)
  }

  /**
   * Offers the routes of each prefix that holds the address, longest prefix first, until `choose` takes one;
   * null when it takes none.
   */
  search<T>(address: Words, choose: (routes: readonly Route[]) => T | null): T | null {
    for (const level of this.levels) {
      const key = this.family === 4 ? (address[0] & level.mask) >>> 0 : addressKey(masked(address, level.length))
      const routes = level.routes.get(key)
      const chosen = routes === undefined ? null : choose(routes)
      if (chosen !== null) return chosen
    }
    return null
  }
}

/** Where the local and the main table are searched as one, the local table's routes come first. */
function compareRoutes(a: Route, b: Route): number {
  return Number(b.table === 'local') - Number(a.table === 'local') || b.tos - a.tos || a.metric - b.metric
}
