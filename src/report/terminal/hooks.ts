/**
 * How packets left each hook and each of its tables.
 */
import type { HookVerdicts, Report, Verdict, VerdictCount } from '../../statistics/report.js'
import { formatCount } from '../number.js'
import type { Style } from './style.js'
import { paint } from './summary.js'
import { tableLines } from './table.js'

export function hookLines(report: Report, style: Style): string[] {
  const { colors } = style
  const all = report.hooks.flatMap((hook) => hook.verdicts)
  const columns = (['ACCEPT', 'DROP', 'REJECT', 'QUEUE'] as const).filter(
    (verdict) => verdict !== 'QUEUE' || all.some((count) => count.verdict === 'QUEUE'),
  )
  if (report.hooks.length === 0) return []
  const head = ['', '', 'packets', ...columns.map((verdict) => paint(verdict, style)(verdict))]
  const rows = report.hooks.flatMap((hook, index) => [
    [
      report.hooks[index - 1]?.family === hook.family ? '' : `IPv${hook.family}`,
      colors.bold(hook.hook),
      ...cells(hook.verdicts, columns, style),
    ],
    ...tableRows(hook, columns, style),
  ])
  return tableLines(`llr${'r'.repeat(columns.length)}`, [head, ...rows])
}

function tableRows(hook: HookVerdicts, columns: readonly Verdict[], style: Style): string[][] {
  return hook.tables.map(({ table, verdicts }) => ['', `  ${table}`, ...cells(verdicts, columns, style)])
}

function cells(counts: readonly VerdictCount[], columns: readonly Verdict[], { colors }: Style): string[] {
  const total = counts.reduce((sum, { packets }) => sum + packets, 0n)
  const of = (verdict: Verdict): bigint => counts.find((count) => count.verdict === verdict)?.packets ?? 0n
  return [total, ...columns.map(of)].map((packets) => (packets === 0n ? colors.dim('·') : formatCount(packets)))
}
