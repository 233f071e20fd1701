/**
 * What every line of a table is read with.
 */
import type { ProblemSink, Token, UnknownAnswer } from '../extensions/option-reader.js'
import type { Family, Position } from '../ruleset/ruleset.js'
import type { TableDraft } from './table-draft.js'

export interface RuleContext {
  readonly table: TableDraft
  readonly family: Family
  readonly unknown: UnknownAnswer
  readonly report: ProblemSink
  readonly position: (token: Token) => Position
}
