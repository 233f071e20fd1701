/**
 * What runs at each hook, by priority. Conntrack stands at -200 of PREROUTING and OUTPUT; it confirms an entry behind
 * everything else of INPUT and POSTROUTING.
 * Kernel: enum nf_ip_hook_priorities, include/uapi/linux/netfilter_ipv4.h; the same numbers in IPv6.
 */
import { Hook, type TableName } from '../ruleset/ruleset.js'

export type HookStep = TableName | 'conntrack' | 'confirm'

/** The table nat takes part at its two priorities, -100 (destinations) and 100 (sources). */
const STEPS: Readonly<Record<Hook, readonly HookStep[]>> = {
  [Hook.Prerouting]: ['raw', 'conntrack', 'mangle', 'nat'],
  [Hook.Input]: ['mangle', 'filter', 'security', 'nat', 'confirm'],
  [Hook.Forward]: ['mangle', 'filter', 'security'],
  [Hook.Output]: ['raw', 'conntrack', 'mangle', 'nat', 'filter', 'security'],
  [Hook.Postrouting]: ['mangle', 'nat', 'confirm'],
}

/** The steps of a hook in their order. */
export function stepsOf(hook: Hook): readonly HookStep[] {
  return STEPS[hook]
}
