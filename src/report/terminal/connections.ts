/**
 * Connections by protocol and state, how many there were at a time, and what conntrack refused.
 */
import type { Conntrack, Report, Table } from '../../statistics/report.js'
import { formatCount, formatTime } from '../number.js'
import { type Style, wrap, wrapParts } from './style.js'
import { tableLines } from './table.js'

const SPARKS = '▁▂▃▄▅▆▇█'
/** In front of a line and between its two columns. */
const GAPS = 4

export function connectionLines(report: Report, style: Style): string[] {
  const { conntrack } = report
  if (conntrack.confirmed === 0n) return refusalLines(conntrack, style)
  const { colors, width } = style
  const groups = [...byProtocol(conntrack)]
  const room = width - GAPS - groups.reduce((most, [name]) => Math.max(most, name.length), 0)
  const rows = groups.flatMap(([name, states]) =>
    wrapParts(states, ', ', room).map((line, index) => [index === 0 ? name : '', line]),
  )
  return [
    `  ${formatCount(conntrack.confirmed)} came to be, ${formatCount(conntrack.died)} ended, ` +
      `${formatCount(conntrack.alive)} alive at the end`,
    `  peak ${formatCount(conntrack.peak)} at ${formatTime(conntrack.peakNs)} UTC`,
    ...fillLines(conntrack.table, style),
    colors.cyan(`  ${sparkline(conntrack.occupancy.entries, width - 4)}`),
    ...tableLines('ll', rows),
    ...refusalLines(conntrack, style),
  ]
}

/** How full the kernel's table was, where it has a limit; what that cost. */
function fillLines({ limit, peak, atMost, firstFullNs, dropped, evicted }: Table, { colors, width }: Style): string[] {
  if (limit === 0n) return []
  const most = `${atMost ? 'never more than' : 'peak'} ${formatCount(peak)}`
  const room = `of nf_conntrack_max ${formatCount(limit)}, expired ones not yet collected among them`
  const lines = indented(`table: ${most} ${room}`, width)
  if (atMost || firstFullNs === 0n) return lines
  const cost = `${formatCount(dropped)} packets dropped, ${formatCount(evicted)} entries evicted`
  return [...lines, ...indented(`table full at ${formatTime(firstFullNs)} UTC: ${cost}`, width).map(colors.red)]
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line) => `  ${line}`)
}

/** `IPv4 tcp` with `ESTABLISHED 12` and `TIME_WAIT 3`. */
function byProtocol({ connections }: Conntrack): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { family, protocol, state, entries } of connections) {
    const name = `IPv${family} ${protocol}`
    groups.set(name, [...(groups.get(name) ?? []), `${state} ${formatCount(entries)}`])
  }
  return groups
}

function refusalLines(conntrack: Conntrack, { colors }: Style): string[] {
  const counts: [string, bigint][] = [
    ['invalid', conntrack.invalid],
    ['insert_failed', conntrack.insertFailed],
    ['drop', conntrack.drop],
    ['early_drop', conntrack.earlyDrop],
    ['icmp_error', conntrack.icmpError],
    ['clash_resolve', conntrack.clashResolve],
    ['chaintoolong', conntrack.chaintoolong],
    ['found', conntrack.found],
    ['expect_new', conntrack.expectNew],
    ['expect_create', conntrack.expectCreate],
    ['expect_delete', conntrack.expectDelete],
  ]
  const words = counts.filter(([, count]) => count > 0n).map(([name, count]) => `${name}=${formatCount(count)}`)
  return words.length === 0 ? [] : [colors.dim(`  ${words.join(' ')}`)]
}

/** One character a stretch of time, as high as the most in it. */
function sparkline(entries: readonly bigint[], width: number): string {
  const columns = Math.min(width, entries.length)
  const most = entries.reduce((high, count) => (count > high ? count : high), 1n)
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor((column * entries.length) / columns)
    const end = Math.floor(((column + 1) * entries.length) / columns)
    const high = entries.slice(start, end).reduce((top, count) => (count > top ? count : top), 0n)
    return high === 0n ? ' ' : SPARKS[Math.ceil((Number(high) / Number(most)) * SPARKS.length) - 1]
  }).join('')
}
