/**
 * Cuts the flows of a family into classes: each number of a flow (two addresses, two services) where a rule's test or
 * the box's routing tells its values apart. In: a ruleset and the box. Out: for each class of each number the rules
 * that hold for it, and those that hold if the other numbers pass; each rule stands with the number that tells most.
 *
 * The prefixes that routing looks at are rules, too, with numbers behind those of the counters: what holds for two
 * flows alike takes them the same way, as far as their signatures agree.
 */
import { prefixesToldApart } from '../box/told-apart.js'
import type { Box } from '../box/box.js'
import { targetExtension } from '../extensions/all.js'
import type { Field } from '../extensions/extension.js'
import {
  type Candidate,
  type ClassTest,
  FLOW_CLASSES_OFFSET,
  FLOW_CLASSES_SIZE,
  type FlowClass,
  FlowClassWriter,
} from '../memory/flow-classes.js'
import type { Memory } from '../memory/memory.js'
import type { Family, Rule, Ruleset, Target } from '../ruleset/ruleset.js'
import type { CounterNumbers } from './counters.js'
import {
  boundsOf,
  FLOW_FIELDS,
  FlowField,
  type FlowTests,
  isWorthKnowing,
  type Point,
  pointOf,
  ruleFlow,
  type Span,
} from './rule-flow.js'

type ExtensionTarget = Extract<Target, { readonly kind: 'extension' }>

/** Targets behind which rules see another flow, though they are not NAT's. */
const TRANSLATING_TARGETS: ReadonlySet<string> = new Set(['SNPT', 'DNPT'])
/** Steps that making the lists may take, rules times classes: beyond, flows are not cut. */
const MOST_STEPS = 50_000_000
const SERVICES = 256 * 0x10000

/** The classes of one number of a flow. */
interface FieldClasses {
  /** First value of each class. */
  readonly starts: readonly Point[]
  readonly classes: readonly FlowClass[]
}

export interface FlowClassPlan {
  readonly family: Family
  /** What holds for a flow, and its signature, decide a walk; else they only tell which rules to ask. */
  readonly keeps: boolean
  /** By `FlowField`. */
  readonly fields: readonly FieldClasses[]
}

/** A rule that stands with one of its tests. */
interface Standing {
  readonly rule: number
  /** Rules of one chain stand together: of those behind one that ends the chain's way, none is asked. */
  readonly chain: number
  readonly closes: boolean
  readonly field: FlowField
  readonly classes: readonly (readonly [number, number])[]
  readonly rest: readonly ClassTest[]
  /** Equal for equal tests. */
  readonly restKey: string
}

interface TestedRule {
  readonly rule: number
  readonly chain: number
  readonly closes: boolean
  readonly tests: FlowTests
}

/** Null when flows cannot be cut: a target that is not NAT's changes addresses, or the lists would take too long. */
export function planFlowClasses(
  ruleset: Ruleset,
  box: Box,
  counters: CounterNumbers,
  covered: ReadonlySet<Field>,
): FlowClassPlan | null {
  const { family } = ruleset
  if (hasTarget(ruleset, ({ name }) => TRANSLATING_TARGETS.has(name))) return null
  const rules = testedRules(ruleset, box, counters, covered)
  const prefixes = keepsConnectionsApart(ruleset) ? null : prefixesToldApart(box, family)
  for (const { words, length } of prefixes ?? []) {
    if (length === 0) continue
    const spans = [prefixSpan(words, length, family)]
    for (const tests of [
      [spans, null, null, null],
      [null, spans, null, null],
    ]) {
      rules.push({ rule: counters.count + rules.length, chain: -1, closes: false, tests })
    }
  }
  const starts = FLOW_FIELDS.map((field) => cut(rules, field, family))
  const standing = stand(rules, starts)
  let steps = 0
  const fields: FieldClasses[] = []
  for (const field of FLOW_FIELDS) {
    const made = listClasses(standing, field, starts[field].length, MOST_STEPS - steps)
    if (made === null) return null
    steps += made.steps
    fields.push({ starts: starts[field], classes: made.classes })
  }
  return { family, keeps: prefixes !== null, fields }
}

/** Writes the plan as `FlowClasses`. Returns their address. */
export function writeFlowClasses(
  { family, keeps, fields }: FlowClassPlan,
  memory: Memory,
  allocate: (bytes: number) => number,
): number {
  const writer = new FlowClassWriter(memory, allocate)
  const at = allocate(FLOW_CLASSES_SIZE)
  memory.setU32(at + FLOW_CLASSES_OFFSET.keeps, keeps ? 1 : 0)
  const offsets = [
    FLOW_CLASSES_OFFSET.source,
    FLOW_CLASSES_OFFSET.destination,
    FLOW_CLASSES_OFFSET.sourceService,
    FLOW_CLASSES_OFFSET.destinationService,
  ]
  fields.forEach(({ starts, classes }, field) => {
    const list = writer.writeClasses(classes)
    const isAddress = field === Number(FlowField.Source) || field === Number(FlowField.Destination)
    const own = isAddress
      ? writer.writeAddresses(starts, family === 6, list)
      : writer.writeServices(starts as readonly number[], list)
    memory.setU32(at + offsets[field], own)
  })
  return at
}

/** Packets of equal flows are not equal: NAT gives each connection its own, CT may give it a zone or a helper. */
function keepsConnectionsApart(ruleset: Ruleset): boolean {
  const { family, tables } = ruleset
  return (
    tables.some(({ name }) => name === 'nat') ||
    hasTarget(
      ruleset,
      ({ name, options }) => name === 'CT' && targetExtension('CT', family).tracksWith?.(options) === true,
    )
  )
}

function hasTarget({ tables }: Ruleset, is: (target: ExtensionTarget) => boolean): boolean {
  return tables.some(({ chains }) =>
    chains.some(({ rules }) => rules.some(({ target }) => target.kind === 'extension' && is(target))),
  )
}

function prefixSpan(words: readonly number[], length: number, family: Family): Span {
  const from = pointOf(words)
  if (typeof from === 'bigint') return { from, end: from + (1n << BigInt(128 - length)) }
  return { from, end: from + 2 ** ((family === 4 ? 32 : 128) - length) }
}

/** The rules that ask something of the flow, in the order of their counters. */
function testedRules(
  { family, tables }: Ruleset,
  box: Box,
  counters: CounterNumbers,
  covered: ReadonlySet<Field>,
): TestedRule[] {
  const tested: TestedRule[] = []
  const protocolTests = new Map<string, FlowTests>()
  const chains = tables.flatMap((table) => table.chains)
  chains.forEach((chain, number) => {
    chain.rules.forEach((rule, index) => {
      const { tests, whole } = ruleFlow(rule, family, box, covered)
      if (!isWorthKnowing(tests)) {
        const [, , , protocols] = tests
        if (protocols !== null) protocolTests.set(JSON.stringify(protocols), tests)
        return
      }
      tested.push({
        rule: counters.rule(chain, index),
        chain: number,
        closes: whole && leavesChain(rule),
        tests: withoutRepetition(tests),
      })
    })
  })
  // Many rules ask the protocol alone: one for each such test stands for them.
  for (const tests of protocolTests.values()) {
    tested.push({ rule: counters.count + tested.length, chain: -1, closes: false, tests })
  }
  return tested
}

/** A packet that matches is asked nothing behind the rule in this chain. */
function leavesChain({ target }: Rule): boolean {
  return target.kind === 'verdict' || target.kind === 'goto'
}

/** A source port's protocol is the destination port's as well. */
function withoutRepetition(tests: FlowTests): FlowTests {
  const source = tests[FlowField.SourceService]
  const destination = tests[FlowField.DestinationService]
  if (source === null || destination === null || source.length === 0 || destination.length !== 1) return tests
  const [{ from, end }] = destination
  const isProtocol = Number(from) % 0x10000 === 0 && Number(end) - Number(from) === 0x10000
  const within = source.every((span) => span.from >= from && span.end <= end)
  return isProtocol && within ? [tests[0], tests[1], source, null] : tests
}

function cut(rules: readonly TestedRule[], field: FlowField, family: Family): Point[] {
  const isAddress = field === FlowField.Source || field === FlowField.Destination
  const [least, most]: readonly [Point, Point] = isAddress ? boundsOf(family) : [0, SERVICES]
  const starts = new Set<Point>([least])
  for (const { tests } of rules) {
    for (const { from, end } of tests[field] ?? []) {
      starts.add(from)
      if (end < most) starts.add(end)
    }
  }
  return [...starts].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
}

/** Each rule stands where the fewest others stand with it. */
function stand(rules: readonly TestedRule[], starts: readonly (readonly Point[])[]): Standing[] {
  const indexes = starts.map((points) => new Map(points.map((point, index) => [point, index])))
  const same = new Map<string, number>()
  const made = rules.map((rule) => {
    const tests = classTests(rule.tests, indexes, starts)
    const keys = tests.map(testKey)
    for (const key of keys) same.set(key, (same.get(key) ?? 0) + 1)
    return { rule, tests, keys }
  })
  const standing: Standing[] = []
  for (const { rule, tests, keys } of made) {
    // No flow passes a test without classes.
    if (tests.some(({ classes }) => classes.length === 0)) continue
    let best = 0
    let bestCost = Number.POSITIVE_INFINITY
    tests.forEach(({ field }, index) => {
      const cost = (same.get(keys[index]) ?? 0) + shareOf(rule.tests[field] ?? [], field) * rules.length
      if (cost >= bestCost) return
      best = index
      bestCost = cost
    })
    const rest = tests.filter((_, index) => index !== best)
    standing.push({
      rule: rule.rule,
      chain: rule.chain,
      closes: rule.closes,
      field: tests[best].field,
      classes: tests[best].classes,
      rest,
      restKey: keys.filter((_, index) => index !== best).join(' '),
    })
  }
  return standing
}

function classTests(
  tests: FlowTests,
  indexes: readonly ReadonlyMap<Point, number>[],
  starts: readonly (readonly Point[])[],
): ClassTest[] {
  return FLOW_FIELDS.flatMap((field): ClassTest[] => {
    const spans = tests[field]
    if (spans === null) return []
    const classes = spans.map(({ from, end }): readonly [number, number] => [
      indexes[field].get(from) ?? 0,
      (indexes[field].get(end) ?? starts[field].length) - 1,
    ])
    return [{ field, classes }]
  })
}

function testKey({ field, classes }: ClassTest): string {
  return `${field}:${classes.join()}`
}

/** How much of all values passes. */
function shareOf(spans: readonly Span[], field: FlowField): number {
  let share = 0
  for (const { from, end } of spans) {
    const whole = field >= FlowField.SourceService ? 0x10000 : typeof from === 'bigint' ? 2 ** 128 : 2 ** 32
    share += Math.min((Number(end) - Number(from)) / whole, 1)
  }
  return Math.min(share, 1)
}

/** The lists of each class; null when it takes more steps than allowed. */
function listClasses(
  standing: readonly Standing[],
  field: FlowField,
  count: number,
  mostSteps: number,
): { readonly classes: FlowClass[]; readonly steps: number } | null {
  const begin: Standing[][] = []
  const end: Standing[][] = []
  for (const rule of standing) {
    if (rule.field !== field) continue
    for (const [first, last] of rule.classes) {
      ;(begin[first] ??= []).push(rule)
      ;(end[last + 1] ??= []).push(rule)
    }
  }
  const classes: FlowClass[] = []
  const known = new Map<string, FlowClass>()
  let active: Standing[] = []
  let steps = 0
  let current = listed([], known)
  for (let index = 0; index < count; index++) {
    const [ending, beginning] = [end[index], begin[index]]
    if (ending !== undefined || beginning !== undefined) {
      active = changed(active, ending, beginning)
      steps += active.length
      if (steps > mostSteps) return null
      current = listed(active, known)
    }
    classes.push(current)
  }
  return { classes, steps }
}

/** Active rules in the order of their numbers. */
function changed(
  active: readonly Standing[],
  ending: readonly Standing[] | undefined,
  beginning: readonly Standing[] | undefined,
): Standing[] {
  const gone = new Set(ending)
  const left = ending === undefined ? [...active] : active.filter((rule) => !gone.has(rule))
  if (beginning === undefined) return left
  if (left.length > 0 && beginning.length < 8) {
    for (const rule of beginning) left.splice(positionOf(left, rule.rule), 0, rule)
    return left
  }
  return [...left, ...beginning].sort((one, other) => one.rule - other.rule)
}

function positionOf(rules: readonly Standing[], wanted: number): number {
  let low = 0
  let high = rules.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rules[middle].rule < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What to know of a class: a rule behind one that holds and leaves the chain is never asked, nor does one hold behind
 * another that leaves the chain and has the same tests left.
 */
function listed(active: readonly Standing[], known: Map<string, FlowClass>): FlowClass {
  const holding: number[] = []
  const candidates: Candidate[] = []
  const closers = new Set<string>()
  let chain = -2
  let closed = false
  for (const { rule, chain: own, closes, rest, restKey } of active) {
    if (own !== chain) {
      chain = own
      closed = false
      closers.clear()
    }
    if (closed) continue
    if (rest.length === 0) {
      holding.push(rule)
      closed = closes
    } else if (!closers.has(restKey)) {
      candidates.push({ rule, tests: rest })
      if (closes) closers.add(restKey)
    }
  }
  const key = `${holding.join()} ${candidates.map(({ rule }) => rule).join()}`
  let made = known.get(key)
  if (made === undefined) {
    made = { holding: shared(holding, known), candidates }
    known.set(key, made)
  }
  return made
}

/** Lists that are equal are one. */
function shared(holding: readonly number[], known: Map<string, FlowClass>): readonly number[] {
  const key = `${holding.join()} `
  const same = known.get(key)
  if (same !== undefined) return same.holding
  known.set(key, { holding, candidates: [] })
  return holding
}
