/**
 * With which of its tests each rule stands: the one that tells most, so that few rules stand with the same class.
 * In: rules with their tests. Out: where the classes of each number of a flow begin, and the rules by the number that
 * they stand with, each with its own test in classes, and the rest of its tests; equal tests, and equal rests, are one
 * object.
 */
import type { ClassTest } from '../memory/flow-classes.js'
import type { Family } from '../ruleset/ruleset.js'
import { boundsOf, FLOW_FIELDS, FlowField, type FlowTests } from './rule-flow.js'
import type { Point, SpanSet } from './span-sets.js'

/** A rule that asks something of the flow. */
export interface TestedRule {
  readonly rule: number
  /** Rules of one chain stand together: of those behind one that ends the chain's way, none is asked. */
  readonly chain: number
  readonly closes: boolean
  readonly tests: FlowTests
}

export interface Standing {
  readonly rule: number
  readonly chain: number
  readonly closes: boolean
  /** The classes of the test it stands with. */
  readonly classes: ClassTest['classes']
  readonly rest: readonly ClassTest[]
}

/** What to know of one number of a flow. */
export interface StandingField {
  /** First value of each class. */
  readonly starts: readonly Point[]
  /** In the order of their numbers. */
  readonly standing: readonly Standing[]
}

/** A test of some rules. */
interface SharedTest {
  readonly field: FlowField
  classes: ClassTest['classes']
  readonly number: number
  /** How much of all values passes. */
  readonly share: number
  /** Rules that have it. */
  rules: number
  /** The rest of a rule that has this one left. */
  readonly alone: readonly ClassTest[]
}

/** More tests than there can be. */
const MOST_TESTS = 2 ** 26
const NO_TESTS: readonly ClassTest[] = []
const SERVICES = 256 * 0x10000

/** Each rule stands where the fewest others stand with it. By `FlowField`. */
export function stand(rules: readonly TestedRule[], family: Family): StandingField[] {
  const shared = new SharedTests()
  const tested = rules.map(({ tests }) => shared.testsOf(tests))
  const starts = FLOW_FIELDS.map((field) => shared.cut(field, family))
  const standing: Standing[][] = FLOW_FIELDS.map(() => [])
  for (const [index, { rule, chain, closes }] of rules.entries()) {
    const tests = tested[index]
    // No flow passes a test without classes.
    if (tests.some(({ classes }) => classes.length === 0)) continue
    let own = tests[0]
    for (const test of tests) if (costOf(test, rules.length) < costOf(own, rules.length)) own = test
    standing[own.field].push({ rule, chain, closes, classes: own.classes, rest: shared.without(tests, own) })
  }
  return FLOW_FIELDS.map((field) => ({ starts: starts[field], standing: standing[field] }))
}

function costOf({ rules, share }: SharedTest, count: number): number {
  return rules + share * count
}

class SharedTests {
  /** By field. */
  private readonly tests = FLOW_FIELDS.map(() => new Map<SpanSet, SharedTest>())
  private readonly rests = new Map<string | number, readonly ClassTest[]>()
  private count = 0

  testsOf(tests: FlowTests): readonly SharedTest[] {
    const own: SharedTest[] = []
    for (const field of FLOW_FIELDS) {
      const passing = tests[field]
      if (passing === null) continue
      const known = this.tests[field]
      let test = known.get(passing)
      if (test === undefined) {
        test = this.newTest(field, passing)
        known.set(passing, test)
      }
      test.rules++
      own.push(test)
    }
    return own
  }

  /** Cuts the values of a field where a test tells them apart, and gives each test its classes. */
  cut(field: FlowField, family: Family): readonly Point[] {
    const isAddress = field === FlowField.Source || field === FlowField.Destination
    const [least, most]: readonly [Point, Point] = isAddress ? boundsOf(family) : [0, SERVICES]
    const points = new Set<Point>([least])
    for (const passing of this.tests[field].keys()) {
      for (const { from, end } of passing) points.add(from).add(end)
    }
    points.delete(most)
    const starts = typeof least === 'bigint' ? sortedBigints(points as Set<bigint>) : sorted(points as Set<number>)
    const classOf = new Map(starts.map((point, index) => [point, index]))
    classOf.set(most, starts.length)
    for (const [passing, test] of this.tests[field]) {
      test.classes = passing.map(({ from, end }) => [classOf.get(from)!, classOf.get(end)! - 1])
    }
    return starts
  }

  /** The tests but one. */
  without(tests: readonly SharedTest[], own: SharedTest): readonly ClassTest[] {
    if (tests.length === 1) return NO_TESTS
    if (tests.length === 2) return tests[tests[0] === own ? 1 : 0].alone
    const rest = tests.filter((test) => test !== own)
    const [first, second] = rest
    const key = rest.length === 2 ? first.number * MOST_TESTS + second.number : rest.map((test) => test.number).join()
    const known = this.rests.get(key)
    if (known !== undefined) return known
    this.rests.set(key, rest)
    return rest
  }

  private newTest(field: FlowField, passing: SpanSet): SharedTest {
    const alone: ClassTest[] = []
    const share = shareOf(passing, field)
    const test: SharedTest = { field, classes: [], number: this.count++, share, rules: 0, alone }
    alone.push(test)
    return test
  }
}

function sorted(points: ReadonlySet<number>): number[] {
  return [...Float64Array.from(points).sort()]
}

function sortedBigints(points: ReadonlySet<bigint>): bigint[] {
  return [...points].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function shareOf(passing: SpanSet, field: FlowField): number {
  let share = 0
  for (const { from, end } of passing) {
    const whole = field >= FlowField.SourceService ? 0x10000 : typeof from === 'bigint' ? 2 ** 128 : 2 ** 32
    share += Math.min((Number(end) - Number(from)) / whole, 1)
  }
  return Math.min(share, 1)
}
