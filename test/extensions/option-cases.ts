/**
 * The option cases, one rule a line as in iptables' own tests: `rule;printed;OK`, where `=` is the rule itself, or
 * `rule;;FAIL`. Lines `*table`, `:CHAIN` and `family 4` (or 6, or nothing for both) say where the next rules stand;
 * `unknown never` that what a capture does not tell is answered, `without kernel` that the running kernel cannot be
 * asked, because it has no module for it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Family } from '../../src/ruleset/ruleset.js'

export interface OptionCase {
  /** `tcp.t:12`. */
  readonly where: string
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly rule: string
  /** What iptables-save prints behind `-A CHAIN`; null when the rule is refused. */
  readonly printed: string | null
  /** What is answered where a capture does not tell. */
  readonly unknown: 'error' | 'never'
  /** The running kernel can say. */
  readonly asked: boolean
}

const FOLDER = new URL('options/', import.meta.url)

export function optionCases(): OptionCase[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((file) => casesOf(file, readFileSync(new URL(file, FOLDER), 'utf8')))
}

/** The rule in a text of its own. */
export function textOf({ table, chain, rule }: OptionCase): string {
  return `*${table}\n-A ${chain} ${rule}\nCOMMIT\n`
}

function casesOf(file: string, text: string): OptionCase[] {
  const cases: OptionCase[] = []
  let table = 'filter'
  let chain = 'INPUT'
  let families: readonly Family[] = [4, 6]
  let unknown: OptionCase['unknown'] = 'error'
  let asked = true
  text.split('\n').forEach((line, index) => {
    const place = /^(?:\*(?<table>\w+)|:(?<chain>\w+)|family ?(?<family>[46]?))$/.exec(line)?.groups
    if (line === '' || line.startsWith('#')) return
    if (line === 'unknown never') {
      unknown = 'never'
      return
    }
    if (line === 'without kernel') {
      asked = false
      return
    }
    if (place !== undefined) {
      if (place.table !== undefined) families = [4, 6]
      table = place.table ?? table
      chain = place.chain ?? chain
      if (place.family !== undefined) families = place.family === '' ? [4, 6] : [place.family === '4' ? 4 : 6]
      return
    }
    const end = line.lastIndexOf(';')
    const middle = line.lastIndexOf(';', end - 1)
    const rule = line.slice(0, middle)
    const printed = line.slice(middle + 1, end)
    const refused = line.slice(end + 1) === 'FAIL'
    for (const family of families) {
      const where = `${file}:${index + 1}`
      cases.push({
        where,
        family,
        table,
        chain,
        rule,
        printed: refused ? null : printed === '=' ? rule : printed,
        unknown,
        asked,
      })
    }
  })
  return cases
}
