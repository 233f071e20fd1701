/**
 * How often the box answers with ICMP errors: to one destination, and to all together.
 * Kernel: net/ipv4/icmp.c, net/ipv6/icmp.c, sysctls net.ipv4.icmp_* and net.ipv6.icmp.*.
 *
 * Differs from the kernel: a limit applies only where the box's settings name it (icmp_ratelimit, icmp_msgs_per_sec);
 * the kernel always has both. What `sysctl -a` prints of a machine names them; a box made up from a few addresses
 * answers everything. Before Linux 6.13 all network namespaces of a machine shared what icmp_msgs_per_sec allows.
 */
import type { Family } from '../ruleset/ruleset.js'
import { type Sysctls, sysctlNumber } from './sysctl.js'

export interface IcmpLimits {
  /** Whether unreachable errors of the family are limited at all, by one of the two limits. */
  readonly applies: Readonly<Record<Family, boolean>>
  /** Jiffies that an answer to one destination costs; null without a limit. */
  readonly destination: Readonly<Record<Family, number | null>>
  /** Answers to all destinations of both families; null without a limit. */
  readonly global: { readonly perSecond: number; readonly burst: number } | null
}

/** ICMP and ICMPv6 type of the only error that REJECT sends. */
const UNREACHABLE: Readonly<Record<Family, number>> = { 4: 3, 6: 1 }
const RATE: Readonly<Record<Family, string>> = { 4: 'net.ipv4.icmp_ratelimit', 6: 'net.ipv6.icmp.ratelimit' }
const PER_SECOND = 'net.ipv4.icmp_msgs_per_sec'
const MS_A_SECOND = 1000

/** `hz`: jiffies a second. */
export function icmpLimits(sysctls: Sysctls, hz: number): IcmpLimits {
  const masked = {
    4: ((sysctlNumber(sysctls, 'net.ipv4.icmp_ratemask', 0x1818) >> UNREACHABLE[4]) & 1) !== 0,
    6: inRanges(sysctls.get('net.ipv6.icmp.ratemask') ?? '0-1,3-127', UNREACHABLE[6]),
  }
  const jiffies = (family: Family): number | null =>
    masked[family] && sysctls.has(RATE[family])
      ? Math.ceil((sysctlNumber(sysctls, RATE[family], 0) * hz) / MS_A_SECOND)
      : null
  const global = sysctls.has(PER_SECOND)
    ? {
        perSecond: sysctlNumber(sysctls, PER_SECOND, 1000),
        burst: sysctlNumber(sysctls, 'net.ipv4.icmp_msgs_burst', 50),
      }
    : null
  const destination = { 4: jiffies(4), 6: jiffies(6) }
  const applies = (family: Family): boolean => masked[family] && (global ?? destination[family]) !== null
  return { applies: { 4: applies(4), 6: applies(6) }, destination, global }
}

/** Whether a list such as `0-1,3-127` has the number. */
function inRanges(list: string, number: number): boolean {
  return list.split(',').some((range) => {
    const [first, last = first] = range.split('-').map((text) => Number.parseInt(text, 10))
    return first <= number && number <= last
  })
}
