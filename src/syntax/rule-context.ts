/**
 * What every line of a table is read with.
 */
import type { ProblemSink, Token, UnknownAnswer } from '../extensions/option-reader.js'
import type { Family, Position, TableName } from '../ruleset/ruleset.js'

export interface RuleContext {
  readonly table: ChainNames
  readonly family: Family
  readonly unknown: UnknownAnswer
  readonly report: ProblemSink
  readonly position: (token: Token) => Position
}

/** The chains that the table has where the line stands. */
export interface ChainNames {
  readonly name: TableName
  hasChain(name: string): boolean
  isBuiltin(chain: string): boolean
  chainNames(): Iterable<string>
}
