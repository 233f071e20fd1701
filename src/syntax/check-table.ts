/**
 * What the kernel checks when a table is loaded: chains that lead into themselves, and extensions in rules that can
 * be reached from hooks where they are not allowed. Rules that no hook reaches are not looked at, nor are those
 * behind a rule that ends its chain for every packet.
 * Kernel: mark_source_chains() in net/ipv4/netfilter/ip_tables.c, xt_check_match() in net/netfilter/x_tables.c (v6.18).
 */
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { Placement } from '../extensions/extension.js'
import { type Family, type Hook, HOOK_NAMES, type Position, type Rule } from '../ruleset/ruleset.js'
import { endsForAll } from './unconditional.js'
import type { ChainDraft, TableDraft } from './table-draft.js'

type Report = (position: Position, message: string) => void

/** A chain as the walk sees it. */
interface Reach {
  readonly chain: ChainDraft
  readonly rules: readonly Rule[]
  /** Rules up to the first that ends the chain for every packet. */
  readonly end: number
  /** 1 << hook for each hook that reaches it. */
  hooks: number
}

export function checkTable(table: TableDraft, family: Family, report: Report): void {
  const reaches = new Map<string, Reach>()
  for (const chain of table.chains.values()) {
    const rules = chain.inOrder()
    const last = rules.findIndex((rule) => endsForAll(rule, family))
    reaches.set(chain.name, { chain, rules, end: last < 0 ? rules.length : last + 1, hooks: 0 })
  }
  const loops = new Set<Rule>()
  for (const { chain } of reaches.values()) if (chain.hook !== null) walk(reaches, chain.name, chain.hook, loops)
  for (const rule of loops) {
    report(rule.position, `this jump leads back to where it came from: the kernel refuses loops`)
  }
  for (const { chain, rules, end, hooks } of reaches.values()) {
    for (const rule of hooks === 0 ? [] : rules.slice(0, end)) checkPlacement(rule, chain.name, hooks, family, report)
  }
}

/** Visits every chain that the hook's chain leads to, and finds the jumps that close a loop. */
function walk(reaches: ReadonlyMap<string, Reach>, from: string, hook: Hook, loops: Set<Rule>): void {
  const bit = 1 << hook
  const first = reaches.get(from)
  if (first === undefined) return
  first.hooks |= bit
  const path: { readonly reach: Reach; next: number }[] = [{ reach: first, next: 0 }]
  const onPath = new Set([first])
  while (path.length > 0) {
    const step = path[path.length - 1]
    if (step.next === step.reach.end) {
      onPath.delete(step.reach)
      path.pop()
      continue
    }
    const rule = step.reach.rules[step.next++]
    if (rule.target.kind !== 'jump' && rule.target.kind !== 'goto') continue
    const to = reaches.get(rule.target.chain)
    if (to === undefined) continue
    if (onPath.has(to)) loops.add(rule)
    if ((to.hooks & bit) !== 0) continue
    to.hooks |= bit
    onPath.add(to)
    path.push({ reach: to, next: 0 })
  }
}

function checkPlacement(rule: Rule, chain: string, hooks: number, family: Family, report: Report): void {
  for (const { name, options, position } of rule.matches) {
    const refused = refusedHook(matchExtension(name, family).placement(options), hooks)
    if (refused !== null) report(position, `match "${name}"${notThere(chain, refused)}`)
  }
  if (rule.target.kind !== 'extension') return
  const { name, options, position } = rule.target
  const refused = refusedHook(targetExtension(name, family).placement(options), hooks)
  if (refused !== null) report(position, `target "${name}"${notThere(chain, refused)}`)
}

/** A hook from which the rule is reached and where the extension is not allowed. */
function refusedHook({ hooks: allowed }: Placement, hooks: number): string | null {
  if (allowed === null) return null
  const hook = HOOK_NAMES.findIndex((_, index) => (hooks & (1 << index)) !== 0 && !allowed.includes(index))
  return hook < 0 ? null : HOOK_NAMES[hook]
}

function notThere(chain: string, hook: string): string {
  return chain === hook ? ` cannot be used in ${hook}` : ` cannot be used in ${hook}, which leads to chain ${chain}`
}
