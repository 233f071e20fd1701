/**
 * Finds what is allowed but hardly meant: rules that no packet reaches, and chains that nothing leads to.
 * In: a ruleset without errors. Out: findings in the order of the text.
 */
import { findMatch, matchExtension } from '../extensions/all.js'
import { lengthOfMask, maskAddress, maskOfLength, printAddress } from '../ruleset/address.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { AddressMatch, Chain, Family, Match, Rule, Ruleset, Table, TableName } from '../ruleset/ruleset.js'
import { printHeader } from './rule-header.js'

export function lintRuleset(ruleset: Ruleset): RulesProblem[] {
  const findings = ruleset.tables.flatMap((table) => [
    ...table.chains.flatMap((chain) => lintChain(chain, table.name, ruleset.family)),
    ...unusedChains(table),
  ])
  return findings.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
}

/** Rules behind one that lets no packet, or none like theirs, go on. */
function lintChain({ rules }: Chain, table: TableName, family: Family): RulesProblem[] {
  const findings: RulesProblem[] = []
  const earlier = new EarlierRules(family)
  for (const [index, rule] of rules.entries()) {
    const cover = earlier.coverOf(rule)
    if (cover !== null) findings.push(shadowed(rule, cover))
    else if (endsChain(rule, table, family)) {
      const behind = rules.length - index - 1
      if (conditionsOf(rule, family).length === 0 && behind > 0) {
        findings.push(unreachable(rules[index + 1], rule, behind))
        break
      }
      earlier.add(rule)
    }
  }
  return findings
}

function shadowed(rule: Rule, by: Rule): RulesProblem {
  return { position: rule.position, message: `never reached: line ${by.position.line} takes all of its packets` }
}

function unreachable(rule: Rule, by: Rule, count: number): RulesProblem {
  const rest =
    count === 1 ? '' : count === 2 ? ', nor is the rule behind it' : `, nor are the ${count - 1} rules behind it`
  return { position: rule.position, message: `never reached${rest}: line ${by.position.line} takes every packet` }
}

/** True when no packet that the rule matches goes on to the next rule, nor one that looks the same later. */
function endsChain({ target, matches }: Rule, table: TableName, family: Family): boolean {
  const ends =
    target.kind === 'verdict' || target.kind === 'goto' || (target.kind === 'extension' && target.name === 'REJECT')
  return ends && matches.every((match) => isSteady(match, table, family))
}

/** Matches for things that rules in between may change; in table raw, tracking is one of them. */
const CHANGED_BY_RULES = new Set(['mark', 'connmark', 'tos', 'dscp', 'ttl', 'hl'])
const CHANGED_IN_RAW = new Set(['conntrack', 'state'])

/** False for what matches now and then only, what rules may change, and what hookline does not know. */
function isSteady({ name }: Match, table: TableName, family: Family): boolean {
  const match = findMatch(name, family)
  if (match === null || match.scope === 'trace' || CHANGED_BY_RULES.has(name)) return false
  return table !== 'raw' || !CHANGED_IN_RAW.has(name)
}

/** Ways to leave conditions out that are tried for one rule, and for a chain; then only equal rules are found. */
const MOST_TRIALS = 1024
const MOST_TRIALS_IN_CHAIN = 10_000_000

/**
 * The rules of a chain that end it, found by their conditions: a later rule is covered when some of its conditions,
 * with its addresses as they are or widened, are all that an earlier rule asks for.
 */
class EarlierRules {
  private readonly byConditions = new Map<string, Rule>()
  /** Prefix lengths that earlier rules ask for. */
  private readonly sourceLengths = new Set<number>()
  private readonly destinationLengths = new Set<number>()
  private trials = 0

  constructor(private readonly family: Family) {}

  add(rule: Rule): void {
    addLength(this.sourceLengths, rule.source)
    addLength(this.destinationLengths, rule.destination)
    const key = conditionsOf(rule, this.family).join('')
    if (!this.byConditions.has(key)) this.byConditions.set(key, rule)
  }

  coverOf(rule: Rule): Rule | null {
    if (this.byConditions.size === 0) return null
    const choices = [
      widened('s', rule.source, this.sourceLengths, this.family),
      widened('d', rule.destination, this.destinationLengths, this.family),
      ...otherConditions(rule, this.family).map((condition) => [condition, '']),
    ]
    const all = choices.reduce((product, { length }) => product * length, 1)
    const trials = all > MOST_TRIALS || this.trials > MOST_TRIALS_IN_CHAIN ? 1 : all
    this.trials += trials
    for (let trial = 0; trial < trials; trial++) {
      let key = ''
      let left = trial
      for (const choice of choices) {
        key += choice[left % choice.length]
        left = Math.floor(left / choice.length)
      }
      const cover = this.byConditions.get(key)
      if (cover !== undefined) return cover
    }
    return null
  }
}

/** All that the rule asks for, piece by piece; the same for rules that ask the same. */
function conditionsOf(rule: Rule, family: Family): string[] {
  return [
    addressCondition('s', rule.source),
    addressCondition('d', rule.destination),
    ...otherConditions(rule, family),
  ].filter((condition) => condition !== '')
}

function otherConditions(rule: Rule, family: Family): string[] {
  const { inInterface, outInterface, protocol, fragment } = rule
  const nothing = {
    ...rule,
    source: null,
    destination: null,
    inInterface: null,
    outInterface: null,
    protocol: null,
    fragment: null,
  }
  const header = [{ inInterface }, { outInterface }, { protocol }, { fragment }]
    .map((one) => printHeader({ ...nothing, ...one }))
    .filter((printed) => printed !== '')
  const matches = rule.matches
    .filter(({ name }) => name !== 'comment')
    .map(({ name, options }) => ` -m ${name}${matchExtension(name, family).print(options, family)}`)
  return [...header, ...matches.sort()]
}

function addressCondition(letter: string, match: AddressMatch | null): string {
  if (match === null) return ''
  const { address, mask, inverted } = match
  return `${inverted ? ' !' : ''} -${letter} ${printAddress(address)}/${printAddress(mask)}`
}

function addLength(lengths: Set<number>, match: AddressMatch | null): void {
  if (match !== null && !match.inverted && lengthOfMask(match.mask) >= 0) lengths.add(lengthOfMask(match.mask))
}

/** The condition itself, those of wider prefixes, and none. */
function widened(letter: string, match: AddressMatch | null, lengths: ReadonlySet<number>, family: Family): string[] {
  if (match === null) return ['']
  const own = lengthOfMask(match.mask)
  const wider = [...lengths].filter((length) => !match.inverted && length < own)
  const masks = wider.map((length) => maskOfLength(length, family))
  const conditions = masks.map((mask) =>
    addressCondition(letter, { address: maskAddress(match.address, mask), mask, inverted: false }),
  )
  return [addressCondition(letter, match), ...conditions, '']
}

/** User chains that no built-in chain leads to. */
function unusedChains({ chains }: Table): RulesProblem[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]))
  const reached = new Set(chains.filter(({ hook }) => hook !== null))
  const jumped = new Set<string>()
  for (const chain of reached) {
    for (const { target } of chain.rules) {
      const next = target.kind === 'jump' || target.kind === 'goto' ? byName.get(target.chain) : undefined
      if (next !== undefined) reached.add(next)
    }
  }
  for (const { target } of chains.flatMap(({ rules }) => rules)) {
    if (target.kind === 'jump' || target.kind === 'goto') jumped.add(target.chain)
  }
  return chains
    .filter((chain) => !reached.has(chain))
    .map(({ name, position }) => ({
      position,
      message: jumped.has(name)
        ? `chain "${name}" is not used: only chains that are not used jump to it`
        : `chain "${name}" is not used: no rule jumps to it`,
    }))
}
