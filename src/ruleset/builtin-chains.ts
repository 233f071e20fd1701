/**
 * The built-in chains of each table, in the order of their hooks.
 * Kernel: iptable_raw.c, iptable_mangle.c, iptable_nat.c, iptable_filter.c, iptable_security.c (valid_hooks).
 */
import { type Hook, HOOK_NAMES, type TableName } from './ruleset.js'
import { TABLES_AT_HOOK } from './table-order.js'

export const TABLE_HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: hooksOf('raw'),
  mangle: hooksOf('mangle'),
  nat: hooksOf('nat'),
  filter: hooksOf('filter'),
  security: hooksOf('security'),
}

function hooksOf(table: TableName): Hook[] {
  return HOOK_NAMES.map((_, hook): Hook => hook).filter((hook) => TABLES_AT_HOOK[hook].includes(table))
}

/** The hook of a table's built-in chain, or null when the table has none of that name. */
export function builtinHook(table: TableName, chain: string): Hook | null {
  return TABLE_HOOKS[table].find((hook) => HOOK_NAMES[hook] === chain) ?? null
}
