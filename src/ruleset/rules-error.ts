/**
 * What is wrong with a rules text: the problems found, each with its place, and how they are shown to the user.
 */
import type { Position } from './ruleset.js'

/** One thing that is wrong; the parser collects them and goes on. */
export interface RulesProblem {
  readonly position: Position
  /** What is wrong, and what to do about it. */
  readonly message: string
}

/** A rules text that cannot be used. Its message shows all problems; its fields are those of the first. */
export class RulesError extends Error {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number

  /** `problems` holds one at least; `text` is the whole text. */
  constructor(
    readonly problems: readonly RulesProblem[],
    text: string,
  ) {
    super(formatProblems(problems, text))
    const { position } = problems[0]
    this.name = 'RulesError'
    this.file = position.file
    this.line = position.line
    this.column = position.column
    this.length = position.length
  }
}

/**
 * Each problem as `file:line:column: message`, the line of the text, and the place underlined. `kind` goes in front
 * of each message, for instance `warning: `.
 */
export function formatProblems(problems: readonly RulesProblem[], text: string, kind = ''): string {
  const lines = text.split('\n')
  return problems
    .map(({ position, message }) => {
      const head = `${place(position)}: ${kind}${shownText(message)}`
      const shown = excerpt(lines[position.line - 1] ?? '', position)
      return shown === '' ? head : `${head}\n${shown}`
    })
    .join('\n')
}

function place(position: Position): string {
  return `${position.file}:${position.line}:${position.column}`
}

/** Longer lines are shown around the place only. */
const SHOWN = 160

function excerpt(line: string, { column, length }: Position): string {
  const source = shownText(line.replace(/[\t\r]/g, ' ').trimEnd())
  if (source === '') return ''
  const from = column > SHOWN - 20 ? column - 40 : 0
  const shown = source.slice(from, from + SHOWN)
  const start = Math.min(column - 1 - from, shown.length)
  const width = Math.max(1, Math.min(length, shown.length - start))
  return `  ${shown}\n  ${' '.repeat(start)}^${'~'.repeat(width - 1)}`
}

/** Control characters as signs for them, one each, so that they do nothing to a terminal. */
function shownText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd'
  })
}
