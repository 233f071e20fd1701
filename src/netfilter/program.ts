/**
 * A ruleset made ready to run: chains of rules, with their tests, matches and targets as functions, and their
 * counters' numbers. In: the ruleset, the box, where matches keep state. Out: tables, by the hook they are asked at.
 * A rule is read and made ready when a packet first asks it: of thousands of rules, most traffic asks a few.
 */
import type { Box } from '../box/box.js'
import { partNumber } from '../compile/counters.js'
import type { GuessNumbers } from '../compile/guesses.js'
import type { StateLayout } from '../compile/extension-state.js'
import { scopeOf } from '../compile/reads.js'
import { isOwnFlow, ruleFlow } from '../compile/rule-flow.js'
import { SpanSets } from '../compile/span-sets.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import { Field, type TargetVerdict } from '../extensions/extension.js'
import type { Packet } from '../memory/packet.js'
import type { ChainSource, RulesetSource, TableSource } from '../ruleset/rule-source.js'
import type { Family, Hook, Rule, TableName } from '../ruleset/ruleset.js'
import { isRandom, LearnedChoices } from './learned-choice.js'
import { headerTest, type Test } from './rule-header.js'

/** What a rule does with a packet that it matches. */
export enum Action {
  /** Nothing: the rule only counts. */
  Next,
  Accept,
  Drop,
  Queue,
  Return,
  Jump,
  Goto,
  /** Its target decides. */
  Target,
}

export interface PreparedMatch {
  readonly test: Test
  /** A walk that asked it must not be remembered: the answer may be another for the next packet like this. */
  readonly forgets: boolean
  /** The number under which it is counted when it answers as --unknown says. */
  readonly guess: number | null
  /** A walk that asked it holds for this flow alone: it looks at more of the flow than the rule's tests say. */
  readonly ownFlow: boolean
}

export interface PreparedRule {
  readonly counter: number
  readonly header: Test | null
  readonly headerForgets: boolean
  readonly headerOwnFlow: boolean
  readonly matches: readonly PreparedMatch[]
  readonly action: Action
  /** Where Jump and Goto lead. */
  readonly chain: PreparedChain | null
  readonly target: ((packet: Packet) => TargetVerdict) | null
  readonly targetForgets: boolean
  readonly targetGuess: number | null
  readonly targetOwnFlow: boolean
}

export interface PreparedChain {
  readonly name: string
  readonly ruleCount: number
  /** The rule at an index below `ruleCount`. */
  rule(index: number): PreparedRule
  /** Counter number of the first rule. */
  readonly firstCounter: number
  /** Of a built-in chain. */
  readonly policy: { readonly accept: boolean; readonly counter: number } | null
}

export interface PreparedTable {
  readonly name: TableName
  /** The built-in chain of each hook; null where the table is not asked. */
  readonly chains: readonly (PreparedChain | null)[]
  /** Jumps that may be open at once. Kernel: xt_table_info.stacksize, the number of user chains. */
  readonly depth: number
}

/** What running the rules needs to know beside them. */
export interface Preparation {
  readonly box: Box
  readonly guesses: GuessNumbers['numbers']
  readonly state: Pick<StateLayout, 'offsets' | 'sharers'>
  /** Address of the matches' state; 0 when none keeps any. */
  readonly stateAt: number
  /** Fields that the signature of a packet holds. */
  readonly covered: ReadonlySet<Field>
  /** --vantage tap: what is random in the table nat shows in the capture. */
  readonly learns: boolean
}

export type Program = ReadonlyMap<TableName, PreparedTable>

const HOOKS: readonly Hook[] = [0, 1, 2, 3, 4]

export function prepareRuleset({ family, tables }: RulesetSource, preparation: Preparation): Program {
  return new Map(tables.map((table) => [table.name, prepareTable(table, family, preparation)]))
}

export function prepareTable(table: TableSource, family: Family, preparation: Preparation): PreparedTable {
  const learned = preparation.learns && table.name === 'nat' ? new LearnedChoices(table) : null
  const chains = new Map<string, PreparedChain>()
  const prepare = (source: ChainSource | null): PreparedChain | null => {
    if (source === null) return null
    let chain = chains.get(source.name)
    if (chain === undefined) {
      chain = prepareChain(source, (rule, counter) => prepareRule(rule, counter, family, named, preparation, learned))
      chains.set(source.name, chain)
    }
    return chain
  }
  const named: ChainFinder = (name) => prepare(table.chain(name))
  return { name: table.name, chains: HOOKS.map((hook) => prepare(table.builtin(hook))), depth: table.userChains }
}

function prepareChain(source: ChainSource, prepare: (rule: Rule, counter: number) => PreparedRule): PreparedChain {
  const { name, policy, ruleCount, firstCounter } = source
  const ready: PreparedRule[] = []
  return {
    name,
    ruleCount,
    rule: (index) => (ready[index] ??= prepare(source.rule(index), firstCounter + index)),
    firstCounter,
    policy: policy === null ? null : { accept: policy === 'ACCEPT', counter: firstCounter - 1 },
  }
}

/** The chain of that name, made ready when a rule first leads there. */
type ChainFinder = (name: string) => PreparedChain | null

function prepareRule(
  rule: Rule,
  counter: number,
  family: Family,
  chainNamed: ChainFinder,
  { box, guesses, state, stateAt, covered }: Preparation,
  learned: LearnedChoices | null,
): PreparedRule {
  const { target } = rule
  const { ownHeader, ownMatch } = ruleFlow(rule, family, box, covered, new SpanSets())
  const uncovered = (fields: readonly Field[]): boolean => fields.some((field) => !covered.has(field))
  /** Where a match or target keeps its state, and with whose options. */
  const stateOf = (part: number, options: unknown): [number, readonly unknown[]] => {
    const offset = state.offsets.get(part)
    return offset === undefined ? [0, [options]] : [stateAt + offset, state.sharers.get(offset) ?? [options]]
  }
  const matches = rule.matches.map((match, index): PreparedMatch => {
    const extension = matchExtension(match.name, family)
    const part = partNumber(counter, index)
    const test = extension.prepare(match.options, box, ...stateOf(part, match.options))
    const choice = learned !== null && isRandom(match) ? learned.choice(rule) : null
    return {
      test: choice === null ? test : (packet) => choice(packet) ?? test(packet),
      forgets: scopeOf(extension, match.options, box) === 'trace' || uncovered(extension.reads(match.options)),
      guess: guesses.get(part) ?? null,
      ownFlow: index === ownMatch,
    }
  })
  const targetPart = partNumber(counter, 'target')
  const extension = target.kind === 'extension' ? targetExtension(target.name, family) : null
  const options = target.kind === 'extension' ? target.options : null
  return {
    counter,
    header: headerTest(rule, family, box),
    headerForgets:
      (rule.inInterface !== null && !covered.has(Field.InInterface)) ||
      (rule.fragment !== null && !covered.has(Field.Fragment)),
    headerOwnFlow: ownHeader,
    matches,
    action: actionOf(rule),
    chain: target.kind === 'jump' || target.kind === 'goto' ? chainNamed(target.chain) : null,
    target: extension?.prepare(options, box, ...stateOf(targetPart, options)) ?? null,
    targetForgets:
      extension !== null && (scopeOf(extension, options, box) === 'trace' || uncovered(extension.reads(options))),
    targetGuess: guesses.get(targetPart) ?? null,
    targetOwnFlow: isOwnFlow(target, family),
  }
}

function actionOf({ target }: Rule): Action {
  switch (target.kind) {
    case 'none':
      return Action.Next
    case 'jump':
      return Action.Jump
    case 'goto':
      return Action.Goto
    case 'extension':
      return Action.Target
    case 'verdict':
      return { ACCEPT: Action.Accept, DROP: Action.Drop, RETURN: Action.Return, QUEUE: Action.Queue }[target.verdict]
  }
}
