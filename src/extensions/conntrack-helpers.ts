/**
 * The conntrack helpers of the kernel: for which protocols and families each one registers its name.
 * Kernel: nf_conntrack_helper_register() in net/netfilter/nf_conntrack_*.c (v6.18).
 */
import type { Family } from '../ruleset/ruleset.js'

export interface ConntrackHelper {
  readonly name: string
  readonly protocol: number
  readonly families: readonly Family[]
}

const TCP = 6
const UDP = 17

const HELPERS: readonly ConntrackHelper[] = [
  { name: 'ftp', protocol: TCP, families: [4, 6] },
  { name: 'tftp', protocol: UDP, families: [4, 6] },
  { name: 'irc', protocol: TCP, families: [4] },
  { name: 'amanda', protocol: UDP, families: [4, 6] },
  { name: 'sane', protocol: TCP, families: [4, 6] },
  { name: 'netbios-ns', protocol: UDP, families: [4] },
  { name: 'pptp', protocol: TCP, families: [4] },
  { name: 'sip', protocol: TCP, families: [4, 6] },
  { name: 'sip', protocol: UDP, families: [4, 6] },
  { name: 'snmp', protocol: UDP, families: [4] },
  { name: 'snmp_trap', protocol: UDP, families: [4] },
  { name: 'Q.931', protocol: TCP, families: [4, 6] },
  { name: 'RAS', protocol: UDP, families: [4, 6] },
  { name: 'H.245', protocol: UDP, families: [4, 6] },
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
