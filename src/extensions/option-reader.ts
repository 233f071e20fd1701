/**
 * The options that one use of an extension was given, as its `parse` reads them: values with their places in the
 * text, checked. What is wrong is reported and reading goes on with a value that fits, so that all errors are found.
 */
import { readNumber, wholeNumber } from '../ruleset/number-text.js'
import type { Family, ProtocolMatch } from '../ruleset/ruleset.js'
import type { OptionSpec } from './option-spec.js'

/** A piece of a line; `start` counts from 0. */
export interface Token {
  /** Without quotes. */
  readonly text: string
  readonly start: number
  readonly length: number
}

/** One option in the rule. */
export interface OptionUse {
  readonly spec: OptionSpec
  /** The option's name, as written. */
  readonly name: Token
  readonly inverted: boolean
  readonly values: readonly Token[]
  /** `-p` as far as it was read in front of the option. */
  readonly protocol: ProtocolMatch | null
}

/** What to do with matches and targets that hookline does not know: refuse them, or how they answer. */
export type UnknownAnswer = 'error' | 'never' | 'always'

/** Takes a problem; the nearest of `names` to the token's text becomes part of the message. */
export type ProblemSink = (at: Token, message: string, names?: Iterable<string>) => void

export class OptionReader {
  constructor(
    /** `match "tcp"` or `target "LOG"`, for messages. */
    readonly owner: string,
    /** The extension's name in the rule. */
    readonly name: Token,
    readonly family: Family,
    /** In the order of the rule. */
    readonly uses: readonly OptionUse[],
    readonly unknown: UnknownAnswer,
    private readonly report: ProblemSink,
  ) {}

  /** `names` are those that the text at the token may have been meant to be. */
  problem(at: Token, message: string, names?: Iterable<string>): void {
    this.report(at, `${this.owner}: ${message}`, names)
  }

  /** The last use of an option. */
  find(key: string): OptionUse | undefined {
    for (let index = this.uses.length - 1; index >= 0; index--) {
      if (this.uses[index].spec.key === key) return this.uses[index]
    }
    return undefined
  }

  /** Checks what the specifications say of options: once each, `!`, needed, not together. */
  check(specs: readonly OptionSpec[]): void {
    const { uses } = this
    for (let index = 0; index < uses.length; index++) {
      const { spec, name, inverted } = uses[index]
      if (inverted && spec.invertible !== true) this.problem(name, `--${spec.name} cannot be inverted with "!"`)
      if (index > 0) this.checkBefore(uses[index], uses.slice(0, index))
    }
    for (const spec of specs) {
      if (spec.required === true && this.find(spec.key) === undefined) {
        this.problem(this.name, `--${spec.name} is missing`)
      }
    }
  }

  private checkBefore({ spec, name }: OptionUse, before: readonly OptionUse[]): void {
    const excluded = (other: OptionUse): boolean => spec.excludes?.includes(other.spec.key) ?? false
    const other = before.find((each) => each.spec.key !== spec.key && excluded(each))
    const again = spec.repeatable !== true && before.some((each) => each.spec.key === spec.key)
    if (again) this.problem(name, `--${spec.name} can be given once only`)
    if (other !== undefined) this.problem(name, `--${spec.name} cannot stand beside --${other.spec.name}`)
  }

  /** Reports when none of the options is there. */
  needsOne(specs: readonly OptionSpec[]): void {
    if (this.uses.length > 0) return
    const names = [...new Map(specs.map((spec) => [spec.key, `--${spec.name}`])).values()]
    this.problem(this.name, `one of ${names.join(', ')} is needed`)
  }

  /**
   * For what a capture does not tell: `what` says what is asked for. Returns what the user wants to be answered; a
   * user who did not say gets an error.
   */
  undecidable(what: string): boolean {
    if (this.unknown === 'error') {
      this.problem(
        this.name,
        `a capture does not tell ${what}; --unknown=never or --unknown=always says what to answer`,
      )
    }
    return this.unknown === 'always'
  }

  /** A number, decimal, 0x hexadecimal or octal. */
  integer(value: Token, min: number, max: number): number {
    const number = wholeNumber(value.text, min, max)
    if (number !== null) return number
    this.problem(value, `"${value.text}" is no number from ${min} to ${max}`)
    return min
  }

  /** `n`, `n:m`, `:m` or `n:`, where what is left out is the smallest or largest. The ends may stand in any order. */
  integerRange(value: Token, max: number): readonly [number, number] {
    const parts = value.text.split(':')
    const ends = parts.map((part, index) => (part === '' ? (index === 1 ? max : 0) : wholeNumber(part, 0, max)))
    if (ends.length > 2 || ends.includes(null)) {
      this.problem(value, `"${value.text}" is no number or range (from:to) from 0 to ${max}`)
      return [0, max]
    }
    return [ends[0]!, ends[ends.length - 1]!]
  }

  /** `value` or `value/mask`; without a mask, all bits count. */
  valueAndMask(value: Token, max: number): { readonly value: number; readonly mask: number } {
    const first = readNumber(value.text)
    const bare = first !== null && first.value <= max && first.end === value.text.length
    if (bare) return { value: first.value, mask: max }
    const mask =
      first !== null && first.value <= max && value.text[first.end] === '/'
        ? wholeNumber(value.text.slice(first.end + 1), 0, max)
        : null
    if (first !== null && mask !== null) return { value: first.value, mask }
    this.problem(value, `"${value.text}" is no value or value/mask from 0 to 0x${max.toString(16)}`)
    return { value: 0, mask: max }
  }

  /** Reports a name that is none of `names`. */
  unknownName(value: Token, what: string, names: Iterable<string>): void {
    this.problem(value, `unknown ${what} "${value.text}"`, names)
  }
}

/** The pieces of a list, each with its place. */
export function listItems(list: Token, separator = ','): readonly Token[] {
  if (!list.text.includes(separator)) return [list]
  const plain = list.text.length === list.length
  let at = list.start
  return list.text.split(separator).map((text) => {
    const item = plain ? { text, start: at, length: Math.max(1, text.length) } : { ...list, text }
    at += text.length + 1
    return item
  })
}
