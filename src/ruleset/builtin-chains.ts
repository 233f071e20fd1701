/**
 * The built-in chains of each table, in the order of their hooks.
 * Kernel: iptable_raw.c, iptable_mangle.c, iptable_nat.c, iptable_filter.c, iptable_security.c (valid_hooks).
 */
import { Hook, HOOK_NAMES, type TableName } from './ruleset.js'

export const TABLE_HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: [Hook.Prerouting, Hook.Output],
  mangle: [Hook.Prerouting, Hook.Input, Hook.Forward, Hook.Output, Hook.Postrouting],
  nat: [Hook.Prerouting, Hook.Input, Hook.Output, Hook.Postrouting],
  filter: [Hook.Input, Hook.Forward, Hook.Output],
  security: [Hook.Input, Hook.Forward, Hook.Output],
}

/** The hook of a table's built-in chain, or null when the table has none of that name. */
export function builtinHook(table: TableName, chain: string): Hook | null {
  return TABLE_HOOKS[table].find((hook) => HOOK_NAMES[hook] === chain) ?? null
}
