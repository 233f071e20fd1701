/**
 * Reads a box directory, and what the command line puts in place of its parts. In: files of the machine's own
 * tools, each optional. Out: a `Box`. What is missing is derived as the kernel would make it; with neither
 * directory nor addresses the box is a router that owns no address and forwards everything by unknown interfaces.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RulesError } from '../ruleset/rules-error.js'
import type { Family } from '../ruleset/ruleset.js'
import { parseSets } from '../sets/parse-sets.js'
import { type Address, addressBits, addressKey, parseAddress } from './address.js'
import { Box } from './box.js'
import { BoxError } from './box-error.js'
import { assumedDefaultRoute, deriveRoutes, localRoute } from './derived-routes.js'
import { type Interface, type InterfaceAddress, readInterfaces } from './interface.js'
import { type JsonNode, parseJson } from './json-node.js'
import { readGroups } from './multicast-groups.js'
import { defaultPolicy, type PolicyRule, readPolicy } from './policy-rule.js'
import { profileOf } from './profile.js'
import { type Route, readRoutes } from './route.js'
import { overrideSysctl, readSysctls } from './sysctl.js'

/** Names of a box directory's files. */
export const BOX_FILES = {
  rules: { 4: 'iptables-save', 6: 'ip6tables-save' },
  sets: 'ipset-save',
  addresses: 'ip-address.json',
  routes: { 4: 'ip-route.json', 6: 'ip6-route.json' },
  policy: { 4: 'ip-rule.json', 6: 'ip6-rule.json' },
  groups: 'ip-maddress.json',
  sysctls: 'sysctl.conf',
  release: 'uname',
} as const

/** What the command line says beside the directory. */
export interface BoxOverrides {
  /** `--local`: further addresses of the box. */
  readonly local?: readonly string[]
  /** `--sets`: a file in place of the box's `ipset-save`. */
  readonly sets?: string
  /** `--sysctl`: each KEY=VALUE. */
  readonly sysctls?: readonly string[]
  /** `--kernel`: a version in place of `uname`. */
  readonly kernel?: string
}

const CHECKSUM_KEY = 'net.netfilter.nf_conntrack_checksum'
const FAMILIES: readonly Family[] = [4, 6]

/** Path of a file of the box, null when it does not have it. */
export function boxFile(directory: string | null, name: string): string | null {
  if (directory === null) return null
  const path = join(directory, name)
  return existsSync(path) ? path : null
}

function hasBoxFiles(directory: string): boolean {
  return boxFileNames().some((name) => existsSync(join(directory, name)))
}

/** Names of all files that a box directory may have. */
export function boxFileNames(): string[] {
  return Object.values(BOX_FILES).flatMap((name) => (typeof name === 'string' ? name : Object.values(name)))
}

/** Throws BoxError, and RulesError for what is wrong with the sets. */
export function readBox(directory: string | null, overrides: BoxOverrides = {}): Box {
  if (directory !== null && !(existsSync(directory) && statSync(directory).isDirectory())) {
    throw new BoxError(directory, 1, 1, 'no such directory', 'give one that `hookline snapshot` made')
  }
  if (directory !== null && !hasBoxFiles(directory)) {
    const inside = join(directory, 'box')
    const hint = hasBoxFiles(inside) ? `did you mean ${inside}?` : 'give one that `hookline snapshot` made'
    throw new BoxError(directory, 1, 1, 'no file of a box is in this directory', hint)
  }
  const local = (overrides.local ?? []).map(readLocal)
  const interfaces = readBoxInterfaces(directory)
  const names = interfaces.map(({ name }) => name)
  const intern = (name: string): number => (names.includes(name) ? names.indexOf(name) + 1 : names.push(name))
  const find = (name: string): number => (names.includes(name) ? names.indexOf(name) + 1 : -1)
  const router = directory === null && local.length === 0

  const routes = byFamily((family) => readFamilyRoutes(directory, family, interfaces, local, intern))
  const known = interfaces.length > 0 ? interfaces : interfacesOfRoutes(names, routes)
  const groups = readIfThere(directory, BOX_FILES.groups)
  return new Box({
    interfaces: known,
    names,
    ownAddresses: ownAddresses(known, routes, local),
    routes,
    policy: byFamily((family) => readFamilyPolicy(directory, family, find)),
    groups: groups === null ? [] : readGroups(groups, find),
    sets: readSets(overrides.sets ?? boxFile(directory, BOX_FILES.sets)),
    sysctls: readBoxSysctls(directory, overrides, router),
    profile: readProfile(directory, overrides),
    checksum: lastValue(overrides.sysctls ?? [], CHECKSUM_KEY) === '1',
    warnings: FAMILIES.flatMap((family) => incompleteRoutes(directory, family, routes[family])),
  })
}

function byFamily<T>(make: (family: Family) => T): Record<Family, T> {
  return { 4: make(4), 6: make(6) }
}

function readIfThere(directory: string | null, name: string): JsonNode | null {
  const path = boxFile(directory, name)
  if (path === null) return null
  const text = readFileSync(path, 'utf8')
  // The tools print nothing where there is nothing.
  return parseJson(text.trim() === '' ? '[]' : text, path)
}

/** Of an `ipset save` text; none without one. Throws RulesError. */
export function readSets(path: string | null): Box['sets'] {
  if (path === null) return []
  const text = readFileSync(path, 'utf8')
  const { sets, problems } = parseSets(text, path)
  if (problems.length > 0) throw new RulesError(problems, text)
  return sets
}

function readLocal(text: string, index: number): Address {
  const address = parseAddress(text)
  if (address === null) {
    throw new BoxError('--local', 1, index + 1, `"${text}" is no address`, 'give addresses with commas between them')
  }
  return address
}

function readBoxInterfaces(directory: string | null): Interface[] {
  const file = readIfThere(directory, BOX_FILES.addresses)
  return file === null ? [] : readInterfaces(file)
}

function readFamilyRoutes(
  directory: string | null,
  family: Family,
  interfaces: readonly Interface[],
  local: readonly Address[],
  intern: (name: string) => number,
): Route[] {
  const added = local.filter((address) => address.family === family).map(({ words }) => localRoute(words, 0))
  const file = readIfThere(directory, BOX_FILES.routes[family])
  if (file !== null) return [...readRoutes(file, family, intern), ...added]
  // Without -6, `ip route show table all` prints the routes of both families.
  const both = family === 6 ? readIfThere(directory, BOX_FILES.routes[4]) : null
  const routes = both === null ? [] : readRoutes(both, family, intern)
  if (routes.length > 0) return [...routes, ...added]
  return [...deriveRoutes(interfaces, family), assumedDefaultRoute(interfaces, family), ...added]
}

/** Without `table all`, ip prints the main table alone: packets to the box would have no route. */
function incompleteRoutes(directory: string | null, family: Family, routes: readonly Route[]): string[] {
  const path = boxFile(directory, BOX_FILES.routes[family])
  if (path === null || routes.length === 0 || routes.some(({ table }) => table === 'local')) return []
  const command = family === 4 ? 'ip -j route show table all' : 'ip -6 -j route show table all'
  return [`${path} has no route of the table local, so that nothing is for the box itself: make it with "${command}"`]
}

function readFamilyPolicy(directory: string | null, family: Family, find: (name: string) => number): PolicyRule[] {
  const file = readIfThere(directory, BOX_FILES.policy[family])
  return file === null ? defaultPolicy(family) : readPolicy(file, family, find)
}

/** For a box with routes but without addresses: the interfaces that its routes name, with the addresses of the local table. */
function interfacesOfRoutes(names: readonly string[], routes: Record<Family, readonly Route[]>): Interface[] {
  return names.map((name, index) => ({
    id: index + 1,
    name,
    kernelIndex: 0,
    mac: null,
    mtu: name === 'lo' ? 65536 : 1500,
    up: true,
    loopback: name === 'lo',
    multicast: name !== 'lo',
    addresses: FAMILIES.flatMap((family) =>
      hostRoutes(routes[family], family)
        .filter(({ hops }) => hops[0].interface === index + 1)
        .map((route) => addressOf(route, family)),
    ),
    vlan: null,
    group: 0,
    portOf: 0,
    flags: ['UP'],
  }))
}

function addressOf(route: Route, family: Family): InterfaceAddress {
  return {
    family,
    words: route.prefix.words,
    length: addressBits(family),
    peer: null,
    broadcast: null,
    scope: 'global',
    secondary: false,
    noPrefixRoute: true,
    tentative: false,
  }
}

/** Routes of the local table to single own addresses. */
function hostRoutes(routes: readonly Route[], family: Family): Route[] {
  return routes.filter(
    ({ type, table, prefix }) => type === 'local' && table === 'local' && prefix.length === addressBits(family),
  )
}

function ownAddresses(
  interfaces: readonly Interface[],
  routes: Record<Family, readonly Route[]>,
  local: readonly Address[],
): Address[] {
  const all = [
    ...interfaces.flatMap(({ addresses }) => addresses.map(({ family, words }) => ({ family, words }))),
    ...FAMILIES.flatMap((family) =>
      hostRoutes(routes[family], family).map(({ prefix }) => ({ family, words: prefix.words })),
    ),
    ...local,
  ]
  const seen = new Map(all.map((address) => [`${address.family} ${addressKey(address.words)}`, address]))
  return [...seen.values()]
}

function readBoxSysctls(directory: string | null, overrides: BoxOverrides, router: boolean): Map<string, string> {
  const path = boxFile(directory, BOX_FILES.sysctls)
  const sysctls = path === null ? new Map<string, string>() : readSysctls(readFileSync(path, 'utf8'), path)
  if (router) {
    overrideSysctl(sysctls, 'net.ipv4.ip_forward', '1')
    overrideSysctl(sysctls, 'net.ipv6.conf.all.forwarding', '1')
  }
  for (const [index, setting] of (overrides.sysctls ?? []).entries()) {
    const equals = setting.indexOf('=')
    if (equals <= 0) {
      throw new BoxError('--sysctl', 1, index + 1, `"${setting}" is no setting`, 'write KEY=VALUE')
    }
    const [key, value] = [setting.slice(0, equals).trim(), setting.slice(equals + 1).trim()]
    if (!/^net[./]/.test(key)) {
      throw new BoxError('--sysctl', 1, index + 1, `hookline reads no "${key}"`, 'give a setting that begins with net.')
    }
    // All settings that count here are numbers, or lists of numbers.
    if (!/^-?\d+([\s,-]+\d+)*$/.test(value)) {
      throw new BoxError('--sysctl', 1, index + 1, `"${value}" is no value for ${key}`, 'give a whole number')
    }
    overrideSysctl(sysctls, key, value)
  }
  return sysctls
}

function lastValue(settings: readonly string[], key: string): string | null {
  const setting = settings.findLast((text) => text.slice(0, text.indexOf('=')).trim() === key)
  return setting === undefined ? null : setting.slice(setting.indexOf('=') + 1).trim()
}

function readProfile(directory: string | null, overrides: BoxOverrides): Box['profile'] {
  const path = boxFile(directory, BOX_FILES.release)
  const [file, release] =
    overrides.kernel !== undefined
      ? ['--kernel', overrides.kernel]
      : path === null
        ? [BOX_FILES.release, null]
        : [path, readFileSync(path, 'utf8')]
  const profile = profileOf(release)
  if (profile === 'no version') {
    throw new BoxError(file, 1, 1, `"${release?.trim()}" is no kernel version`, 'give one as `uname -r` prints it')
  }
  if (profile === 'too old') {
    const problem = `"${release?.trim()}" is older than the oldest kernel that is known, 4.19`
    throw new BoxError(file, 1, 1, problem, '--kernel 4.19 takes that one')
  }
  return profile
}
