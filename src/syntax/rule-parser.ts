/**
 * Reads the lines of a table that are commands: `-A CHAIN ...` above all, and the few others that iptables-restore
 * takes in such a text. One parser reads all lines of a table, one after the other.
 * iptables: do_parse() of iptables/xshared.c, do_command4() of iptables/iptables.c (v1.8.9).
 */
import type { MatchExtension, TargetExtension } from '../extensions/extension.js'
import { OptionReader, type ProblemSink, type Token } from '../extensions/option-reader.js'
import { findMatch, findTarget, matchName } from '../extensions/all.js'
import { wholeNumber } from '../ruleset/number-text.js'
import type { AddressMatch, Counters, InterfaceMatch, Match, ProtocolMatch, Rule, Target } from '../ruleset/ruleset.js'
import type { BaseOption } from './base-options.js'
import { parseCounter } from './counters-text.js'
import {
  isTargetName,
  isTooLong,
  LONGEST_NAME,
  namedGoto,
  namedMatch,
  namedTarget,
  reportNoChain,
} from './extension-names.js'
import type { Instance } from './loaded-extensions.js'
import { type OptionHandler, OptionScanner } from './option-scanner.js'
import type { RuleContext } from './rule-context.js'
import { matchOfProtocol, readAddresses, readInterface, readProtocolMatch } from './rule-header.js'

/** Rules that one line may stand for: sources times destinations. */
const MOST_RULES = 65536

/** What a line of the table asks for. */
export type Command =
  | { readonly kind: 'append'; readonly chain: string; readonly rules: readonly Rule[] }
  | { readonly kind: 'insert'; readonly chain: string; readonly rules: readonly Rule[]; readonly at: number }
  | { readonly kind: 'new'; readonly chain: Token }
  | { readonly kind: 'policy'; readonly chain: Token; readonly policy: Token; readonly counters: Counters | null }

/** What a line has said so far. */
interface Draft {
  command: BaseOption | null
  chain: Token | null
  insertAt: number
  policy: Token | null
  otherFamily: boolean
  counters: Counters | null
  sources: readonly (AddressMatch | null)[]
  destinations: readonly (AddressMatch | null)[]
  invertedAddress: Token | null
  inInterface: InterfaceMatch | null
  outInterface: InterfaceMatch | null
  inToken: Token | null
  outToken: Token | null
  protocol: ProtocolMatch | null
  protocolToken: Token | null
  protocolMatchLoaded: boolean
  fragment: { readonly inverted: boolean } | null
  target: Target
  targetToken: Token | null
}

const ANY: readonly null[] = [null]
const NO_TARGET: Target = { kind: 'none' }

export class RuleParser implements OptionHandler {
  private readonly scanner: OptionScanner
  private readonly context: RuleContext
  private readonly report: ProblemSink
  private draft = emptyDraft(null)
  private failed = false

  constructor(context: RuleContext) {
    this.report = (at, message, names) => {
      this.failed = true
      context.report(at, message, names)
    }
    this.context = { ...context, report: this.report }
    this.scanner = new OptionScanner(this, this.report)
  }

  /**
   * The command of a line, or null when the line is to be left out: it has errors, or is for the other family.
   * `counters` are those in front of it.
   */
  parse(tokens: readonly Token[], counters: Counters | null): Command | null {
    this.draft = emptyDraft(counters)
    this.failed = false
    this.scanner.scan(tokens)
    if (this.draft.otherFamily) return null
    const { command, chain } = this.draft
    if (command === null || chain === null) {
      const nothing = tokens[0] ?? { text: '', start: 0, length: 1 }
      if (!this.failed) this.report(nothing, 'this is no command; rules begin with -A')
      return null
    }
    if (command.code === 'N') return this.finishNew(chain)
    if (command.code === 'P') return this.finishPolicy(chain)
    return this.finishRule(command, chain, tokens)
  }

  get protocol(): ProtocolMatch | null {
    return this.draft.protocol
  }

  loadProtocolMatch(at: Token): boolean {
    const { protocolToken, protocolMatchLoaded } = this.draft
    const name = protocolToken === null || protocolMatchLoaded ? null : matchOfProtocol(protocolToken)
    if (name === null) return false
    if (findMatch(matchName(name), this.context.family) === null) return false
    this.draft.protocolMatchLoaded = true
    this.scanner.loaded.add(namedMatch(name, at, this.context))
    return true
  }

  base(option: BaseOption, written: Token, argument: Token): void {
    const { draft, scanner } = this
    const { family } = this.context
    const inverted = scanner.bang !== null
    switch (option.code) {
      case 'A':
      case 'I':
      case 'N':
      case 'P':
        this.setCommand(option, written, argument)
        break
      case 's':
        draft.sources = readAddresses(argument, inverted, family, this.report)
        draft.invertedAddress ??= scanner.bang
        break
      case 'd':
        draft.destinations = readAddresses(argument, inverted, family, this.report)
        draft.invertedAddress ??= scanner.bang
        break
      case 'p':
        draft.protocol = readProtocolMatch(argument, inverted, this.report)
        draft.protocolToken = argument
        break
      case 'i':
        draft.inInterface = readInterface(argument, inverted, this.report)
        draft.inToken = written
        break
      case 'o':
        draft.outInterface = readInterface(argument, inverted, this.report)
        draft.outToken = written
        break
      case 'f':
        if (family === 6) this.report(written, 'IPv6 has no -f')
        draft.fragment = { inverted }
        break
      case 'm':
        scanner.loaded.add(namedMatch(argument.text, argument, this.context))
        break
      case 'j':
        this.setTarget(namedTarget(argument, this.context), argument)
        break
      case 'g':
        this.setTarget(namedGoto(argument, this.context), argument)
        break
      case 'c':
        this.setCounters(written, argument)
        break
      case '4':
      case '6':
        if (Number(option.code) === family) break
        draft.otherFamily = true
        scanner.stop()
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
    const { draft } = this
    if (draft.command !== null) {
      this.report(written, 'a line has one command only')
      return
    }
    draft.command = option
    draft.chain = argument
    if (option.code === 'I') {
      const number = this.scanner.takeValue()
      const at = number === null ? 1 : wholeNumber(number.text, 1, 0x7fffffff)
      if (number !== null && at === null) this.report(number, `"${number.text}" is no rule number`)
      draft.insertAt = at ?? 1
    }
    if (option.code === 'P') {
      draft.policy = this.scanner.takeValue()
      if (draft.policy === null) this.report(written, '-P needs a chain and a policy')
    }
  }

  /** `-c packets bytes` or `-c packets,bytes`. */
  private setCounters(written: Token, argument: Token): void {
    if (this.draft.counters !== null) this.report(written, 'the counters stand in front of the rule already')
    const comma = argument.text.indexOf(',', 1)
    const second = comma < 0 ? this.scanner.takeValue()?.text : argument.text.slice(comma + 1)
    const packets = parseCounter(comma < 0 ? argument.text : argument.text.slice(0, comma))
    const bytes = second === undefined ? null : parseCounter(second)
    if (packets === null || bytes === null) this.report(written, `${written.text} needs two numbers: packets, bytes`)
    else this.draft.counters = { packets, bytes }
  }

  private setTarget(target: Target | Instance | null, token: Token): void {
    this.draft.targetToken = token
    if (target === null) return
    if ('uses' in target) this.scanner.loaded.add(target)
    else this.draft.target = target
  }

  private finishRule(command: BaseOption, chain: Token, tokens: readonly Token[]): Command | null {
    const { draft } = this
    if (!this.context.table.hasChain(chain.text)) reportNoChain(chain, this.context)
    this.checkInterfaces(chain.text)
    if (draft.target.kind === 'verdict' && draft.target.verdict === 'DROP') this.checkNat(draft.targetToken ?? chain)
    const count = draft.sources.length * draft.destinations.length
    if (count > 1 && draft.invertedAddress !== null) {
      this.report(draft.invertedAddress, '"!" cannot stand before an address where several are listed')
    }
    if (count > MOST_RULES) this.report(chain, `the addresses of this line make more than ${MOST_RULES} rules`)
    const matches: Match[] = []
    let { target } = draft
    for (const instance of this.scanner.loaded.instances) {
      const { kind, name, token } = instance
      const options = this.optionsOf(instance, chain.text)
      const position = this.context.position(token)
      if (kind === 'match') matches.push({ name, options, position })
      else target = { kind: 'extension', name, options, position }
    }
    if (target.kind === 'extension') this.checkMatches(target, matches)
    if (this.failed) return null
    const rules = this.rules(matches, target, tokens)
    return { kind: command.code === 'I' ? 'insert' : 'append', chain: chain.text, rules, at: draft.insertAt }
  }

  /** One rule for each pair of addresses. */
  private rules(matches: readonly Match[], target: Target, tokens: readonly Token[]): readonly Rule[] {
    const { sources, destinations, counters, inInterface, outInterface, protocol, fragment } = this.draft
    const [first] = tokens
    const last = tokens[tokens.length - 1]
    const length = last.start + last.length - first.start
    const position = this.context.position({ text: '', start: first.start, length })
    const rules: Rule[] = []
    for (const source of sources) {
      for (const destination of destinations) {
        rules.push({
          position,
          nth: rules.length,
          counters,
          source,
          destination,
          inInterface,
          outInterface,
          protocol,
          fragment,
          matches,
          target,
        })
      }
    }
    return rules
  }

  private optionsOf(instance: Instance, chain: string): unknown {
    const { family, unknown, table, report } = this.context
    const { extension, kind, name, token, uses } = instance
    if (extension === null) return { raw: rawText(instance.foreign), answer: unknown }
    const owner = `${kind} "${name}"`
    const reader = new OptionReader(owner, token, family, uses, unknown, report)
    reader.check(extension.options)
    const options = extension.parse(reader, { family, table: table.name, chain, rule: this.draft })
    const { tables } = extension.placement(options)
    if (tables !== null && !tables.includes(table.name)) {
      this.report(token, `${owner} can be used in table ${tables.join(', ')} only`)
    }
    if (isMatch(extension) && extension.protocol !== null) this.checkProtocol(instance, extension.protocol)
    return options
  }

  private checkMatches({ name }: { readonly name: string }, matches: readonly Match[]): void {
    const missing = findTarget(name, this.context.family)?.misses?.(matches) ?? null
    if (missing !== null && this.draft.targetToken !== null) this.report(this.draft.targetToken, missing)
  }

  private checkProtocol({ name, token }: Instance, number: number): void {
    const { protocol } = this.draft
    if (protocol !== null && !protocol.inverted && protocol.number === number) return
    this.report(token, `match "${name}" needs -p ${name === 'icmp6' ? 'icmpv6' : name}`)
  }

  private checkInterfaces(chain: string): void {
    const { inToken, outToken } = this.draft
    if (outToken !== null && (chain === 'PREROUTING' || chain === 'INPUT')) {
      this.report(outToken, `${chain} has no outgoing interface: -o cannot be used there`)
    }
    if (inToken !== null && (chain === 'POSTROUTING' || chain === 'OUTPUT')) {
      this.report(inToken, `${chain} has no incoming interface: -i cannot be used there`)
    }
  }

  private checkNat(drop: Token): void {
    if (this.context.table.name === 'nat') this.report(drop, 'table nat is not for filtering: DROP is refused there')
  }

  private finishNew(chain: Token): Command | null {
    const name = chain.text
    if (this.scanner.seen.size > 1) this.report(chain, '-N takes nothing but the name of the chain')
    if (isTooLong(name)) this.report(chain, `the chain name "${name}" is longer than ${LONGEST_NAME} characters`)
    if (/^[-!]/.test(name)) this.report(chain, `a chain name cannot begin with ${name[0]}`)
    if (/\s/.test(name)) this.report(chain, `the chain name "${name}" has white space in it`)
    if (isTargetName(name, this.context)) this.report(chain, `"${name}" is the name of a target`)
    return this.failed ? null : { kind: 'new', chain }
  }

  private finishPolicy(chain: Token): Command | null {
    const { policy, counters } = this.draft
    if ([...this.scanner.seen].some((code) => code !== 'P' && code !== 'c' && code !== 'v')) {
      this.report(chain, '-P takes nothing but a chain, a policy and -c')
    }
    if (policy?.text === 'DROP') this.checkNat(policy)
    return this.failed || policy === null ? null : { kind: 'policy', chain, policy, counters }
  }
}

function emptyDraft(counters: Counters | null): Draft {
  return {
    command: null,
    chain: null,
    insertAt: 1,
    policy: null,
    otherFamily: false,
    counters,
    sources: ANY,
    destinations: ANY,
    invertedAddress: null,
    inInterface: null,
    outInterface: null,
    inToken: null,
    outToken: null,
    protocol: null,
    protocolToken: null,
    protocolMatchLoaded: false,
    fragment: null,
    target: NO_TARGET,
    targetToken: null,
  }
}

function isMatch(extension: MatchExtension<unknown> | TargetExtension<unknown>): extension is MatchExtension<unknown> {
  return 'protocol' in extension
}

/** The words as they can be read again. */
function rawText(words: readonly Token[]): string {
  return words
    .map(({ text }) => (text === '' || /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text))
    .join(' ')
}
