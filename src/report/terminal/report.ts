/**
 * The report on the terminal: what was replayed, what became of it at which hook, which rules decided, which
 * connections there were, and what no rule saw. Fits 80 columns.
 */
import type { Report } from '../../statistics/report.js'
import { formatCount } from '../number.js'
import { connectionLines } from './connections.js'
import { guessLines } from './guesses.js'
import { hookLines } from './hooks.js'
import { ruleLines } from './rules.js'
import { type Style, styleOf, wrap } from './style.js'
import { type Speed, summaryLines, verdictLines } from './summary.js'
import { tableLines } from './table.js'

export function printReport(report: Report, speed: Speed, stream: NodeJS.WriteStream): void {
  stream.write(terminalReport(report, speed, styleOf(stream)))
}

export function terminalReport(report: Report, speed: Speed, style: Style): string {
  const sections: [string, string[]][] = [
    ['Verdicts', verdictLines(report, style)],
    ['Hooks and tables', hookLines(report, style)],
    ['Rules that decided most', ruleLines(report, style)],
    ['Connections', connectionLines(report, style)],
    ['Decided by no rule', reasonLines(report)],
    ['Answered by --unknown', guessLines(report)],
    ['Sent, and seen leaving', comparisonLines(report)],
    ['To know', warningLines(report, style)],
  ]
  const shown = sections.filter(([, lines]) => lines.length > 0)
  const parts = shown.map(([title, lines]) => ['', style.colors.bold(title)].concat(lines))
  return [...summaryLines(report, speed, style), ...parts.flat(), ''].join('\n')
}

function comparisonLines({ comparison: { same, differences, first } }: Report): string[] {
  if (same === 0n && differences.length === 0) return []
  const counts = differences.map(({ packets, difference }) => [formatCount(packets), difference])
  return [
    ...tableLines('rl', [[formatCount(same), 'seen leaving as the replay sent them'], ...counts]),
    ...first.map(({ difference, received, seen }) => `  ${numbersOf(received, seen)}: ${difference}`),
  ]
}

function numbersOf(received: bigint, seen: bigint): string {
  if (received === 0n) return `packet ${seen}`
  return seen === 0n ? `packet ${received}` : `packet ${received}, seen as ${seen}`
}

function reasonLines({ reasons }: Report): string[] {
  return tableLines(
    'rl',
    reasons
      .toSorted((one, other) => Number(other.packets - one.packets))
      .map(({ packets, text }) => [formatCount(packets), text]),
  )
}

function warningLines({ warnings }: Report, { width }: Style): string[] {
  return warnings.flatMap((warning) => wrap(warning, width - 2).map((line) => `  ${line}`))
}
