/**
 * Routes as the box's tables hold them, from `ip -j route show table all` and `ip -6 -j route show table all`.
 * In: the parsed file. Out: plain routes in the file's order.
 */
import type { Family } from '../ruleset/ruleset.js'
import { ANY, parseAddress, parsePrefix, type Prefix, type Words } from './address.js'
import type { JsonNode } from './json-node.js'

export const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
] as const
export type RouteType = (typeof ROUTE_TYPES)[number]

/** Where a route leads: one of its next hops. */
export interface NextHop {
  /** 0 when nobody knows by which interface. */
  readonly interface: number
  readonly gateway: Words | null
  /** Share of a multipath route, from 1. */
  readonly weight: number
  /** The interface is gone or down: the hop is passed over. Kernel: RTNH_F_DEAD. */
  readonly dead: boolean
  /** The interface has no carrier. Kernel: RTNH_F_LINKDOWN. */
  readonly linkDown: boolean
  /** Realms, that of the source << 16 | that of the destination. Kernel: fib_nh.nh_tclassid. */
  readonly realm: number
}

export interface Route {
  readonly type: RouteType
  readonly prefix: Prefix
  /** Name or number, as `tableName` makes it. */
  readonly table: string
  readonly metric: number
  /** Only packets of this TOS, when it is not 0. */
  readonly tos: number
  readonly hops: readonly NextHop[]
  /** Source address that packets of the box itself take; null: the interface's. */
  readonly preferredSource: Words | null
  /** MTU of the route; 0: its interface's. */
  readonly mtu: number
  /** Put there by somebody, not by the kernel for an address. */
  readonly byHand: boolean
}

const TABLE_NUMBERS: Readonly<Record<string, string>> = { 255: 'local', 254: 'main', 253: 'default' }

/** One spelling a table: iproute2 prints well-known tables by name or by number. */
export function tableName(text: string): string {
  return TABLE_NUMBERS[text] ?? text
}

/**
 * The routes of one family: without -6, `show table all` prints those of both.
 * `interfaceOf` gives the number of an interface that a route names.
 */
export function readRoutes(file: JsonNode, family: Family, interfaceOf: (name: string) => number): Route[] {
  return file
    .elements()
    .filter((node) => node.members().size > 0 && familyOf(node) === family)
    .map((node) => readRoute(node, family, interfaceOf))
}

/** A default route shows its family by its gateway, or by the preference that IPv6 routes alone have. */
function familyOf(node: JsonNode): Family {
  const shown = [node.member('dst'), node.member('gateway')].some((member) => String(member?.value).includes(':'))
  return shown || node.has('pref') ? 6 : 4
}

function readRoute(node: JsonNode, family: Family, interfaceOf: (name: string) => number): Route {
  const from = node.member('from')
  if (from !== null && parsePrefix(from.string(), family)?.length !== 0) {
    throw from.error('routes by source ("from") are not supported', 'use a policy rule with "from" and a table')
  }
  return {
    type: readType(node.member('type')),
    prefix: readPrefix(node, family),
    table: tableName(String(node.member('table')?.value ?? 'main')),
    metric: node.member('metric')?.integer() ?? 0,
    tos: readTos(node.member('tos')),
    hops: (node.member('nexthops')?.elements() ?? [node]).map((hop) => readHop(hop, interfaceOf)),
    preferredSource: readAddress(node.member('prefsrc')),
    mtu: readMtu(node.member('metrics')),
    byHand: node.member('protocol')?.value !== 'kernel',
  }
}

function readType(node: JsonNode | null): RouteType {
  if (node === null) return 'unicast'
  const type = ROUTE_TYPES.find((name) => name === node.string())
  if (type === undefined) throw node.error(`route type "${node.string()}" is not supported`, 'take the route out')
  return type
}

function readPrefix(node: JsonNode, family: Family): Prefix {
  const dst = node.member('dst')
  if (dst === null) return { words: ANY[family], length: 0 }
  const prefix = parsePrefix(dst.string(), family)
  if (prefix === null) throw dst.error(`"${dst.string()}" is no IPv${family} prefix`, 'correct it')
  return prefix
}

function readHop(node: JsonNode, interfaceOf: (name: string) => number): NextHop {
  const device = node.member('dev')
  const via = node.member('via')
  const flags = new Set(
    node
      .member('flags')
      ?.elements()
      .map((flag) => flag.string()),
  )
  return {
    interface: device === null ? 0 : interfaceOf(device.string()),
    gateway: readAddress(via === null ? node.member('gateway') : via.member('host')),
    weight: node.member('weight')?.integer() ?? 1,
    dead: flags.has('dead'),
    linkDown: flags.has('linkdown'),
    realm: readRealms(node.member('flow')?.member('from') ?? null, node.member('flow')?.member('to') ?? null),
  }
}

/** Realms as one number; 0 without any. */
export function readRealms(from: JsonNode | null, to: JsonNode | null): number {
  return readRealm(from) * 0x10000 + readRealm(to)
}

/** Names of /etc/iproute2/rt_realms are the machine's own, but for that of 0. */
function readRealm(node: JsonNode | null): number {
  const text = String(node?.value ?? 'cosmos')
  const realm = text === 'cosmos' ? 0 : Number(text)
  if (node !== null && (!Number.isInteger(realm) || realm < 0 || realm > 0xffff)) {
    throw node.error(`"${text}" is no number of a realm`, 'write the number that /etc/iproute2/rt_realms has for it')
  }
  return realm
}

function readAddress(node: JsonNode | null): Words | null {
  if (node === null) return null
  const address = parseAddress(node.string())
  if (address === null) throw node.error(`"${node.string()}" is no address`, 'correct it')
  return address.words
}

function readMtu(metrics: JsonNode | null): number {
  for (const metric of metrics?.elements() ?? []) {
    const mtu = metric.member('mtu')
    if (mtu !== null) return mtu.integer()
  }
  return 0
}

/** Names of /etc/iproute2/rt_dsfield, which iproute2 prints where it knows one. */
const DSFIELD_NAMES: Readonly<Record<string, number>> = {
  default: 0x00,
  lowdelay: 0x10,
  throughput: 0x08,
  reliability: 0x04,
  mincost: 0x02,
  AF11: 0x28,
  AF12: 0x30,
  AF13: 0x38,
  AF21: 0x48,
  AF22: 0x50,
  AF23: 0x58,
  AF31: 0x68,
  AF32: 0x70,
  AF33: 0x78,
  AF41: 0x88,
  AF42: 0x90,
  AF43: 0x98,
  EF: 0xb8,
  CS0: 0x00,
  CS1: 0x20,
  CS2: 0x40,
  CS3: 0x60,
  CS4: 0x80,
  CS5: 0xa0,
  CS6: 0xc0,
  CS7: 0xe0,
}

/** A TOS by number or by name; 0 without one. */
export function readTos(node: JsonNode | null): number {
  if (node === null) return 0
  const text = String(node.value)
  const tos = DSFIELD_NAMES[text] ?? Number(text)
  if (!Number.isInteger(tos) || tos < 0 || tos > 255) {
    throw node.error(`"${text}" is no TOS that hookline knows`, 'run ip with -N, which prints numbers')
  }
  return tos
}
