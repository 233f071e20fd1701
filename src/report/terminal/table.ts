/**
 * A table without borders: columns two spaces apart, each as wide as its widest cell, everything two spaces in.
 */
import { stripVTControlCharacters } from 'node:util'

const GAP = '  '
const COMBINING = /\p{M}/u
/** Characters that terminals draw two columns wide. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** Lines of the rows; `aligns` has one letter a column, l or r. */
export function tableLines(aligns: string, rows: readonly (readonly string[])[]): string[] {
  const widths = [...aligns].map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column]))))
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const padding = ' '.repeat(widths[column] - columnsOf(cell))
      return aligns[column] === 'r' ? padding + cell : cell + padding
    })
    return (GAP + cells.join(GAP)).trimEnd()
  })
}

/** How many columns of a terminal the text takes. */
function columnsOf(text: string): number {
  const shown = text.includes('\u001b') ? stripVTControlCharacters(text) : text
  let columns = 0
  for (const character of shown) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}
