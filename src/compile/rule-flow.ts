/**
 * What a rule asks of the flow that a packet belongs to: addresses, protocol and ports, as spans of numbers that pass.
 * In: a rule. Out: its tests up to the first thing in it whose answer depends on more than flow and signature; and
 * which of its parts make a walk that reaches them one for this flow alone.
 */
import type { Box } from '../box/box.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import { Field, type FlowTest } from '../extensions/extension.js'
import type { AddressMatch, Family, ProtocolMatch, Rule } from '../ruleset/ruleset.js'
import { scopeOf } from './reads.js'

/** An IPv4 address or a service is a number, an IPv6 address a bigint. */
export type Point = number | bigint

/** The points from `from` up to, but without, `end`. */
export interface Span {
  readonly from: Point
  readonly end: Point
}

/** The four numbers that make a flow. A service is protocol << 16 | port; of ICMP, the destination's is type and code. */
export enum FlowField {
  Source,
  Destination,
  SourceService,
  DestinationService,
}
export const FLOW_FIELDS = [0, 1, 2, 3] as const

/** By `FlowField`: the spans that pass, in order; null: all. */
export type FlowTests = readonly (readonly Span[] | null)[]

export interface RuleFlow {
  readonly tests: FlowTests
  /** Nothing but these tests decides whether the rule matches. */
  readonly whole: boolean
  /** Who asks it has asked for one flow only. */
  readonly ownFlow: { readonly header: boolean; readonly matches: readonly boolean[]; readonly target: boolean }
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
/** Whether a walk gains by knowing in front whether the rule holds: it asks more of a flow than its protocol. */
export function isWorthKnowing(tests: FlowTests): boolean {
  return tests.some(
    (spans, field) => spans !== null && !(field === Number(FlowField.DestinationService) && spans.every(isProtocols)),
  )
}

/** Whole protocols. */
function isProtocols({ from, end }: Span): boolean {
  return Number(from) % SERVICE_BITS === 0 && Number(end) % SERVICE_BITS === 0
}

const FLOW_READS: ReadonlySet<Field> = new Set([Field.Addresses, Field.Protocol, Field.Ports, Field.IcmpType])
const SERVICE_BITS = 0x10000
const SERVICES = 256 * SERVICE_BITS

/** `covered`: fields that the signature holds. */
export function ruleFlow(rule: Rule, family: Family, box: Box, covered: ReadonlySet<Field>): RuleFlow {
  const tests = headerTests(rule, family)
  const { target } = rule
  const targetReads = target.kind === 'extension' ? targetExtension(target.name, family).reads(target.options) : []
  const ownFlow = { header: tests === null, matches: rule.matches.map(() => false), target: !isPlain(targetReads) }
  const asksFragment = rule.fragment !== null
  if (tests === null || (asksFragment && !covered.has(Field.Fragment))) {
    return { tests: [null, null, null, null], whole: false, ownFlow }
  }
  let whole = rule.inInterface === null && rule.outInterface === null && !asksFragment
  const { protocol } = rule
  for (let index = 0; index < rule.matches.length; index++) {
    const match = rule.matches[index]
    const extension = matchExtension(match.name, family)
    const reads = extension.reads(match.options)
    if (scopeOf(extension, match.options, box) === 'trace' || !reads.every((field) => covered.has(field))) {
      return { tests, whole: false, ownFlow }
    }
    const single = protocol !== null && !protocol.inverted ? protocol.number : 0
    const asked = extension.flowTests?.(match.options, single) ?? null
    if (asked === null) {
      whole = false
      // A guess is counted when it is made, whatever the tests behind it say.
      if (isPlain(reads) && extension.guesses !== true) continue
      ownFlow.matches[index] = true
      return { tests, whole, ownFlow }
    }
    for (const test of asked) addTest(tests, test, family, single)
    whole &&= extension.decidesByFlow === true && reads.every((field) => FLOW_READS.has(field))
  }
  return { tests, whole, ownFlow }
}

function isPlain(fields: readonly Field[]): boolean {
  return fields.every((field) => SIGNATURE_FIELDS.has(field))
}

/** Null when a mask is no prefix: which addresses pass cannot be said by a few spans. */
function headerTests(rule: Rule, family: Family): (readonly Span[] | null)[] | null {
  const source = rule.source === null ? null : prefixSpans(rule.source, family)
  const destination = rule.destination === null ? null : prefixSpans(rule.destination, family)
  if (source === undefined || destination === undefined) return null
  const { protocol } = rule
  if (protocol === null || protocol.number === 0) return [source, destination, null, null]
  return [source, destination, null, protocolSpans(protocol)]
}

function protocolSpans({ number, inverted }: ProtocolMatch): readonly Span[] {
  const from = number * SERVICE_BITS
  const spans = [{ from, end: from + SERVICE_BITS }]
  return inverted ? outside(spans, 0, SERVICES) : spans
}

function prefixSpans({ address, mask, inverted }: AddressMatch, family: Family): readonly Span[] | undefined {
  const span = family === 4 ? prefixSpan4(address[0], mask[0]) : prefixSpan6(address, mask)
  return span !== undefined && inverted ? outside([span], ...boundsOf(family)) : span && [span]
}

// The complement of a prefix's mask is one less than a power of two.

function prefixSpan4(address: number, mask: number): Span | undefined {
  const complement = ~mask >>> 0
  if ((complement & (complement + 1)) !== 0) return undefined
  const from = (address & mask) >>> 0
  return { from, end: from + complement + 1 }
}

function prefixSpan6(address: readonly number[], mask: readonly number[]): Span | undefined {
  const complement = wordsPoint(mask.map((word) => ~word))
  if ((complement & (complement + 1n)) !== 0n) return undefined
  const from = wordsPoint(address.map((word, index) => word & mask[index]))
  return { from, end: from + complement + 1n }
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

function addTest(tests: (readonly Span[] | null)[], test: FlowTest, family: Family, protocol: number): void {
  const isAddress = test.field === 'source' || test.field === 'destination'
  const [field, least, most] = isAddress
    ? ([test.field === 'source' ? FlowField.Source : FlowField.Destination, ...boundsOf(family)] as const)
    : ([
        test.field === 'sourcePort' ? FlowField.SourceService : FlowField.DestinationService,
        protocol * SERVICE_BITS,
        (protocol + 1) * SERVICE_BITS,
      ] as const)
  const spans = test.ranges.map(({ from, to }) =>
    isAddress ? addressSpan(from, to) : portSpan(from[0], to[0], protocol),
  )
  const merged = inOrder(spans.filter(({ from, end }) => from < end))
  const passing = test.inverted ? outside(merged, least, most) : merged
  // All ports of the protocol: its own test says so already.
  if (passing.length === 1 && passing[0].from === least && passing[0].end === most) return
  const known = tests[field]
  tests[field] = known === null ? passing : both(known, passing)
}

function addressSpan(from: readonly number[], to: readonly number[]): Span {
  const last = pointOf(to)
  return { from: pointOf(from), end: typeof last === 'bigint' ? last + 1n : last + 1 }
}

function portSpan(from: number, to: number, protocol: number): Span {
  return { from: protocol * SERVICE_BITS + from, end: protocol * SERVICE_BITS + to + 1 }
}

/** The same points as spans in order, none of which touch. */
function inOrder(spans: Span[]): Span[] {
  if (spans.length <= 1) return spans
  const merged: Span[] = []
  for (const span of spans.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = merged.at(-1)
    if (last !== undefined && span.from <= last.end) {
      if (span.end > last.end) merged[merged.length - 1] = { from: last.from, end: span.end }
    } else {
      merged.push(span)
    }
  }
  return merged
}

function outside(spans: readonly Span[], least: Point, most: Point): Span[] {
  const result: Span[] = []
  let from = least
  for (const span of spans) {
    if (from < span.from) result.push({ from, end: span.from })
    from = span.end
  }
  if (from < most) result.push({ from, end: most })
  return result
}

function both(one: readonly Span[], other: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const a of one) {
    for (const b of other) {
      const from = a.from > b.from ? a.from : b.from
      const end = a.end < b.end ? a.end : b.end
      if (from < end) result.push({ from, end })
    }
  }
  return result
}
