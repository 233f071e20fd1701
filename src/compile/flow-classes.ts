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
import type { Field } from '../extensions/extension.js'
import { usesExtension } from '../extensions/used-extensions.js'
import { FLOW_CLASSES_OFFSET, FLOW_CLASSES_SIZE, type FlowClass, FlowClassWriter } from '../memory/flow-classes.js'
import type { Memory } from '../memory/memory.js'
import type { Family, Rule, Ruleset } from '../ruleset/ruleset.js'
import { listClasses } from './class-lists.js'
import type { CounterNumbers } from './counters.js'
import { hasTarget } from './reads.js'
import { FlowField, type FlowTests, isWorthKnowing, pointOf, ruleFlow } from './rule-flow.js'
import { type Point, type SpanSet, SpanSets } from './span-sets.js'
import { stand, type TestedRule } from './standing-rules.js'

/** Targets behind which rules see another flow, though they are not NAT's. */
const TRANSLATING_TARGETS: ReadonlySet<string> = new Set(['SNPT', 'DNPT'])
/** Steps that making the lists may take, rules times classes: beyond, flows are not cut. */
const MOST_STEPS = 50_000_000

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
  if (usesExtension(ruleset, ({ name }) => TRANSLATING_TARGETS.has(name))) return null
  const untested: number[] = []
  const sets = new SpanSets()
  const rules = testedRules(ruleset, box, counters, covered, sets, untested)
  const prefixes = keepsConnectionsApart(ruleset) ? null : prefixesToldApart(box, family)
  for (const { words, length } of prefixes ?? []) {
    if (length === 0) continue
    const passing = prefixSpan(words, length, family, sets)
    for (const tests of [
      [passing, null, null, null],
      [null, passing, null, null],
    ]) {
      rules.push({ rule: counters.count + rules.length, chain: -1, closes: false, tests })
    }
  }
  let steps = 0
  const fields: FieldClasses[] = []
  for (const { starts, standing } of stand(rules, family)) {
    const made = listClasses(standing, starts.length, MOST_STEPS - steps)
    if (made === null) return null
    steps += made.steps
    fields.push({ starts, classes: made.classes })
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
  if (ruleset.tables.some(({ name }) => name === 'nat')) return true
  if (!usesExtension(ruleset, ({ name }) => name === 'CT')) return false
  return hasTarget([ruleset], ({ name, tracksWith }, options) => name === 'CT' && tracksWith?.(options) === true)
}

function prefixSpan(words: readonly number[], length: number, family: Family, sets: SpanSets): SpanSet {
  const from = pointOf(words)
  if (typeof from === 'bigint') return sets.span(from, from + (1n << BigInt(128 - length)))
  return sets.span(from, from + 2 ** ((family === 4 ? 32 : 128) - length))
}

/** The rules that ask something of the flow, in the order of their counters; those that do not go to `untested`. */
function testedRules(
  { family, tables }: Ruleset,
  box: Box,
  counters: CounterNumbers,
  covered: ReadonlySet<Field>,
  sets: SpanSets,
  untested: number[],
): TestedRule[] {
  const tested: TestedRule[] = []
  const protocols = new Set<SpanSet>()
  const chains = tables.flatMap((table) => table.chains)
  for (const [chain, { rules }] of chains.entries()) {
    const first = counters.rule(chains[chain], 0)
    for (const [index, rule] of rules.entries()) {
      const { tests, whole } = ruleFlow(rule, family, box, covered, sets)
      if (isWorthKnowing(tests)) {
        const closes = whole && leavesChain(rule)
        tested.push({ rule: first + index, chain, closes, tests: withoutRepetition(tests) })
      } else {
        untested.push(first + index)
        const protocol = tests[FlowField.DestinationService]
        if (protocol !== null) protocols.add(protocol)
      }
    }
  }
  // Many rules ask the protocol alone: one for each such test stands for them.
  for (const protocol of protocols) {
    const tests = [null, null, null, protocol]
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
