/**
 * Two `iptables-save -c` texts of the same ruleset, counter by counter: every chain's policy and every rule, by
 * table, chain and position. How a rule is printed is not compared.
 */
import type { Difference } from './difference.js'

interface SavedChain {
  readonly policy: string
  readonly counters: string
  readonly rules: { readonly counters: string; readonly text: string }[]
}

type SavedTables = Map<string, Map<string, SavedChain>>

const MISSING = 'missing'

/** `label` names the ruleset in the differences (`IPv4`). A missing text is one without tables. */
export function compareCounters(kernel: string | null, replay: string | null, label: string): Difference[] {
  const left = readSaved(kernel ?? '')
  const right = readSaved(replay ?? '')
  const differences: Difference[] = []
  for (const table of union(left.keys(), right.keys())) {
    const leftTable = left.get(table)
    const rightTable = right.get(table)
    if (leftTable === undefined || rightTable === undefined) {
      differences.push(presence(`${label} ${table}`, leftTable !== undefined, rightTable !== undefined))
      continue
    }
    for (const chain of union(leftTable.keys(), rightTable.keys())) {
      const where = `${label} ${table} ${chain}`
      differences.push(...compareChain(where, leftTable.get(chain), rightTable.get(chain)))
    }
  }
  return differences
}

function compareChain(where: string, left: SavedChain | undefined, right: SavedChain | undefined): Difference[] {
  if (left === undefined || right === undefined) return [presence(where, left !== undefined, right !== undefined)]
  const differences: Difference[] = []
  const differs = (place: string, kernel: string, replay: string, note: string): void => {
    if (kernel !== replay) differences.push({ where: `${where} ${place}`.trim(), kernel, replay, note })
  }
  differs('policy', `${left.policy} ${left.counters}`, `${right.policy} ${right.counters}`, '')
  differs('number of rules', String(left.rules.length), String(right.rules.length), '')
  left.rules.forEach((rule, index) => {
    const other = right.rules[index]
    if (other !== undefined) differs(`rule ${index + 1}`, rule.counters, other.counters, rule.text)
  })
  return differences
}

function presence(where: string, kernel: boolean, replay: boolean): Difference {
  return { where, kernel: kernel ? 'present' : MISSING, replay: replay ? 'present' : MISSING, note: '' }
}

/** Both sides' names, the kernel's order first. */
function union(left: Iterable<string>, right: Iterable<string>): Set<string> {
  return new Set([...left, ...right])
}

function readSaved(text: string): SavedTables {
  const tables: SavedTables = new Map()
  let chains = new Map<string, SavedChain>()
  for (const line of text.split('\n')) {
    const chain = /^:(\S+) (\S+)(?: (\[\d+:\d+\]))?/.exec(line)
    const rule = /^(?:(\[\d+:\d+\]) )?(-A (\S+).*)$/.exec(line)
    if (line.startsWith('*')) {
      chains = new Map()
      tables.set(line.slice(1).trim(), chains)
    } else if (chain !== null) {
      // User chains have no counters of their own: what is printed for them means nothing.
      const counters = chain[2] === '-' ? '' : (chain[3] ?? '[0:0]')
      chains.set(chain[1], { policy: chain[2], counters, rules: [] })
    } else if (rule !== null) {
      chains.get(rule[3])?.rules.push({ counters: rule[1] ?? '[0:0]', text: rule[2] })
    }
  }
  return tables
}
