/**
 * Reads the lines of a table that are commands: `-A CHAIN ...` above all. Goes over the arguments as getopt_long(3)
 * does for iptables-restore, hands each option to the extension it belongs to, and reports all that is wrong.
 * iptables: do_parse() of iptables/xshared.c (v1.8.9).
 */
import {
  findMatch,
  findTarget,
  isOtherMatch,
  isOtherTarget,
  matchFamilies,
  matchName,
  matchNames,
  targetFamilies,
  targetNames,
} from '../extensions/all.js'
import type { MatchExtension, TargetExtension } from '../extensions/extension.js'
import { OptionReader, type ProblemSink, type Token, type UnknownAnswer } from '../extensions/option-reader.js'
import { wholeNumber } from '../ruleset/number-text.js'
import type {
  AddressMatch,
  Counters,
  Family,
  InterfaceMatch,
  Match,
  Position,
  ProtocolMatch,
  Rule,
  Target,
} from '../ruleset/ruleset.js'
import { type BaseOption, longOption, shortOption } from './base-options.js'
import { parseCounter } from './counters-text.js'
import { type Instance, LoadedExtensions } from './loaded-extensions.js'
import { matchOfProtocol, readAddresses, readInterface, readProtocolMatch } from './rule-header.js'
import type { TableDraft } from './table-draft.js'

/** Kernel: XT_EXTENSION_MAXNAMELEN - 1. */
export const LONGEST_NAME = 28

/** Rules that one line may stand for: sources times destinations. */
const MOST_RULES = 65536

const VERDICTS = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'] as const
type Verdict = (typeof VERDICTS)[number]

/** What a line of the table asks for. */
export type Command =
  | { readonly kind: 'append'; readonly chain: string; readonly rules: readonly Rule[] }
  | { readonly kind: 'insert'; readonly chain: string; readonly rules: readonly Rule[]; readonly at: number }
  | { readonly kind: 'new'; readonly chain: string; readonly token: Token }
  | { readonly kind: 'policy'; readonly chain: Token; readonly policy: Token; readonly counters: Counters | null }

/** Where the parser stands: what every line needs. */
export interface RuleContext {
  readonly table: TableDraft
  readonly family: Family
  readonly unknown: UnknownAnswer
  readonly report: ProblemSink
  position(token: Token): Position
}

/** Options that can be had once, and those that `!` may stand in front of. */
const ONCE = new Set(['s', 'd', 'p', 'i', 'o', 'f', 'c', 'j', 'n', 'x'])
const INVERTIBLE = new Set(['s', 'd', 'p', 'i', 'o', 'f'])
/** Options for which iptables takes the whole word as the argument, so that `-ptcp` is protocol "-ptcp". */
const SEPARATE = new Set(['s', 'd', 'p', 'i', 'o', 'j'])
/** Letters that end the arguments of an unknown match or target. */
const FOREIGN_END = new Set(['s', 'd', 'p', 'i', 'o', 'f', 'm', 'j', 'g', 'c', 'A', 'I'])

/**
 * The command of a line, or null when the line is to be left out: it has errors, or is for the other family.
 * `counters` are those in front of it.
 */
export function parseCommand(
  tokens: readonly Token[],
  counters: Counters | null,
  context: RuleContext,
): Command | null {
  return new LineParser(tokens, counters, context).parse()
}

class LineParser {
  private index = 0
  private bang: Token | null = null
  private failed = false
  private readonly loaded = new LoadedExtensions()
  private readonly seen = new Set<string>()
  private loadedProtocolMatch = false

  private command: BaseOption | null = null
  private chain: Token | null = null
  private insertAt = 1
  private policy: Token | null = null
  private otherFamily = false

  private sources: readonly (AddressMatch | null)[] = [null]
  private destinations: readonly (AddressMatch | null)[] = [null]
  private invertedAddress: Token | null = null
  private inInterface: InterfaceMatch | null = null
  private outInterface: InterfaceMatch | null = null
  private inToken: Token | null = null
  private outToken: Token | null = null
  private protocol: ProtocolMatch | null = null
  private protocolToken: Token | null = null
  private fragment: { readonly inverted: boolean } | null = null
  private target: Target = { kind: 'none' }
  private targetToken: Token | null = null

  private readonly report: ProblemSink

  constructor(
    private readonly tokens: readonly Token[],
    private counters: Counters | null,
    private readonly context: RuleContext,
  ) {
    this.report = (at, message, names) => {
      this.failed = true
      context.report(at, message, names)
    }
  }

  parse(): Command | null {
    while (this.index < this.tokens.length && !this.otherFamily) this.next(this.tokens[this.index++])
    if (this.otherFamily) return null
    if (this.bang !== null) this.report(this.bang, 'nothing follows "!"')
    return this.finish()
  }

  private next(token: Token): void {
    if (token.text === '!' && !this.isForeign(token)) {
      if (this.bang !== null) this.report(token, '"!" stands twice')
      this.bang = token
      return
    }
    if (this.isForeign(token)) this.foreign(token)
    else if (token.text.startsWith('--')) this.long(token)
    else if (token.text.startsWith('-') && token.text.length > 1) this.short(token)
    else this.report(token, `"${token.text}" is no option`)
    this.bang = null
  }

  /** True while the arguments of an unknown match or target go on. */
  private isForeign({ text }: Token): boolean {
    const { last } = this.loaded
    if (last === undefined || last.extension !== null) return false
    if (text === '!') {
      const following = this.tokens[this.index]
      return following !== undefined && this.isForeign(following)
    }
    if (text.startsWith('--')) return longOption(text.slice(2)) === undefined
    return !(text.length === 2 && text[0] === '-' && FOREIGN_END.has(text[1]))
  }

  private foreign(token: Token): void {
    this.loaded.last?.foreign.push(token)
  }

  private long(token: Token): void {
    const equals = token.text.indexOf('=')
    const name = equals < 0 ? token.text.slice(2) : token.text.slice(2, equals)
    const value =
      equals < 0
        ? null
        : { text: token.text.slice(equals + 1), start: token.start + equals + 1, length: token.length - equals - 1 }
    const written = equals < 0 ? token : { text: token.text.slice(0, equals), start: token.start, length: equals }
    let found = this.loaded.find(name)
    if (found === null && this.loadProtocolMatch(written)) found = this.loaded.find(name)
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
      const written = { text: `-${token.text[at]}`, start: token.start, length: token.length }
      if (option === undefined) {
        if (this.loadProtocolMatch(written)) this.loadedProtocolMatch = true
        this.unknownOption(written)
        return
      }
      const rest = token.text.slice(at + 1)
      if (option.argument === 'none' || rest === '') {
        this.base(option, at === 1 && rest === '' ? token : written, null)
        if (option.argument !== 'none') return
      } else {
        const start = token.start + (token.text.length === token.length ? at + 1 : 0)
        this.base(option, written, { text: rest, start, length: token.start + token.length - start })
        return
      }
    }
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
    if (token.text !== '!' || following === undefined || /^[-!]/.test(following.text)) return token
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
    while (this.index < this.tokens.length && !/^[-!]/.test(this.tokens[this.index].text)) this.index++
  }

  private extensionOption(
    instance: Instance,
    spec: Instance['uses'][0]['spec'],
    name: Token,
    value: Token | null,
  ): void {
    const values: Token[] = []
    if (spec.values === 0 && value !== null) this.report(value, `${name.text} takes no argument`)
    if (spec.values > 0) {
      const first = this.argument(name, value)
      if (first === null) return
      values.push(first)
    }
    if (spec.values === 2) {
      const second = this.tokens[this.index]
      if (second === undefined || /^[-!]/.test(second.text)) {
        this.report(name, `${name.text} needs two arguments`)
        return
      }
      this.index++
      values.push(second)
    }
    instance.uses.push({ spec, name, inverted: this.bang !== null, values, protocol: this.protocol })
  }

  /** `-p tcp` brings match "tcp" along when one of its options stands there. */
  private loadProtocolMatch(at: Token): boolean {
    if (this.protocolToken === null || this.loadedProtocolMatch) return false
    const name = matchOfProtocol(this.protocolToken)
    if (name === null) return false
    const known = findMatch(matchName(name), this.context.family) !== null
    if (!known && !isOtherMatch(name)) return false
    this.loadedProtocolMatch = true
    this.addMatch(matchName(name), at)
    return known
  }

  private base(option: BaseOption, written: Token, value: Token | null): void {
    const { code } = option
    const key = code === 'g' ? 'j' : code
    if (this.seen.has(key) && ONCE.has(key)) {
      this.report(
        written,
        code === 'j' || code === 'g' ? 'a rule has one -j or -g only' : `${written.text} stands twice`,
      )
    }
    this.seen.add(key)
    if (value !== null && SEPARATE.has(code)) {
      this.report(written, `iptables-restore needs white space between ${written.text} and its argument`)
    }
    if (this.bang !== null && !INVERTIBLE.has(code)) this.report(this.bang, `"!" cannot stand before ${written.text}`)
    const argument = option.argument === 'required' ? this.argument(written, value) : null
    if (option.argument === 'required' && argument === null) return
    if (option.argument === 'none' && value !== null) this.report(value, `${written.text} takes no argument`)
    this.apply(option, written, argument ?? written)
  }

  private apply(option: BaseOption, written: Token, argument: Token): void {
    const inverted = this.bang !== null
    const { family } = this.context
    switch (option.code) {
      case 'A':
      case 'I':
      case 'N':
      case 'P':
        this.setCommand(option, written, argument)
        break
      case 's':
        this.sources = readAddresses(argument, inverted, family, this.report)
        this.invertedAddress ??= this.bang
        break
      case 'd':
        this.destinations = readAddresses(argument, inverted, family, this.report)
        this.invertedAddress ??= this.bang
        break
      case 'p':
        this.protocol = readProtocolMatch(argument, inverted, this.report)
        this.protocolToken = argument
        break
      case 'i':
        this.inInterface = readInterface(argument, inverted, this.report)
        this.inToken = written
        break
      case 'o':
        this.outInterface = readInterface(argument, inverted, this.report)
        this.outToken = written
        break
      case 'f':
        if (family === 6) this.report(written, 'IPv6 has no -f')
        this.fragment = { inverted }
        break
      case 'm':
        this.addMatch(matchName(argument.text), argument)
        break
      case 'j':
        this.jump(argument)
        break
      case 'g':
        this.goto(argument)
        break
      case 'c':
        this.setCounters(written, argument)
        break
      case '4':
      case '6':
        this.otherFamily ||= Number(option.code) !== family
        break
      case 'v':
      case 'M':
        break
      case 't':
        this.report(written, 'the table is named by the line that begins with *')
        break
      default:
        this.report(written, `${written.text} is nothing that hookline reads; rules are -A, -I, -N and -P`)
    }
  }

  private setCommand(option: BaseOption, written: Token, argument: Token): void {
    if (this.command !== null) {
      this.report(written, 'a line has one command only')
      return
    }
    this.command = option
    this.chain = argument
    const following = this.tokens[this.index]
    const more = following !== undefined && !/^[-!]/.test(following.text)
    if (option.code === 'I' && more) {
      this.index++
      const at = wholeNumber(following.text, 1, 0x7fffffff)
      if (at === null) this.report(following, `"${following.text}" is no rule number`)
      this.insertAt = at ?? 1
    }
    if (option.code === 'P') {
      if (more) this.policy = this.tokens[this.index++]
      else this.report(written, '-P needs a chain and a policy')
    }
  }

  /** `-c packets bytes` or `-c packets,bytes`. */
  private setCounters(written: Token, argument: Token): void {
    if (this.counters !== null) this.report(written, 'the counters stand in front of the rule already')
    const comma = argument.text.indexOf(',', 1)
    const following = this.tokens[this.index]
    let bytes = comma < 0 ? null : argument.text.slice(comma + 1)
    if (bytes === null && following !== undefined && !/^[-!]/.test(following.text)) {
      bytes = following.text
      this.index++
    }
    const packets = parseCounter(comma < 0 ? argument.text : argument.text.slice(0, comma))
    const byteCount = bytes === null ? null : parseCounter(bytes)
    if (packets === null || byteCount === null)
      this.report(written, `${written.text} needs two numbers: packets, bytes`)
    else this.counters = { packets, bytes: byteCount }
  }

  private addMatch(name: string, token: Token): void {
    const { family, unknown } = this.context
    const extension = findMatch(name, family)
    if (extension === null && unknown === 'error') {
      const families = matchFamilies(name)
      if (families.length > 0) this.report(token, `match "${name}" is for IPv${families[0]} only`)
      else if (isOtherMatch(name)) this.report(token, `match "${name}" is not supported yet by hookline`)
      else this.report({ ...token, text: name }, `match "${name}" is not known to hookline`, matchNames(family))
    }
    this.loaded.add({ kind: 'match', extension, name, token, uses: [], foreign: [] })
  }

  private jump(token: Token): void {
    const name = token.text
    const { table, family, unknown } = this.context
    this.targetToken = token
    if (!this.isName(token)) return
    if (table.chains.has(name)) {
      this.jumpTo('jump', token)
      return
    }
    if (isVerdict(name)) {
      this.target = { kind: 'verdict', verdict: name }
      return
    }
    const extension = findTarget(name, family)
    if (extension === null && !(unknown !== 'error' && /^[A-Z][A-Z0-9_]*$/.test(name))) {
      const families = targetFamilies(name)
      if (families.length > 0) this.report(token, `target "${name}" is for IPv${families[0]} only`)
      else if (isOtherTarget(name)) this.report(token, `target "${name}" is not supported yet by hookline`)
      else
        this.report(token, `table ${table.name} has no chain "${name}", and there is no such target`, this.jumpNames())
    }
    this.loaded.add({ kind: 'target', extension, name, token, uses: [], foreign: [] })
  }

  private goto(token: Token): void {
    this.targetToken = token
    if (!this.isName(token)) return
    if (this.context.table.chains.has(token.text)) this.jumpTo('goto', token)
    else this.report(token, `table ${this.context.table.name} has no chain "${token.text}"`, this.chainNames())
  }

  private jumpTo(kind: 'jump' | 'goto', token: Token): void {
    if (this.context.table.isBuiltin(token.text))
      this.report(token, `${token.text} is built in: no rule can jump there`)
    this.target = { kind, chain: token.text }
  }

  private isName(token: Token): boolean {
    if (token.text === '') this.report(token, 'the name of the target is empty')
    else if (Buffer.byteLength(token.text) > LONGEST_NAME) {
      this.report(token, `"${token.text}" is longer than ${LONGEST_NAME} characters`)
    } else if (/\s/.test(token.text)) this.report(token, `"${token.text}" has white space in it`)
    else return true
    return false
  }

  /** Too many to look through for every mistake are not looked through. */
  private chainNames(): Iterable<string> {
    const { chains } = this.context.table
    return chains.size > 500 ? [] : chains.keys()
  }

  private jumpNames(): string[] {
    return [...this.chainNames(), ...VERDICTS, ...targetNames(this.context.family)]
  }

  private finish(): Command | null {
    const { command, chain } = this
    if (command === null || chain === null) {
      if (!this.failed) {
        this.report(this.tokens[0] ?? { text: '', start: 0, length: 1 }, 'this is no command; rules begin with -A')
      }
      return null
    }
    if (command.code === 'N') return this.finishNew(chain)
    if (command.code === 'P') return this.finishPolicy(chain)
    this.checkChain(chain)
    this.checkInterfaces(chain)
    if (this.context.table.name === 'nat' && this.target.kind === 'verdict' && this.target.verdict === 'DROP') {
      this.report(this.targetToken ?? chain, 'table nat is not for filtering: DROP is refused there')
    }
    const count = this.sources.length * this.destinations.length
    if (count > 1 && this.invertedAddress !== null) {
      this.report(this.invertedAddress, '"!" cannot stand before an address where several are listed')
    }
    if (count > MOST_RULES) {
      this.report(chain, `the addresses of this line make more than ${MOST_RULES} rules`)
    }
    const matches = this.finishMatches(chain.text)
    const target = this.finishTarget(chain.text)
    if (this.failed) return null
    const rules = this.rules(matches, target)
    const kind = command.code === 'I' ? 'insert' : 'append'
    return { kind, chain: chain.text, rules, at: this.insertAt }
  }

  private rules(matches: readonly Match[], target: Target): readonly Rule[] {
    const first = this.tokens[0]
    const last = this.tokens[this.tokens.length - 1]
    const position = this.context.position({
      text: '',
      start: first.start,
      length: last.start + last.length - first.start,
    })
    const rules: Rule[] = []
    for (const source of this.sources) {
      for (const destination of this.destinations) {
        rules.push({
          position,
          counters: this.counters,
          source,
          destination,
          inInterface: this.inInterface,
          outInterface: this.outInterface,
          protocol: this.protocol,
          fragment: this.fragment,
          matches,
          target,
        })
      }
    }
    return rules
  }

  private finishNew(chain: Token): Command | null {
    if (this.seen.size > 1) this.report(chain, '-N takes nothing but the name of the chain')
    if (Buffer.byteLength(chain.text) > LONGEST_NAME) {
      this.report(chain, `the chain name "${chain.text}" is longer than ${LONGEST_NAME} characters`)
    }
    if (/^[-!]/.test(chain.text)) this.report(chain, `a chain name cannot begin with ${chain.text[0]}`)
    if (/\s/.test(chain.text)) this.report(chain, `the chain name "${chain.text}" has white space in it`)
    const { family } = this.context
    if (isVerdict(chain.text) || findTarget(chain.text, family) !== null || isOtherTarget(chain.text)) {
      this.report(chain, `"${chain.text}" is the name of a target`)
    }
    return this.failed ? null : { kind: 'new', chain: chain.text, token: chain }
  }

  private finishPolicy(chain: Token): Command | null {
    if ([...this.seen].some((code) => code !== 'P' && code !== 'c' && code !== 'v')) {
      this.report(chain, '-P takes nothing but a chain, a policy and -c')
    }
    if (this.context.table.name === 'nat' && this.policy?.text === 'DROP') {
      this.report(this.policy, 'table nat is not for filtering: DROP is refused there')
    }
    if (this.failed || this.policy === null) return null
    return { kind: 'policy', chain, policy: this.policy, counters: this.counters }
  }

  private checkChain(chain: Token): void {
    const { table } = this.context
    if (table.chains.has(chain.text)) return
    this.report(chain, `table ${table.name} has no chain "${chain.text}"`, this.chainNames())
  }

  private checkInterfaces(chain: Token): void {
    const name = chain.text
    if (this.outToken !== null && (name === 'PREROUTING' || name === 'INPUT')) {
      this.report(this.outToken, `${name} has no outgoing interface: -o cannot be used there`)
    }
    if (this.inToken !== null && (name === 'POSTROUTING' || name === 'OUTPUT')) {
      this.report(this.inToken, `${name} has no incoming interface: -i cannot be used there`)
    }
  }

  private finishMatches(chain: string): Match[] {
    return this.loaded.instances
      .filter((instance) => instance.kind === 'match')
      .map((instance) => {
        const extension = instance.extension as MatchExtension<unknown> | null
        const options = extension === null ? this.unknownOptions(instance) : this.read(instance, extension, chain)
        if (extension !== null && extension.protocol !== null) this.checkProtocol(instance, extension.protocol)
        return { name: instance.name, options, position: this.context.position(instance.token) }
      })
  }

  private finishTarget(chain: string): Target {
    const instance = this.loaded.instances.find(({ kind }) => kind === 'target')
    if (instance === undefined) return this.target
    const extension = instance.extension as TargetExtension<unknown> | null
    const options = extension === null ? this.unknownOptions(instance) : this.read(instance, extension, chain)
    return { kind: 'extension', name: instance.name, options, position: this.context.position(instance.token) }
  }

  private read(
    instance: Instance,
    extension: MatchExtension<unknown> | TargetExtension<unknown>,
    chain: string,
  ): unknown {
    const { family, unknown, table } = this.context
    const owner = `${instance.kind} "${instance.name}"`
    const reader = new OptionReader(owner, instance.token, family, instance.uses, unknown, this.report)
    reader.check(extension.options)
    const rule = { protocol: this.protocol, fragment: this.fragment }
    const options = extension.parse(reader, { family, table: table.name, chain, rule })
    const { tables } = extension.placement(options)
    if (tables !== null && !tables.includes(table.name)) {
      this.report(instance.token, `${owner} can be used in table ${tables.join(', ')} only`)
    }
    return options
  }

  private checkProtocol(instance: Instance, number: number): void {
    const { protocol } = this
    if (protocol !== null && !protocol.inverted && protocol.number === number) return
    this.report(
      instance.token,
      `match "${instance.name}" needs -p ${instance.name === 'icmp6' ? 'icmpv6' : instance.name}`,
    )
  }

  private unknownOptions({ foreign }: Instance): unknown {
    const { unknown } = this.context
    return {
      raw: foreign
        .map(({ text }) => (/[\s"\\]/.test(text) || text === '' ? `"${text.replace(/["\\]/g, '\\$&')}"` : text))
        .join(' '),
      answer: unknown,
    }
  }
}

function isVerdict(name: string): name is Verdict {
  return (VERDICTS as readonly string[]).includes(name)
}
