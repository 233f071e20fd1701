/**
 * JSON whose every value knows where it stands, so that what is wrong in a file is said with line and column.
 * In: the text of a file. Out: a tree of nodes with checked access; every complaint is a BoxError.
 */
import { BoxError } from './box-error.js'

type Value = null | boolean | number | string | readonly JsonNode[] | ReadonlyMap<string, JsonNode>

/** Parses a whole file. */
export function parseJson(text: string, file: string): JsonNode {
  return new JsonParser(text, file).parse()
}

export class JsonNode {
  constructor(
    private readonly source: JsonParser,
    private readonly offset: number,
    readonly value: Value,
  ) {}

  /** A BoxError at this value's place. */
  error(what: string, advice: string): BoxError {
    return this.source.error(this.offset, what, advice)
  }

  /** The elements of an array. */
  elements(): readonly JsonNode[] {
    if (!Array.isArray(this.value)) throw this.expected('an array')
    return this.value as readonly JsonNode[]
  }

  /** The member of an object; null when it has none, or a null one. */
  member(name: string): JsonNode | null {
    const node = this.members().get(name)
    return node === undefined || node.value === null ? null : node
  }

  /** True when the object has this member, even a null one. */
  has(name: string): boolean {
    return this.members().has(name)
  }

  members(): ReadonlyMap<string, JsonNode> {
    if (!(this.value instanceof Map)) throw this.expected('an object')
    return this.value as ReadonlyMap<string, JsonNode>
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.expected('a string')
    return this.value
  }

  /** A whole number, also when it is written as a string, decimal or hexadecimal. */
  integer(): number {
    const number = typeof this.value === 'string' && this.value !== '' ? Number(this.value) : this.value
    if (typeof number !== 'number' || !Number.isInteger(number)) throw this.expected('a whole number')
    return number
  }

  private expected(what: string): BoxError {
    return this.error(`${what} is expected here`, "give the file as the tool's own -j option prints it")
  }
}

class JsonParser {
  private at = 0

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  parse(): JsonNode {
    const node = this.node()
    this.space()
    if (this.at < this.text.length) throw this.syntax('text behind the end of the JSON')
    return node
  }

  error(offset: number, what: string, advice: string): BoxError {
    const before = this.text.slice(0, offset)
    const line = before.split('\n').length
    return new BoxError(this.file, line, offset - before.lastIndexOf('\n'), what, advice)
  }

  private syntax(what: string): BoxError {
    return this.error(this.at, what, 'make the file again: it is not JSON')
  }

  private space(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at])) this.at++
  }

  private node(): JsonNode {
    this.space()
    const start = this.at
    return new JsonNode(this, start, this.parseValue())
  }

  private parseValue(): Value {
    const head = this.text[this.at]
    if (head === '{') return this.object()
    if (head === '[') return this.array()
    if (head === '"') return this.quoted()
    const word = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/.exec(this.text.slice(this.at, this.at + 64))
    if (word === null) throw this.syntax(head === undefined ? 'the file ends too early' : `unexpected ${head}`)
    this.at += word[0].length
    return JSON.parse(word[0]) as null | boolean | number
  }

  private quoted(): string {
    const start = this.at
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      if (this.at >= this.text.length) throw this.syntax('a string that does not end')
      if (this.text[this.at] === '\\') this.at++
    }
    this.at++
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string
    } catch {
      this.at = start
      throw this.syntax('a bad escape in a string')
    }
  }

  private array(): Value {
    const nodes: JsonNode[] = []
    this.sequence(']', () => nodes.push(this.node()))
    return nodes
  }

  private object(): Value {
    const members = new Map<string, JsonNode>()
    this.sequence('}', () => {
      this.space()
      if (this.text[this.at] !== '"') throw this.syntax('a name in quotes is expected')
      const name = this.quoted()
      this.space()
      if (this.text[this.at] !== ':') throw this.syntax('a colon is expected')
      this.at++
      members.set(name, this.node())
    })
    return members
  }

  /** Items between commas up to the closing bracket. */
  private sequence(close: string, item: () => void): void {
    this.at++
    this.space()
    if (this.text[this.at] === close) {
      this.at++
      return
    }
    for (;;) {
      item()
      this.space()
      const next = this.text[this.at]
      if (next !== ',' && next !== close) throw this.syntax(`a comma or ${close} is expected`)
      this.at++
      if (next === close) return
    }
  }
}
