/**
 * A table without borders: columns two spaces apart, each as wide as its widest cell, everything two spaces in.
 */
import Table from 'cli-table3'

const INDENT = '  '
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: INDENT,
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Lines of the rows; `aligns` has one letter a column, l or r. */
export function tableLines(aligns: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: [...aligns].map((letter) => (letter === 'r' ? 'right' : 'left')),
  })
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}
