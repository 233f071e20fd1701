/**
 * The rules and policies that decided most packets.
 */
import type { Report, RuleCount } from '../../statistics/report.js'
import { formatCount, formatShare } from '../number.js'
import { cut, type Style } from './style.js'
import { tableLines } from './table.js'

const SHOWN = 10
const SHARE_WIDTH = 7
/** Two spaces in front of the line and between its columns. */
const GAPS = 8

export function ruleLines(report: Report, style: Style): string[] {
  const deciding = report.rules.filter((rule) => rule.decided > 0n)
  const most = deciding.toSorted((one, other) => Number(other.decided - one.decided)).slice(0, SHOWN)
  const bothFamilies = new Set(deciding.map((rule) => rule.family)).size > 1
  const places = most.map((rule) => place(rule, bothFamilies))
  const counts = most.map((rule) => formatCount(rule.decided))
  const room = style.width - GAPS - SHARE_WIDTH - longest(places) - longest(counts)
  const rows = most.map((rule, index) => [
    counts[index],
    formatShare(rule.decided, report.packets),
    places[index],
    style.colors.dim(cut(shortText(rule), Math.max(room, 10))),
  ])
  const others = deciding.length - most.length
  const more = others > 0 ? [style.colors.dim(`  and ${formatCount(others)} more rule${others === 1 ? '' : 's'}`)] : []
  return [...tableLines('rrll', rows), ...more]
}

function place({ family, table, chain, rule }: RuleCount, bothFamilies: boolean): string {
  const name = cut(chain, 20)
  return `${bothFamilies ? `IPv${family} ` : ''}${table} ${name} ${rule === 0 ? 'policy' : rule}`
}

/** Without what the place says already: `-A INPUT`, or the name of the policy's chain. */
function shortText({ rule, chain, text }: RuleCount): string {
  const prefix = rule === 0 ? `:${chain} ` : `-A ${chain} `
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0)
}
