/**
 * The little language of -m u32: `offset [operator number]... = range[,range]... [&& ...]`.
 * iptables: u32_parse(), extensions/libxt_u32.c.
 */
import type { OptionReader, Token } from './option-reader.js'
import { hex } from './print-option.js'
import { readNumber } from '../ruleset/number-text.js'

export interface U32Step {
  readonly operator: '&' | '<<' | '>>' | '@'
  readonly number: number
}

export interface U32Test {
  readonly offset: number
  readonly steps: readonly U32Step[]
  /** First and last. */
  readonly ranges: readonly (readonly [number, number])[]
}

/** Tests, numbers of a location, and ranges, of each. */
const MOST = 10
const LARGEST = 0xffffffff
/** The kernel refuses to shift by more. */
const MOST_SHIFT = 31

/** None when something is wrong, which is reported. */
export function readU32Tests(reader: OptionReader, value: Token): readonly U32Test[] {
  const scanner = new Scanner(value.text)
  const tests: U32Test[] = []
  do {
    const test = scanner.test()
    if (test === null || tests.length === MOST) {
      reader.problem(value, test === null ? scanner.error : `more than ${MOST} tests`)
      return []
    }
    tests.push(test)
  } while (scanner.takes('&&'))
  if (scanner.atEnd()) return tests
  reader.problem(value, `"," or "&&" must follow at character ${scanner.at}`)
  return []
}

export function printU32Tests(tests: readonly U32Test[]): string {
  return tests
    .map(({ offset, steps, ranges }) => {
      const location = steps.map(({ operator, number }) => operator + hex(number))
      const values = ranges.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}:${hex(to)}`))
      return `${hex(offset)}${location.join('')}=${values.join(',')}`
    })
    .join('&&')
}

class Scanner {
  at = 0
  error = ''

  constructor(private readonly text: string) {}

  /** One test; null when there is none, and `error` says why. */
  test(): U32Test | null {
    const offset = this.number()
    if (offset === null) return null
    const steps: U32Step[] = []
    while (!this.takes('=')) {
      const step = this.step()
      if (step === null || steps.push(step) === MOST) return this.fail('too many operators')
    }
    const ranges: (readonly [number, number])[] = []
    do {
      const from = this.number()
      const to = this.takes(':') ? this.number() : from
      if (from === null || to === null || ranges.push([from, to]) > MOST) return this.fail('too many ranges')
    } while (this.takes(','))
    return { offset, steps, ranges }
  }

  /** Goes behind the text if it comes next; white space in front does not count. */
  takes(text: string): boolean {
    this.skipSpace()
    const found = this.text.startsWith(text, this.at)
    if (found) this.at += text.length
    return found
  }

  atEnd(): boolean {
    this.skipSpace()
    return this.at === this.text.length
  }

  private step(): U32Step | null {
    const operator = (['&', '<<', '>>', '@'] as const).find((each) => this.takes(each))
    if (operator === undefined) return this.fail('an operator (&, <<, >>, @) or "=" is expected')
    const number = this.number()
    if (number === null) return null
    const shifts = operator === '<<' || operator === '>>'
    return shifts && number > MOST_SHIFT ? this.fail('a shift by more than 31 bits') : { operator, number }
  }

  private number(): number | null {
    this.skipSpace()
    const read = this.text[this.at] === '+' ? null : readNumber(this.text, this.at)
    if (read === null || read.value > LARGEST) return this.fail('a number from 0 to 0xffffffff is expected')
    this.at = read.end
    return read.value
  }

  private fail(message: string): null {
    if (this.error === '') this.error = `${message} at character ${this.at}`
    return null
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
  }
}
