/**
 * Goes over the arguments of a line as getopt_long(3) does for iptables-restore: iptables' own options go to a
 * handler, those of matches and targets are kept with the one they belong to.
 * iptables: do_parse(), command_default() of iptables/xshared.c (v1.8.9).
 */
import type { ProblemSink, Token } from '../extensions/option-reader.js'
import type { OptionSpec } from '../extensions/option-spec.js'
import type { ProtocolMatch } from '../ruleset/ruleset.js'
import { type BaseOption, longOption, shortOption } from './base-options.js'
import { type Instance, LoadedExtensions } from './loaded-extensions.js'

export interface OptionHandler {
  /** `-p` as far as it was read. */
  readonly protocol: ProtocolMatch | null
  /** One of iptables' own options; `argument` is the option itself when it has none. */
  base(option: BaseOption, written: Token, argument: Token): void
  /** Loads the match that `-p` brings along; false when there is none, or it has been loaded. */
  loadProtocolMatch(at: Token): boolean
}

/** Options that can be had once, and those that `!` may stand in front of. */
const ONCE = new Set(['s', 'd', 'p', 'i', 'o', 'f', 'c', 'j', 'n', 'x'])
const INVERTIBLE = new Set(['s', 'd', 'p', 'i', 'o', 'f'])
/** Options for which iptables takes the whole word as the argument, so that `-ptcp` is protocol "-ptcp". */
const SEPARATE = new Set(['s', 'd', 'p', 'i', 'o', 'j'])
/** Letters that end the arguments of an unknown match or target. */
const FOREIGN_END = new Set(['s', 'd', 'p', 'i', 'o', 'f', 'm', 'j', 'g', 'c', 'A', 'I'])

const DASH = 45
const BANG = 33

export class OptionScanner {
  readonly loaded = new LoadedExtensions()
  /** The `!` in front of the option that is being read. */
  bang: Token | null = null
  /** Codes of the options that were there; `-g` counts as `-j`. */
  readonly seen = new Set<string>()
  private tokens: readonly Token[] = []
  private index = 0

  constructor(
    private readonly handler: OptionHandler,
    private readonly report: ProblemSink,
  ) {}

  /** Reads a line; what the one before left is forgotten. */
  scan(tokens: readonly Token[]): void {
    this.loaded.clear()
    this.seen.clear()
    this.bang = null
    this.tokens = tokens
    this.index = 0
    while (this.index < tokens.length) this.next(tokens[this.index++])
    if (this.bang !== null) this.report(this.bang, 'nothing follows "!"')
  }

  /** Leaves the rest of the line alone. */
  stop(): void {
    this.index = this.tokens.length
  }

  /** The next argument, unless it begins an option. */
  takeValue(): Token | null {
    const token = this.tokens[this.index]
    if (token === undefined || beginsOption(token)) return null
    this.index++
    return token
  }

  private next(token: Token): void {
    const { text } = token
    if (this.isForeign(token)) this.loaded.last?.foreign.push(token)
    else if (text === '!') {
      if (this.bang !== null) this.report(token, '"!" stands twice')
      this.bang = token
      return
    } else if (text.charCodeAt(0) !== DASH || text.length === 1) this.report(token, `"${text}" is no option`)
    else if (text.charCodeAt(1) === DASH) this.long(token)
    else this.short(token)
    this.bang = null
  }

  /** True while the arguments of an unknown match or target go on. */
  private isForeign({ text }: Token): boolean {
    const { last } = this.loaded
    if (last === undefined || last.extension !== null) return false
    if (text === '!') {
      const following = this.tokens[this.index]
      return following !== undefined && following.text !== '!' && this.isForeign(following)
    }
    if (text.startsWith('--')) return longOption(text.slice(2)) === undefined
    return !(text.length === 2 && text[0] === '-' && FOREIGN_END.has(text[1]))
  }

  private long(token: Token): void {
    const equals = token.text.indexOf('=')
    const written = equals < 0 ? token : { text: token.text.slice(0, equals), start: token.start, length: equals }
    const value = equals < 0 ? null : restOf(token, equals + 1)
    const name = written.text.slice(2)
    let found = this.loaded.find(name)
    if (found === null && this.handler.loadProtocolMatch(written)) found = this.loaded.find(name)
    if (found === null) {
      this.unknownOption(written)
    } else if (found.kind === 'ambiguous') {
      this.report(written, `${written.text} may be ${found.names.join(' or ')}`)
      this.skipValues()
    } else if (found.kind === 'base') {
      this.base(found.option, written, value)
    } else {
      this.extensionOption(found.instance, found.spec, written, value)
    }
  }

  /** Several letters may stand behind one dash; what follows a letter that takes an argument is that argument. */
  private short(token: Token): void {
    for (let at = 1; at < token.text.length; at++) {
      const option = shortOption(token.text[at])
      const written = token.text.length === 2 ? token : { ...token, text: `-${token.text[at]}` }
      if (option === undefined) {
        this.handler.loadProtocolMatch(written)
        this.unknownOption(written)
        return
      }
      const last = at + 1 === token.text.length
      this.base(option, written, option.argument === 'none' || last ? null : restOf(token, at + 1))
      if (option.argument !== 'none') return
    }
  }

  private base(option: BaseOption, written: Token, value: Token | null): void {
    const { code } = option
    const key = code === 'g' ? 'j' : code
    if (this.seen.has(key) && ONCE.has(key)) {
      this.report(written, key === 'j' ? 'a rule has one -j or -g only' : `${written.text} stands twice`)
    }
    this.seen.add(key)
    if (value !== null && SEPARATE.has(code)) {
      this.report(written, `iptables-restore needs white space between ${written.text} and its argument`)
    }
    if (this.bang !== null && !INVERTIBLE.has(code)) this.report(this.bang, `"!" cannot stand before ${written.text}`)
    if (value !== null && option.argument === 'none') this.report(value, `${written.text} takes no argument`)
    const argument = option.argument === 'required' ? this.argument(written, value) : written
    if (argument !== null) this.handler.base(option, written, argument)
  }

  private extensionOption(instance: Instance, spec: OptionSpec, name: Token, value: Token | null): void {
    const values: Token[] = []
    const { values: count } = spec
    if ((count === 0 || count === 'optional') && value !== null) this.report(value, `${name.text} takes no argument`)
    if (count === 'optional') {
      const token = this.takeValue()
      if (token !== null) values.push(token)
    } else if (count > 0) {
      const first = this.argument(name, value)
      if (first === null) return
      values.push(first)
    }
    if (count === 2) {
      const second = this.takeValue()
      if (second === null) {
        this.report(name, `${name.text} needs two arguments`)
        return
      }
      values.push(second)
    }
    instance.uses.push({ spec, name, inverted: this.bang !== null, values, protocol: this.handler.protocol })
  }

  /** The argument that must follow an option, or null, reported. */
  private argument(written: Token, value: Token | null): Token | null {
    if (value !== null) return value
    const token = this.tokens[this.index]
    if (token === undefined) {
      this.report(written, `${written.text} needs an argument`)
      return null
    }
    this.index++
    const following = this.tokens[this.index]
    if (token.text !== '!' || following === undefined || beginsOption(following)) return token
    this.report(token, `"!" belongs in front of the option: ! ${written.text} ${following.text}`)
    this.index++
    return following
  }

  private unknownOption(written: Token): void {
    const { last } = this.loaded
    const owner = last === undefined ? 'iptables' : `${last.kind} "${last.name}"`
    this.report(written, `${owner} has no option "${written.text}"`, this.loaded.optionNames())
    this.skipValues()
  }

  /** Goes on behind the arguments of an option that was not understood. */
  private skipValues(): void {
    while (this.index < this.tokens.length && !beginsOption(this.tokens[this.index])) this.index++
  }
}

/** True for what begins with a dash or an exclamation mark. */
function beginsOption({ text }: Token): boolean {
  const code = text.charCodeAt(0)
  return code === DASH || code === BANG
}

/** What stands in the token from `at` on. */
function restOf(token: Token, at: number): Token {
  const plain = token.text.length === token.length
  const start = plain ? token.start + at : token.start
  return { text: token.text.slice(at), start, length: token.start + token.length - start }
}
