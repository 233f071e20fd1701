/**
 * What runs at each hook, by priority. Conntrack stands at -200 of PREROUTING and OUTPUT, behind the table raw; it
 * confirms an entry behind everything else of INPUT and POSTROUTING.
 * Kernel: enum nf_ip_hook_priorities, include/uapi/linux/netfilter_ipv4.h; the same numbers in IPv6.
 */
import { Hook, HOOK_NAMES, type TableName } from '../ruleset/ruleset.js'
import { TABLES_AT_HOOK } from '../ruleset/table-order.js'

export type HookStep = TableName | 'conntrack' | 'confirm'

const STEPS = HOOK_NAMES.map((_, hook: Hook): readonly HookStep[] => {
  const steps = TABLES_AT_HOOK[hook].flatMap((table): HookStep[] => (table === 'raw' ? [table, 'conntrack'] : [table]))
  return hook === Hook.Input || hook === Hook.Postrouting ? [...steps, 'confirm'] : steps
})

/** The steps of a hook in their order. */
export function stepsOf(hook: Hook): readonly HookStep[] {
  return STEPS[hook]
}
