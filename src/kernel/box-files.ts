/**
 * A box directory as the programs that set up a machine want it: what `ip -j` printed, as objects. Fields that are
 * not needed to set the machine up again are left out; a file that is not there is null.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KernelError } from './kernel-error.js'

/** A line of `ip -j address`. */
export interface IpLink {
  readonly ifname: string
  readonly link_type?: string
  /** MAC address of an Ethernet interface. */
  readonly address?: string
  readonly mtu?: number
  readonly group?: string
  readonly addr_info?: readonly IpAddress[]
}

export interface IpAddress {
  readonly family: string
  readonly local: string
  readonly prefixlen: number
  readonly broadcast?: string
  readonly scope?: string
}

/** A line of `ip -j maddress`. */
export interface IpGroups {
  readonly ifname: string
  readonly maddr?: readonly { readonly family?: string; readonly address?: string }[]
}

/** One way of a route. */
export interface IpHop {
  readonly gateway?: string
  readonly dev?: string
  readonly weight?: number
  /** Realms. */
  readonly flow?: { readonly from?: string; readonly to?: string }
}

/** A line of `ip -j route`. */
export interface IpRoute extends IpHop {
  readonly type?: string
  readonly dst: string
  readonly table?: string | number
  readonly protocol?: string
  readonly scope?: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly tos?: string
  readonly flags?: readonly string[]
  /** IPv6 router preference: every IPv6 route has one. */
  readonly pref?: string
  readonly metrics?: readonly { readonly mtu?: number }[]
  readonly nexthops?: readonly IpHop[]
}

/** A line of `ip -j rule`. */
export interface IpRule {
  readonly priority: number
  readonly not?: unknown
  readonly src?: string
  readonly srclen?: number
  readonly dst?: string
  readonly dstlen?: number
  readonly fwmark?: string
  readonly fwmask?: string
  readonly iif?: string
  readonly oif?: string
  readonly tos?: string
  readonly table?: string | number
  readonly action?: string
  readonly flow_from?: string
  readonly flow_to?: string
}

export interface BoxFiles {
  readonly links: readonly IpLink[]
  readonly routes: readonly IpRoute[] | null
  readonly routes6: readonly IpRoute[] | null
  readonly rules: readonly IpRule[] | null
  readonly rules6: readonly IpRule[] | null
  /** Keys as `sysctl -a` prints them: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>
  /** Multicast groups that its programs have joined, and those that the kernel joins by itself. */
  readonly groups: readonly IpGroups[]
  /** Text for iptables-restore, ip6tables-restore, ipset restore. */
  readonly iptables: string | null
  readonly ip6tables: string | null
  readonly ipset: string | null
}

/** Reads the box directory `directory`. */
export function readBoxFiles(directory: string): BoxFiles {
  if (!existsSync(directory)) throw new KernelError(`${directory}: no such directory`)
  const text = (name: string): string | null => {
    const path = join(directory, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  const lines = (name: string, fields: readonly string[]): unknown[] | null => {
    const content = text(name)
    return content === null ? null : readLines(join(directory, name), content, fields)
  }
  const routes = lines('ip-route.json', ['dst']) as IpRoute[] | null
  return {
    links: (lines('ip-address.json', ['ifname']) ?? []) as IpLink[],
    routes: routes?.filter((route) => !isIpv6(route)) ?? null,
    routes6: lines('ip6-route.json', ['dst']) as IpRoute[] | null,
    rules: lines('ip-rule.json', ['priority']) as IpRule[] | null,
    rules6: lines('ip6-rule.json', ['priority']) as IpRule[] | null,
    groups: (lines('ip-maddress.json', ['ifname']) ?? []) as IpGroups[],
    sysctls: readSysctls(text('sysctl.conf') ?? ''),
    iptables: text('iptables-save'),
    ip6tables: text('ip6tables-save'),
    ipset: text('ipset-save'),
  }
}

/** `ip -j route show table all` shows both families' routes. */
function isIpv6(route: IpRoute): boolean {
  return route.pref !== undefined || route.dst.includes(':')
}

/** An `ip -j` text: an array of objects that have `fields`. `ip` leaves empty objects for lines of other families. */
function readLines(path: string, content: string, fields: readonly string[]): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new KernelError(`${path}: not JSON: ${String(error)}`)
  }
  if (!Array.isArray(value)) throw new KernelError(`${path}: expected an array, as ip -j prints it`)
  return value.filter(
    (line: unknown) => typeof line === 'object' && line !== null && fields.every((field) => field in line),
  )
}

/** `key = value` lines. */
function readSysctls(content: string): Map<string, string> {
  const sysctls = new Map<string, string>()
  for (const line of content.split('\n')) {
    const match = /^\s*([^#;\s=]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (match !== null) sysctls.set(match[1], match[2])
  }
  return sysctls
}
