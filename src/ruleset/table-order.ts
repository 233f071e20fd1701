/**
 * The tables of each hook by priority: raw, mangle, nat for destinations, filter, security, nat for sources.
 * Kernel: enum nf_ip_hook_priorities, include/uapi/linux/netfilter_ipv4.h; the same numbers in IPv6.
 */
import { Hook, type TableName } from './ruleset.js'

export const TABLES_AT_HOOK: Readonly<Record<Hook, readonly TableName[]>> = {
  [Hook.Prerouting]: ['raw', 'mangle', 'nat'],
  [Hook.Input]: ['mangle', 'filter', 'security', 'nat'],
  [Hook.Forward]: ['mangle', 'filter', 'security'],
  [Hook.Output]: ['raw', 'mangle', 'nat', 'filter', 'security'],
  [Hook.Postrouting]: ['mangle', 'nat'],
}
