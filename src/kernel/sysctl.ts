/**
 * Settings of the private namespace: first what makes it quiet and observable, then those of the box. A key that
 * this kernel does not have, or that belongs to the whole machine, is left as it is and reported.
 */
import { writeFileSync } from 'node:fs'

export type Sysctls = ReadonlyMap<string, string>

/** A namespace starts from the host's own settings, so what matters is said in full. Before any device exists. */
export const BASE_SYSCTLS: Sysctls = new Map([
  ['net.ipv4.ip_forward', '0'],
  ['net.ipv6.conf.all.forwarding', '0'],
  ...(['all', 'default'] as const).flatMap((which): [string, string][] => [
    [`net.ipv4.conf.${which}.rp_filter`, '0'],
    [`net.ipv4.conf.${which}.send_redirects`, '1'],
    [`net.ipv6.conf.${which}.accept_ra`, '0'],
    [`net.ipv6.conf.${which}.accept_dad`, '0'],
    [`net.ipv6.conf.${which}.dad_transmits`, '0'],
    [`net.ipv6.conf.${which}.autoconf`, '0'],
    [`net.ipv6.conf.${which}.router_solicitations`, '0'],
    [`net.ipv6.conf.${which}.addr_gen_mode`, '1'],
  ]),
  // Every answer of REJECT is sent, unless the box limits the answers to one destination.
  ['net.ipv4.icmp_ratelimit', '0'],
  ['net.ipv4.icmp_msgs_per_sec', '1000000000'],
  ['net.ipv4.icmp_msgs_burst', '1000000000'],
  ['net.ipv6.icmp.ratelimit', '0'],
  // Otherwise a packet might be handed to a socket of the machine before routing.
  ['net.ipv4.ip_early_demux', '0'],
  ['net.ipv4.tcp_early_demux', '0'],
  ['net.ipv4.udp_early_demux', '0'],
  ['net.netfilter.nf_conntrack_acct', '1'],
  ['net.netfilter.nf_conntrack_events', '0'],
  ['net.netfilter.nf_conntrack_checksum', '0'],
])

/** Settings of the box that would undo those above, or that belong to the whole machine. */
const KEPT =
  /\.(accept_ra\w*|accept_dad|dad_transmits|autoconf|router_solicitation\w*|addr_gen_mode|stable_secret|use_tempaddr|mtu|icmp_msgs_\w+|\w*early_demux|nf_conntrack_(acct|events|buckets|max|count|expect_max)|nf_log\w*)$/
const WANTED = /^net\.(ipv4|ipv6|netfilter)\./

/** The box's settings in the order in which they must be written: what sets all interfaces before each of them. */
export function boxSysctls(sysctls: Sysctls): [string, string][] {
  const rank = (key: string): number => {
    if (key === 'net.ipv4.ip_forward' || key === 'net.ipv6.conf.all.forwarding') return 0
    if (/\.conf\.all\./.test(key)) return 1
    return /\.conf\.default\./.test(key) ? 2 : 3
  }
  return [...sysctls]
    .filter(([key]) => WANTED.test(key) && !KEPT.test(key))
    .sort(([left], [right]) => rank(left) - rank(right))
}

/** Writes settings in the thread's network namespace; returns the keys that could not be written. */
export function writeSysctls(sysctls: Iterable<readonly [string, string]>): string[] {
  const refused: string[] = []
  for (const [key, value] of sysctls) {
    try {
      writeFileSync(sysctlPath(key), value)
    } catch {
      refused.push(key)
    }
  }
  return refused
}

/** In a key, dots part directories and slashes stand for dots (`net.ipv4.conf.eth0/10.rp_filter`). */
function sysctlPath(key: string): string {
  return `/proc/sys/${key.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'))}`
}
