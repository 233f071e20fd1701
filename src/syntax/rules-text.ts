/**
 * A ruleset that was read, as its text and where its rules stand in it: plain data that threads share, and from which
 * each of them reads again the rules that its packets ask. In: a ruleset without errors and its text. Out: its
 * outline, and of that a `RulesetSource`.
 *
 * Numbers of a chain: hook (-1 none), policy (0 none, 1 ACCEPT, 2 DROP), counter of the first rule, rules, index of
 * the first rule's line, and where the chain was named.
 */
import type { UnknownAnswer } from '../extensions/option-reader.js'
import type { ChainSource, RulesetSource, TableSource } from '../ruleset/rule-source.js'
import type { Chain, Family, Hook, Position, Rule, Ruleset, TableName } from '../ruleset/ruleset.js'
import { builtinHook } from '../ruleset/builtin-chains.js'
import type { ChainNames } from './rule-context.js'
import { readRuleLine } from './rule-line.js'
import { RuleParser } from './rule-parser.js'

export interface RulesText {
  readonly family: Family
  readonly text: string
  /** How it was read. */
  readonly unknown: UnknownAnswer
  readonly tables: readonly TableText[]
  /** By rule, chain after chain: where its line begins, and which of the line's rules it is. */
  readonly lines: Uint32Array
}

export interface TableText {
  readonly name: TableName
  /** With spaces between them. */
  readonly chains: string
  /** Six a chain. */
  readonly numbers: Int32Array
}

enum Of {
  Hook,
  Policy,
  FirstCounter,
  RuleCount,
  FirstLine,
  NamedAt,
}
const CHAIN_NUMBERS = 6
const POLICIES = [null, 'ACCEPT', 'DROP'] as const
const NOWHERE: Position = { file: '', line: 0, column: 0, length: 0 }

/** `firstCounter`: the counter of a chain's first rule. */
export function rulesText(
  { family, tables }: Ruleset,
  text: string,
  unknown: UnknownAnswer,
  firstCounter: (chain: Chain) => number,
): RulesText {
  const starts = lineStarts(text)
  const all = tables.flatMap(({ chains }) => chains)
  const lines = new Uint32Array(new SharedArrayBuffer(8 * all.reduce((sum, { rules }) => sum + rules.length, 0)))
  let written = 0
  const tableText = ({ name, chains }: Ruleset['tables'][number]): TableText => {
    const numbers = new Int32Array(new SharedArrayBuffer(4 * CHAIN_NUMBERS * chains.length))
    chains.forEach((chain, index) => {
      const { hook, policy, rules, position } = chain
      const namedAt = hook === null ? starts[position.line - 1] : 0
      const first = written / 2
      const own = [hook ?? -1, POLICIES.indexOf(policy), firstCounter(chain), rules.length, first, namedAt]
      numbers.set(own, CHAIN_NUMBERS * index)
      for (const { position: at, nth } of rules) {
        lines[written++] = starts[at.line - 1]
        lines[written++] = nth
      }
    })
    return { name, chains: chains.map((chain) => chain.name).join(' '), numbers }
  }
  return { family, text, unknown, tables: tables.map(tableText), lines }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

export function readRules(rules: RulesText): RulesetSource {
  return { family: rules.family, tables: rules.tables.map((table) => new TextTable(rules, table)) }
}

/** A table whose rules are read from their lines, each time that they are asked for. */
class TextTable implements TableSource, ChainNames {
  readonly name: TableName
  readonly userChains: number
  private readonly names: readonly string[]
  private readonly indexes: ReadonlyMap<string, number>
  private readonly parser: RuleParser
  /** Where the line begins that is being read. */
  private readingAt = 0

  constructor(
    private readonly rules: RulesText,
    private readonly table: TableText,
  ) {
    const { family, unknown } = rules
    this.name = table.name
    this.names = table.chains.split(' ')
    this.indexes = new Map(this.names.map((name, index) => [name, index]))
    this.userChains = this.names.filter((_, index) => this.number(index, Of.Hook) < 0).length
    this.parser = new RuleParser({ table: this, family, unknown, report: refuse, position: () => NOWHERE })
  }

  builtin(hook: Hook): ChainSource | null {
    const index = this.names.findIndex((_, each) => this.number(each, Of.Hook) === Number(hook))
    return index < 0 ? null : this.chainAt(index)
  }

  chain(name: string): ChainSource | null {
    const index = this.indexes.get(name)
    return index === undefined ? null : this.chainAt(index)
  }

  /** A rule in front of the line that names the chain does not know it. */
  hasChain(name: string): boolean {
    const index = this.indexes.get(name)
    return index !== undefined && this.number(index, Of.NamedAt) <= this.readingAt
  }

  isBuiltin(chain: string): boolean {
    return builtinHook(this.name, chain) !== null
  }

  chainNames(): readonly string[] {
    return this.names
  }

  private chainAt(index: number): ChainSource {
    const firstLine = this.number(index, Of.FirstLine)
    return {
      name: this.names[index],
      policy: POLICIES[this.number(index, Of.Policy)],
      ruleCount: this.number(index, Of.RuleCount),
      firstCounter: this.number(index, Of.FirstCounter),
      rule: (rule) => this.readRule(firstLine + rule),
    }
  }

  private readRule(index: number): Rule {
    const { text, lines } = this.rules
    this.readingAt = lines[2 * index]
    const end = text.indexOf('\n', this.readingAt)
    const line = text.slice(this.readingAt, end < 0 ? undefined : end)
    const command = readRuleLine(line, this.parser, refuse)
    if (command === null || !('rules' in command)) throw new Error(`no rule in "${line}"`)
    return command.rules[lines[2 * index + 1]]
  }

  private number(chain: number, what: Of): number {
    return this.table.numbers[CHAIN_NUMBERS * chain + what]
  }
}

/** The text was read before, and found right. */
function refuse(_at: unknown, message: string): never {
  throw new Error(message)
}
