/**
 * The conntrack helpers of the kernel: for which protocols and families each one registers its name.
 * Kernel: nf_conntrack_helper_register() in net/netfilter/nf_conntrack_*.c (v6.18).
 */
import type { Family } from '../ruleset/ruleset.js'

export interface ConntrackHelper {
  readonly name: string
  readonly protocol: number
  readonly families: readonly Family[]
  /** Of the server; 0 none. */
  readonly port: number
}

const TCP = 6
const UDP = 17

const HELPERS: readonly ConntrackHelper[] = [
  { name: 'ftp', protocol: TCP, families: [4, 6], port: 21 },
  { name: 'tftp', protocol: UDP, families: [4, 6], port: 69 },
  { name: 'irc', protocol: TCP, families: [4], port: 6667 },
  { name: 'amanda', protocol: UDP, families: [4, 6], port: 10080 },
  { name: 'sane', protocol: TCP, families: [4, 6], port: 6566 },
  { name: 'netbios-ns', protocol: UDP, families: [4], port: 137 },
  { name: 'pptp', protocol: TCP, families: [4], port: 1723 },
  { name: 'sip', protocol: TCP, families: [4, 6], port: 5060 },
  { name: 'sip', protocol: UDP, families: [4, 6], port: 5060 },
  { name: 'snmp', protocol: UDP, families: [4], port: 161 },
  { name: 'snmp_trap', protocol: UDP, families: [4], port: 162 },
  { name: 'Q.931', protocol: TCP, families: [4, 6], port: 1720 },
  { name: 'RAS', protocol: UDP, families: [4, 6], port: 1719 },
  { name: 'H.245', protocol: UDP, families: [4, 6], port: 0 },
]

/** The number of a helper, from 1; 0 when the kernel has none of that name for the protocol. */
export function helperNumber(name: string, protocol: number, family: Family): number {
  const fits = (helper: ConntrackHelper): boolean =>
    helper.name === name && helper.protocol === protocol && helper.families.includes(family)
  return HELPERS.findIndex(fits) + 1
}

/** Names of the helpers for a protocol. */
export function helperNames(protocol: number, family: Family): string[] {
  return HELPERS.filter((helper) => helper.protocol === protocol && helper.families.includes(family)).map(
    ({ name }) => name,
  )
}

/** The helper of the number; undefined for 0. */
export function helperOf(number: number): ConntrackHelper | undefined {
  return HELPERS[number - 1]
}

/** The number of the helper for connections to a port; 0 when there is none. */
export function helperOfPort(port: number, protocol: number, family: Family): number {
  const fits = (helper: ConntrackHelper): boolean =>
    port !== 0 && helper.port === port && helper.protocol === protocol && helper.families.includes(family)
  return HELPERS.findIndex(fits) + 1
}
