/**
 * What a rule asks of the flow that a packet belongs to: addresses, protocol and ports, as sets of numbers that pass.
 * In: a rule. Out: its tests up to the first thing in it whose answer depends on more than flow and signature; and
 * which of its parts make a walk that reaches them one for this flow alone.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import { Field, type FlowTest } from '../extensions/extension.js'
import type { AddressMatch, Family, ProtocolMatch, Rule, Target } from '../ruleset/ruleset.js'
import { scopeOf } from './reads.js'
import type { Point, Span, SpanSet, SpanSets } from './span-sets.js'

/** The four numbers that make a flow. A service is protocol << 16 | port; of ICMP, the destination's is type and code. */
export enum FlowField {
  Source,
  Destination,
  SourceService,
  DestinationService,
}
export const FLOW_FIELDS = [0, 1, 2, 3] as const

/** By `FlowField`: what passes; null: all. */
export type FlowTests = readonly (SpanSet | null)[]

export interface RuleFlow {
  readonly tests: FlowTests
  /** Nothing but these tests decides whether the rule matches. */
  readonly whole: boolean
  /** Who asks the rule's header has asked for one flow only. */
  readonly ownHeader: boolean
  /** The index of the match of which the same is true; -1 none. */
  readonly ownMatch: number
}

/** Fields that a packet's signature holds, when it covers them: whoever looks at these alone is the same for any flow. */
const SIGNATURE_FIELDS: ReadonlySet<Field> = new Set([
  Field.InInterface,
  Field.OutInterface,
  Field.TcpFlags,
  Field.Length,
  Field.Ttl,
  Field.Tos,
  Field.PacketType,
  Field.Mark,
  Field.CtState,
  Field.CtStatus,
  Field.CtMark,
])
const FLOW_READS: ReadonlySet<Field> = new Set([Field.Addresses, Field.Protocol, Field.Ports, Field.IcmpType])
const SERVICE_BITS = 0x10000
const SERVICES = 256 * SERVICE_BITS
const NO_TESTS: FlowTests = [null, null, null, null]

/** Whether a walk gains by knowing in front whether the rule holds: it asks more of a flow than its protocol. */
export function isWorthKnowing([source, destination, sourceService, destinationService]: FlowTests): boolean {
  if (source !== null || destination !== null || sourceService !== null) return true
  return destinationService !== null && !destinationService.every(isProtocols)
}

/** Whole protocols. */
function isProtocols({ from, end }: Span): boolean {
  return Number(from) % SERVICE_BITS === 0 && Number(end) % SERVICE_BITS === 0
}

/** Who runs the target has asked for one flow only. */
export function isOwnFlow(target: Target, family: Family): boolean {
  return target.kind === 'extension' && !isPlain(targetExtension(target.name, family).reads(target.options))
}

/** `covered`: fields that the signature holds. */
export function ruleFlow(rule: Rule, family: Family, box: Box, covered: ReadonlySet<Field>, sets: SpanSets): RuleFlow {
  const tests = headerTests(rule, family, sets)
  const { protocol, fragment, matches } = rule
  if (tests === null || (fragment !== null && !covered.has(Field.Fragment))) {
    return { tests: NO_TESTS, whole: false, ownHeader: tests === null, ownMatch: -1 }
  }
  let whole = rule.inInterface === null && rule.outInterface === null && fragment === null
  const single = protocol !== null && !protocol.inverted ? protocol.number : 0
  for (let index = 0; index < matches.length; index++) {
    const { name, options } = matches[index]
    const extension = matchExtension(name, family)
    const reads = extension.reads(options)
    if (scopeOf(extension, options, box) === 'trace' || !reads.every((field) => covered.has(field))) {
      return { tests, whole: false, ownHeader: false, ownMatch: -1 }
    }
    const asked = extension.flowTests?.(options, single) ?? null
    if (asked === null) {
      whole = false
      // A guess is counted when it is made, whatever the tests behind it say.
      if (isPlain(reads) && extension.guesses !== true) continue
      return { tests, whole, ownHeader: false, ownMatch: index }
    }
    for (const test of asked) addTest(tests, test, family, single, sets)
    whole &&= extension.decidesByFlow === true && reads.every((field) => FLOW_READS.has(field))
  }
  return { tests, whole, ownHeader: false, ownMatch: -1 }
}

function isPlain(fields: readonly Field[]): boolean {
  return fields.every((field) => SIGNATURE_FIELDS.has(field))
}

/** Null when a mask is no prefix: which addresses pass cannot be said by a few spans. */
function headerTests(rule: Rule, family: Family, sets: SpanSets): (SpanSet | null)[] | null {
  const source = rule.source === null ? null : prefixSpans(rule.source, family, sets)
  const destination = rule.destination === null ? null : prefixSpans(rule.destination, family, sets)
  if (source === undefined || destination === undefined) return null
  const { protocol } = rule
  if (protocol === null || protocol.number === 0) return [source, destination, null, null]
  return [source, destination, null, protocolSpans(protocol, sets)]
}

function protocolSpans({ number, inverted }: ProtocolMatch, sets: SpanSets): SpanSet {
  const passing = sets.span(number * SERVICE_BITS, (number + 1) * SERVICE_BITS)
  return inverted ? sets.outside(passing, 0, SERVICES) : passing
}

function prefixSpans({ address, mask, inverted }: AddressMatch, family: Family, sets: SpanSets): SpanSet | undefined {
  const passing = family === 4 ? prefixSpan4(address[0], mask[0], sets) : prefixSpan6(address, mask, sets)
  return passing !== undefined && inverted ? sets.outside(passing, ...boundsOf(family)) : passing
}

// The complement of a prefix's mask is one less than a power of two.

function prefixSpan4(address: number, mask: number, sets: SpanSets): SpanSet | undefined {
  const complement = ~mask >>> 0
  if ((complement & (complement + 1)) !== 0) return undefined
  const from = (address & mask) >>> 0
  return sets.span(from, from + complement + 1)
}

function prefixSpan6(address: readonly number[], mask: readonly number[], sets: SpanSets): SpanSet | undefined {
  const complement = wordsPoint(mask.map((word) => ~word))
  if ((complement & (complement + 1n)) !== 0n) return undefined
  const from = wordsPoint(address.map((word, index) => word & mask[index]))
  return sets.span(from, from + complement + 1n)
}

/** One number of an address's words. */
export function pointOf(words: readonly number[]): Point {
  return words.length === 1 ? words[0] >>> 0 : wordsPoint(words)
}

function wordsPoint(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n)
}

/** The first address, and the one behind the last. */
export function boundsOf(family: Family): readonly [Point, Point] {
  return family === 4 ? [0, 2 ** 32] : [0n, 1n << 128n]
}

function addTest(tests: (SpanSet | null)[], test: FlowTest, family: Family, protocol: number, sets: SpanSets): void {
  const isAddress = test.field === 'source' || test.field === 'destination'
  const { ranges } = test
  // All ports of the protocol: its own test says so already.
  if (!isAddress && !test.inverted && ranges.length === 1 && isEveryPort(ranges[0])) return
  const [least, most] = isAddress ? boundsOf(family) : [protocol * SERVICE_BITS, (protocol + 1) * SERVICE_BITS]
  const named = sets.union(
    ranges.map(({ from, to }) => (isAddress ? addressSpan(from, to) : portSpan(from[0], to[0], protocol))),
  )
  const passing = test.inverted ? sets.outside(named, least, most) : named
  if (passing.length === 1 && passing[0].from === least && passing[0].end === most) return
  const field = FIELD_OF[test.field]
  const known = tests[field]
  tests[field] = known === null ? passing : sets.both(known, passing)
}

const FIELD_OF: Readonly<Record<FlowTest['field'], FlowField>> = {
  source: FlowField.Source,
  destination: FlowField.Destination,
  sourcePort: FlowField.SourceService,
  destinationPort: FlowField.DestinationService,
}

function isEveryPort({ from, to }: FlowTest['ranges'][number]): boolean {
  return from[0] === 0 && to[0] === SERVICE_BITS - 1
}

function addressSpan(from: readonly number[], to: readonly number[]): Span {
  const last = pointOf(to)
  return { from: pointOf(from), end: typeof last === 'bigint' ? last + 1n : last + 1 }
}

function portSpan(from: number, to: number, protocol: number): Span {
  return { from: protocol * SERVICE_BITS + from, end: protocol * SERVICE_BITS + to + 1 }
}
