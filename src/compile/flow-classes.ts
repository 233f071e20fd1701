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
import { FLOW_CLASSES_OFFSET, FLOW_CLASSES_SIZE, type FlowClass, FlowClassWriter } from '../memory/flow-classes.js'
import type { Memory } from '../memory/memory.js'
import type { Family, Rule, Ruleset, Target } from '../ruleset/ruleset.js'
import { listClasses } from './class-lists.js'
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
import { stand, type TestedRule } from './standing-rules.js'

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
  /** Counters of the rules that ask nothing worth knowing of a flow, in order. */
  readonly untested: readonly number[]
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
  const untested: number[] = []
  const rules = testedRules(ruleset, box, counters, covered, untested)
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
  return { family, keeps: prefixes !== null, fields, untested }
}

/** Writes the plan as `FlowClasses`. Returns their address. */
export function writeFlowClasses(
  { family, keeps, fields, untested }: FlowClassPlan,
  memory: Memory,
  allocate: (bytes: number) => number,
): number {
  const writer = new FlowClassWriter(memory, allocate)
  const at = allocate(FLOW_CLASSES_SIZE)
  memory.setU32(at + FLOW_CLASSES_OFFSET.keeps, keeps ? 1 : 0)
  memory.setU32(at + FLOW_CLASSES_OFFSET.untested, writer.writeRules(untested))
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

/** The rules that ask something of the flow, in the order of their counters; those that do not go to `untested`. */
function testedRules(
  { family, tables }: Ruleset,
  box: Box,
  counters: CounterNumbers,
  covered: ReadonlySet<Field>,
  untested: number[],
): TestedRule[] {
  const tested: TestedRule[] = []
  const protocolTests = new Map<string, FlowTests>()
  const chains = tables.flatMap((table) => table.chains)
  chains.forEach((chain, number) => {
    chain.rules.forEach((rule, index) => {
      const { tests, whole } = ruleFlow(rule, family, box, covered)
      if (!isWorthKnowing(tests)) {
        untested.push(counters.rule(chain, index))
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

/** Where the classes of a number of a flow begin. */
function cut(rules: readonly TestedRule[], field: FlowField, family: Family): readonly Point[] {
  const isAddress = field === FlowField.Source || field === FlowField.Destination
  const [least, most]: readonly [Point, Point] = isAddress ? boundsOf(family) : [0, SERVICES]
  const starts = new Set<Point>([least])
  for (const { tests } of rules) {
    for (const { from, end } of tests[field] ?? []) {
      starts.add(from)
      if (end < most) starts.add(end)
    }
  }
  if (isAddress && family === 6) return [...(starts as Set<bigint>)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return [...Float64Array.from(starts as Set<number>).sort()]
}
