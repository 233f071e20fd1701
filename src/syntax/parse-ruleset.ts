/**
 * Reads an iptables-save or ip6tables-save text, of the legacy or the nft front end. One pass; every error is
 * reported and reading goes on. What iptables-restore and the kernel refuse is refused.
 * iptables: ip46tables_restore_main() of iptables/iptables-restore.c (v1.8.9).
 */
import type { ProblemSink, Token, UnknownAnswer } from '../extensions/option-reader.js'
import { suggestion } from '../ruleset/nearest-name.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import { type Family, type Position, type Ruleset, TABLE_NAMES, type TableName } from '../ruleset/ruleset.js'
import { checkTable } from './check-table.js'
import { parseCounters } from './counters-text.js'
import { isTooLong, isVerdict, LONGEST_NAME } from './extension-names.js'
import { foreignText } from './foreign-text.js'
import { readRuleLine } from './rule-line.js'
import { type Command, RuleParser } from './rule-parser.js'
import { ChainDraft, TableDraft } from './table-draft.js'

export interface ParsedRules {
  /** Without the lines that have errors. */
  readonly ruleset: Ruleset
  /** In the order of the text; none when the text is right. */
  readonly problems: readonly RulesProblem[]
}

/** Characters of a line that iptables-restore takes. */
const LONGEST_LINE = 10238
/** Looking for names that were meant takes time: so many mistakes get a suggestion. */
const SUGGESTIONS = 100

/** `file` is the name for messages; `unknown` says how matches and targets that hookline does not know answer. */
export function parseRuleset(
  text: string,
  file: string,
  family: Family,
  unknown: UnknownAnswer = 'error',
): ParsedRules {
  return new RulesetParser(text, file, family, unknown).parse()
}

class RulesetParser {
  private readonly problems: RulesProblem[] = []
  private readonly tables = new Map<TableName, TableDraft>()
  private table: TableDraft | null = null
  private ruleParser: RuleParser | null = null
  /** The unknown name of the table in which the text is, and of which nothing is read. */
  private skipped: string | null = null
  private line = 0
  private source = ''
  private suggestions = SUGGESTIONS

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly family: Family,
    private readonly unknown: UnknownAnswer,
  ) {}

  parse(): ParsedRules {
    const foreign = foreignText(this.text)
    if (foreign !== null) {
      this.line = 1
      this.problemAt(0, 1, foreign)
      return { ruleset: { family: this.family, tables: [] }, problems: this.problems }
    }
    let carriageReturns = false
    for (let at = 0; at < this.text.length;) {
      const end = this.text.indexOf('\n', at)
      this.source = this.text.slice(at, end < 0 ? undefined : end)
      this.line++
      if (this.source.endsWith('\r')) {
        if (!carriageReturns)
          this.problemAt(this.source.length - 1, 1, 'lines end with CR LF, which is refused; use LF alone')
        carriageReturns = true
        this.source = this.source.slice(0, -1)
      }
      this.readLine()
      at = end < 0 ? this.text.length : end + 1
    }
    if (this.table !== null || this.skipped !== null) {
      this.problemAt(0, 1, `COMMIT is missing at the end of table ${this.table?.name ?? this.skipped}`)
      this.commit()
    }
    const tables = [...this.tables.values()].map((table) => table.toTable())
    this.problems.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
    return { ruleset: { family: this.family, tables }, problems: this.problems }
  }

  private readLine(): void {
    const { source } = this
    if (source === '' || source.startsWith('#')) return
    if (source.length > LONGEST_LINE) {
      this.problemAt(LONGEST_LINE, source.length - LONGEST_LINE, `the line is longer than ${LONGEST_LINE} characters`)
    } else if (source.startsWith('*')) {
      this.beginTable()
    } else if (this.skipped !== null) {
      if (source === 'COMMIT') this.skipped = null
    } else if (this.table === null) {
      this.problemAt(0, source.length, 'no table begins before this line (*filter, for instance)')
    } else if (/^COMMIT\s*$/.test(source)) {
      if (source !== 'COMMIT') this.problemAt(6, source.length - 6, 'white space behind COMMIT is refused')
      this.commit()
    } else if (source.startsWith(':')) {
      this.chainLine(this.table)
    } else {
      this.ruleLine(this.table)
    }
  }

  private beginTable(): void {
    if (this.table !== null || this.skipped !== null) {
      this.problemAt(0, this.source.length, `COMMIT is missing at the end of table ${this.table?.name ?? this.skipped}`)
      this.commit()
    }
    const [word] = wordsOf(this.source, 1)
    const name = TABLE_NAMES.find((known) => known === word?.text)
    if (word === undefined) {
      this.problemAt(0, 1, 'the name of the table is missing')
    } else if (name === undefined) {
      this.report(word, `there is no table "${word.text}"`, TABLE_NAMES)
    } else {
      const before = this.tables.get(name)
      const position = this.position(word)
      const table = before === undefined ? new TableDraft(name, position) : TableDraft.again(before, position)
      const { family, unknown, report } = this
      this.ruleParser = new RuleParser({ table, family, unknown, report, position: this.position })
      this.table = table
      return
    }
    this.skipped = word?.text ?? ''
  }

  private commit(): void {
    this.skipped = null
    if (this.table === null) return
    checkTable(this.table, this.family, (position, message) => this.problems.push({ position, message }))
    this.tables.set(this.table.name, this.table)
    this.table = null
  }

  /** `:CHAIN POLICY [packets:bytes]`. */
  private chainLine(table: TableDraft): void {
    const [name, policy, counters] = wordsOf(this.source, 1)
    if (name === undefined) {
      this.problemAt(0, 1, 'the name of the chain is missing')
      return
    }
    if (isTooLong(name.text)) {
      this.report(name, `the chain name "${name.text}" is longer than ${LONGEST_NAME} characters`)
      return
    }
    if (!table.isBuiltin(name.text)) this.newChain(table, name)
    if (policy === undefined) {
      this.report(name, `the policy of chain ${name.text} is missing; a chain of your own has "-"`)
    } else if (policy.text !== '-') {
      this.setPolicy(table, name, policy)
    }
    const chain = table.chains.get(name.text)
    if (chain === undefined) return
    chain.position = this.position(name)
    if (counters === undefined) return
    const parsed = parseCounters(this.source.slice(counters.start))
    if (parsed === null) this.report(counters, `"${counters.text}" are no counters such as [12:3456]`)
    else if (chain.hook !== null && policy?.text !== '-') chain.counters = parsed.counters
  }

  private newChain(table: TableDraft, name: Token): void {
    if (table.chains.has(name.text)) this.report(name, `chain "${name.text}" stands twice in table ${table.name}`)
    else if (isVerdict(name.text)) this.report(name, `"${name.text}" is a verdict, and cannot be a chain`)
    else table.chains.set(name.text, new ChainDraft(name.text, null, this.position(name)))
  }

  private setPolicy(table: TableDraft, name: Token, policy: Token): void {
    const chain = table.chains.get(name.text)
    if (chain === undefined || chain.hook === null) {
      const builtin = [...table.chains.values()].filter(({ hook }) => hook !== null)
      const names = builtin.map((each) => each.name)
      const meant = chain === undefined ? '' : this.suggest(name.text, names)
      this.report(policy, `${name.text} is not built into table ${table.name}, so its policy can only be "-"${meant}`)
    } else if (policy.text === 'ACCEPT' || policy.text === 'DROP') {
      chain.policy = policy.text
    } else {
      this.report(policy, `a policy is ACCEPT or DROP, not "${policy.text}"`, ['ACCEPT', 'DROP'])
    }
  }

  private ruleLine(table: TableDraft): void {
    const before = this.problems.length
    const command = this.ruleParser === null ? null : readRuleLine(this.source, this.ruleParser, this.report)
    if (command !== null && this.problems.length === before) this.execute(table, command)
  }

  private execute(table: TableDraft, command: Command): void {
    switch (command.kind) {
      case 'append':
        for (const rule of command.rules) table.chains.get(command.chain)?.append(rule)
        break
      case 'insert': {
        const chain = table.chains.get(command.chain)
        for (const rule of command.rules) {
          if (chain === undefined || command.at > chain.length + 1) {
            const count = chain?.length ?? 0
            this.problemAt(
              0,
              this.source.length,
              `chain ${command.chain} has ${count} rules: too few for a place ${command.at}`,
            )
            return
          }
          chain.insert(rule, command.at)
        }
        break
      }
      case 'new':
        this.newChain(table, command.chain)
        break
      case 'policy': {
        this.setPolicy(table, command.chain, command.policy)
        const chain = table.chains.get(command.chain.text)
        if (chain !== undefined && command.counters !== null) chain.counters = command.counters
        break
      }
    }
  }

  private readonly report: ProblemSink = (at, message, names) => {
    const meant = names === undefined ? '' : this.suggest(at.text, names)
    this.problems.push({ position: this.position(at), message: message + meant })
  }

  private suggest(written: string, names: Iterable<string>): string {
    if (this.suggestions === 0) return ''
    this.suggestions--
    return suggestion(written, names)
  }

  private problemAt(start: number, length: number, message: string): void {
    this.problems.push({ position: this.position({ text: '', start, length }), message })
  }

  private readonly position = ({ start, length }: Token): Position => {
    return { file: this.file, line: this.line, column: start + 1, length: Math.max(1, length) }
  }
}

/** The first words of a line, between spaces and tabs. */
function wordsOf(line: string, from: number): Token[] {
  const words: Token[] = []
  const pattern = /[^ \t]+/g
  pattern.lastIndex = from
  for (let found = pattern.exec(line); found !== null && words.length < 3; found = pattern.exec(line)) {
    words.push({ text: found[0], start: found.index, length: found[0].length })
  }
  return words
}
