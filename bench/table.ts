/**
 * Rows as a Markdown table, and what they were measured on.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import type { Row } from './measure.js'

export function printRows(title: string, rows: readonly Row[]): string {
  const head = [`| ${title} | median | least | most | unit |`, '| --- | ---: | ---: | ---: | --- |']
  const lines = rows.map(
    ({ name, median, least, most, unit }) => `| ${name} | ${[median, least, most].map(digits).join(' | ')} | ${unit} |`,
  )
  return [...head, ...lines, ''].join('\n')
}

/** Date, commit, Node and processor. */
export function circumstances(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const processors = cpus()
  const [{ model }] = processors
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, commit ${commit}, Node ${process.version}, ${processors.length} × ${model.trim()}`
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
