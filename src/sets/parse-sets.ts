/**
 * Reads what `ipset save` prints: lines `create NAME TYPE options` and `add NAME element options`. Every error is
 * reported with its place, and reading goes on.
 */
import { FULL_MASK, maskOfLength, parseHostAddress } from '../ruleset/address.js'
import { suggestion } from '../ruleset/nearest-name.js'
import { wholeNumber } from '../ruleset/number-text.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { Family, Position } from '../ruleset/ruleset.js'
import { parseElement, type Word } from './set-element.js'
import { SET_TYPES, type SetData, type SetElement } from './set.js'

export interface ParsedSets {
  readonly sets: readonly SetData[]
  /** In the order of the text; none when the text is right. */
  readonly problems: readonly RulesProblem[]
}

const USUAL_MOST = 65536
const USUAL_HASH_SIZE = 1024
const LEAST_HASH_SIZE = 64
/** Kernel: AHASH_MAX_SIZE, net/netfilter/ipset/ip_set_hash_gen.h. */
const BUCKET_SIZES = { least: 2, most: 12 }
const LONGEST_NAME = 31
const MOST_TIMEOUT = 2147483
const ALL = 0xffffffff
/** Options that are followed by a value, and those that stand alone. */
const CREATE_VALUES = new Set(
  'family hashsize maxelem netmask bitmask markmask timeout range size bucketsize initval'.split(' '),
)
const CREATE_FLAGS = new Set('counters comment skbinfo forceadd'.split(' '))
const ADD_VALUES = new Set('timeout packets bytes comment skbmark skbprio skbqueue'.split(' '))
const ADD_FLAGS = new Set(['nomatch', 'wildcard'])

export function parseSets(text: string, file: string): ParsedSets {
  const parser = new SetsParser(file)
  text.split('\n').forEach((line, index) => parser.line(line, index + 1))
  return { sets: parser.sets(), problems: parser.problems }
}

class SetsParser {
  readonly problems: RulesProblem[] = []
  private readonly drafts = new Map<string, { readonly set: SetData; readonly elements: SetElement[] }>()
  private number = 0

  constructor(private readonly file: string) {}

  sets(): SetData[] {
    return [...this.drafts.values()].map(({ set, elements }) => ({ ...set, elements }))
  }

  line(line: string, number: number): void {
    this.number = number
    const words = wordsOf(line)
    const [command, name] = words
    if (command === undefined || command.text.startsWith('#')) return
    if (!['create', 'add'].includes(command.text)) {
      this.problem(
        command,
        `"${command.text}" is no line of ipset save: create or add${suggestion(command.text, ['create', 'add'])}`,
      )
    } else if (name === undefined) {
      this.problem(command, `the name of the set is missing`)
    } else if (command.text === 'create') {
      this.create(name, words.slice(2))
    } else {
      this.add(name, words.slice(2))
    }
  }

  private create(name: Word, [type, ...rest]: readonly Word[]): void {
    if (this.drafts.has(name.text)) return this.problem(name, `set "${name.text}" is made twice`)
    if (name.text.length > LONGEST_NAME) this.problem(name, `the name is longer than ${LONGEST_NAME} characters`)
    if (type === undefined) return this.problem(name, `the type of set "${name.text}" is missing`)
    if (!Object.hasOwn(SET_TYPES, type.text)) {
      return this.problem(
        type,
        `there is no type of sets "${type.text}"${suggestion(type.text, Object.keys(SET_TYPES))}`,
      )
    }
    const options = this.options(rest, CREATE_VALUES, CREATE_FLAGS)
    const set = this.made(name, type.text, options)
    this.drafts.set(name.text, { set, elements: [] })
  }

  private made(name: Word, type: string, options: ReadonlyMap<string, Word>): SetData {
    const parts = SET_TYPES[type]
    const named = options.get('family')
    if (named !== undefined && named.text !== 'inet' && named.text !== 'inet6') {
      this.problem(named, `a family is inet or inet6, not "${named.text}"`)
    }
    const has = parts.some((part) => part.startsWith('ip') || part.startsWith('net'))
    const family: Family | null = has ? (named?.text === 'inet6' ? 6 : 4) : null
    const timeout = this.value(options, 'timeout', 0, MOST_TIMEOUT)
    const range = type.startsWith('bitmap:') ? this.range(name, type, options.get('range')) : null
    return {
      name: name.text,
      type,
      parts,
      family,
      most: range === null ? (this.value(options, 'maxelem', 1, ALL) ?? USUAL_MOST) : range[1] - range[0] + 1,
      timeout,
      counters: options.has('counters'),
      info: options.has('skbinfo'),
      forceAdd: options.has('forceadd'),
      hashSize: Math.max(LEAST_HASH_SIZE, this.value(options, 'hashsize', 1, ALL) ?? USUAL_HASH_SIZE),
      bucketSize: bucketSizeOf(this.value(options, 'bucketsize', 1, 255)),
      // Drawn by the kernel where it is not written.
      initval: this.value(options, 'initval', 0, ALL) ?? 0,
      mask: this.mask(family ?? 4, options),
      markMask: this.value(options, 'markmask', 1, ALL) ?? ALL,
      range,
      elements: [],
      changing: timeout !== null || options.has('counters') || parts.includes('mac'),
      position: this.position(name),
    }
  }

  private mask(family: Family, options: ReadonlyMap<string, Word>): readonly number[] {
    const length = this.value(options, 'netmask', 1, family === 4 ? 32 : 128)
    const written = options.get('bitmask')
    const bits = written === undefined ? null : parseHostAddress(written.text, family)
    if (written !== undefined && bits === null) this.problem(written, `"${written.text}" is no mask`)
    return bits ?? (length === null ? FULL_MASK[family] : maskOfLength(length, family))
  }

  /** `from-to` or, of addresses, `address/length`. */
  private range(name: Word, type: string, word: Word | undefined): readonly [number, number] {
    if (word === undefined) {
      this.problem(name, `a ${type} needs its range`)
      return [0, 0]
    }
    const one = (text: string): number | null =>
      type === 'bitmap:port' ? wholeNumber(text, 0, 65535) : (parseHostAddress(text, 4)?.[0] ?? null)
    const [network, length] = word.text.split('/')
    const bits = length === undefined ? null : wholeNumber(length, 1, 32)
    const [from, to] = word.text.split('-').map(one)
    const base = bits === null ? null : one(network)
    if (bits !== null && base !== null) {
      const first = (base & maskOfLength(bits, 4)[0]) >>> 0
      return [first, first + 2 ** (32 - bits) - 1]
    }
    if (typeof from === 'number' && typeof to === 'number' && from <= to) return [from, to]
    this.problem(
      word,
      `"${word.text}" is no range such as ${type === 'bitmap:port' ? '0-1023' : '10.0.0.0-10.0.0.255'}`,
    )
    return [0, 0]
  }

  private add(name: Word, [element, ...rest]: readonly Word[]): void {
    const draft = this.drafts.get(name.text)
    if (draft === undefined) {
      return this.problem(name, `no set "${name.text}" was made${suggestion(name.text, this.drafts.keys())}`)
    }
    if (element === undefined) return this.problem(name, 'the element is missing')
    const { set } = draft
    const options = this.options(rest, ADD_VALUES, ADD_FLAGS)
    const parsed = parseElement(element, set, (at, message) => this.problem(at, message))
    if (parsed === null) return
    if (parsed.member !== null && !this.drafts.has(parsed.member)) {
      return this.problem(element, `no set "${parsed.member}" was made${suggestion(parsed.member, this.drafts.keys())}`)
    }
    const mark = /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(options.get('skbmark')?.text ?? '0')
    const priority = /^([0-9a-f]+):([0-9a-f]+)$/i.exec(options.get('skbprio')?.text ?? '0:0')
    const info = [
      Number(mark?.[1] ?? 0),
      mark?.[2] === undefined ? ALL : Number(mark[2]),
      priority === null ? 0 : Number.parseInt(priority[1], 16) * 65536 + Number.parseInt(priority[2], 16),
      this.value(options, 'skbqueue', 0, 65535) ?? 0,
    ] as const
    draft.elements.push({
      ...parsed,
      wildcard: options.has('wildcard'),
      noMatch: options.has('nomatch'),
      timeout: this.value(options, 'timeout', 0, MOST_TIMEOUT) ?? set.timeout ?? 0,
      packets: this.counter(options, 'packets'),
      bytes: this.counter(options, 'bytes'),
      info,
    })
  }

  private options(words: readonly Word[], values: ReadonlySet<string>, flags: ReadonlySet<string>): Map<string, Word> {
    const options = new Map<string, Word>()
    for (let index = 0; index < words.length; index++) {
      const word = words[index]
      if (flags.has(word.text) && !(word.text === 'comment' && values.has('comment'))) {
        options.set(word.text, word)
      } else if (!values.has(word.text)) {
        this.problem(word, `unknown option "${word.text}"${suggestion(word.text, [...values, ...flags])}`)
      } else if (index + 1 === words.length) {
        this.problem(word, `the value of "${word.text}" is missing`)
      } else {
        options.set(word.text, words[++index])
      }
    }
    return options
  }

  private value(options: ReadonlyMap<string, Word>, name: string, min: number, max: number): number | null {
    const word = options.get(name)
    if (word === undefined) return null
    const number = wholeNumber(word.text, min, max)
    if (number === null) this.problem(word, `"${word.text}" is no number from ${min} to ${max}`)
    return number
  }

  private counter(options: ReadonlyMap<string, Word>, name: string): bigint {
    const word = options.get(name)
    if (word === undefined) return 0n
    if (/^\d{1,20}$/.test(word.text)) return BigInt(word.text)
    this.problem(word, `"${word.text}" is no number of ${name}`)
    return 0n
  }

  private problem(at: Word, message: string): void {
    this.problems.push({ position: this.position(at), message })
  }

  private position({ text, start }: Word): Position {
    return { file: this.file, line: this.number, column: start + 1, length: Math.max(1, text.length) }
  }
}

/** Even, as slots come in pairs. Kernel: mtype_create(). */
function bucketSizeOf(written: number | null): number {
  const { least, most } = BUCKET_SIZES
  const size = Math.min(most, Math.max(least, written ?? most))
  return size + (size % 2)
}

/** Words between white space; a comment in double quotes is one. */
function wordsOf(line: string): Word[] {
  return [...line.matchAll(/"[^"]*"|\S+/g)].map((found) => ({ text: found[0], start: found.index }))
}
