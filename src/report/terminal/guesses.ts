/**
 * What --unknown answered for: rules that ask what a capture does not tell, and how often each did.
 */
import type { GuessCount, Report } from '../../statistics/report.js'
import { formatCount } from '../number.js'
import { cut } from './style.js'
import { tableLines } from './table.js'

export function guessLines({ guesses }: Report): string[] {
  const rows = guesses.map((guess) => [formatCount(guess.packets), guess.extension, place(guess)])
  return tableLines('rll', rows)
}

function place({ family, table, chain, rule }: GuessCount): string {
  return `IPv${family} ${table} ${cut(chain, 28)} ${rule}`
}
