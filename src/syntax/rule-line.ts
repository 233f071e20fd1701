/**
 * One line of a table that is a command: counters in front of it, then its arguments.
 */
import type { ProblemSink } from '../extensions/option-reader.js'
import { parseCounters } from './counters-text.js'
import type { Command, RuleParser } from './rule-parser.js'
import { tokenize } from './tokens.js'

/** Null when the line is to be left out. */
export function readRuleLine(line: string, parser: RuleParser, report: ProblemSink): Command | null {
  if (!line.startsWith('[')) return parser.parse(tokenize(line, 0, report), null)
  const parsed = parseCounters(line)
  if (parsed !== null) return parser.parse(tokenize(line, parsed.length, report), parsed.counters)
  const length = Math.max(1, line.indexOf(']') + 1)
  report({ text: '', start: 0, length }, 'these are no counters such as [12:3456]')
  return null
}
