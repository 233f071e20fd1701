/**
 * With which of its tests each rule stands: the one that tells most, so that few rules stand with the same class.
 * In: rules with their tests, and where the classes of each number of a flow begin. Out: the same rules, each with its
 * own test in classes, and the rest of its tests; equal tests, and equal rests, are one object.
 */
import type { ClassTest } from '../memory/flow-classes.js'
import { FLOW_FIELDS, FlowField, type FlowTests, type Point, type Span } from './rule-flow.js'

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
  /** The test it stands with. */
  readonly own: ClassTest
  readonly rest: readonly ClassTest[]
}

/** A test of some rules. */
interface SharedTest extends ClassTest {
  readonly number: number
  /** How much of all values passes. */
  readonly share: number
  /** Rules that have it. */
  rules: number
  /** The rest of a rule that has this one left. */
  readonly alone: readonly ClassTest[]
}

/** More classes, or tests, than there can be. */
const MOST_NUMBERS = 2 ** 26
const NO_TESTS: readonly ClassTest[] = []

/** Each rule stands where the fewest others stand with it. `starts`: by `FlowField`, the first value of each class. */
export function stand(rules: readonly TestedRule[], starts: readonly (readonly Point[])[]): Standing[] {
  const shared = new SharedTests(starts)
  const tested = rules.map((rule) => shared.testsOf(rule.tests))
  const standing: Standing[] = []
  rules.forEach(({ rule, chain, closes }, index) => {
    const tests = tested[index]
    // No flow passes a test without classes.
    if (tests.some(({ classes }) => classes.length === 0)) return
    let own = tests[0]
    for (const test of tests) if (costOf(test, rules.length) < costOf(own, rules.length)) own = test
    standing.push({ rule, chain, closes, own, rest: shared.without(tests, own) })
  })
  return standing
}

function costOf({ rules, share }: SharedTest, count: number): number {
  return rules + share * count
}

class SharedTests {
  /** By field: the class that begins with a value. */
  private readonly classOf: readonly ReadonlyMap<Point, number>[]
  /** By field: tests of one stretch of classes, by its first and last. */
  private readonly stretches = FLOW_FIELDS.map(() => new Map<number, SharedTest>())
  private readonly others = new Map<string, SharedTest>()
  private readonly rests = new Map<string | number, readonly ClassTest[]>()
  private count = 0

  constructor(private readonly starts: readonly (readonly Point[])[]) {
    this.classOf = starts.map((points) => new Map(points.map((point, index) => [point, index])))
  }

  testsOf(tests: FlowTests): readonly SharedTest[] {
    const own: SharedTest[] = []
    for (const field of FLOW_FIELDS) {
      const spans = tests[field]
      if (spans === null) continue
      const test = spans.length === 1 ? this.ofSpan(field, spans[0]) : this.ofSpans(field, spans)
      test.rules++
      own.push(test)
    }
    return own
  }

  /** The tests but one. */
  without(tests: readonly SharedTest[], own: SharedTest): readonly ClassTest[] {
    if (tests.length === 1) return NO_TESTS
    const rest = tests.filter((test) => test !== own)
    if (rest.length === 1) return rest[0].alone
    const [first, second] = rest
    const key = rest.length === 2 ? first.number * MOST_NUMBERS + second.number : rest.map((test) => test.number).join()
    const known = this.rests.get(key)
    if (known !== undefined) return known
    this.rests.set(key, rest)
    return rest
  }

  private ofSpan(field: FlowField, span: Span): SharedTest {
    const tests = this.stretches[field]
    const classes = this.classesOf(field, span)
    const key = classes[0] * MOST_NUMBERS + classes[1]
    let test = tests.get(key)
    if (test === undefined) {
      test = this.newTest(field, [classes], [span])
      tests.set(key, test)
    }
    return test
  }

  private ofSpans(field: FlowField, spans: readonly Span[]): SharedTest {
    const classes = spans.map((span) => this.classesOf(field, span))
    const key = `${field}:${classes.join()}`
    let test = this.others.get(key)
    if (test === undefined) {
      test = this.newTest(field, classes, spans)
      this.others.set(key, test)
    }
    return test
  }

  /** Its first and last class. */
  private classesOf(field: FlowField, { from, end }: Span): readonly [number, number] {
    const classOf = this.classOf[field]
    return [classOf.get(from) ?? 0, (classOf.get(end) ?? this.starts[field].length) - 1]
  }

  private newTest(field: FlowField, classes: ClassTest['classes'], spans: readonly Span[]): SharedTest {
    const alone: ClassTest[] = []
    const test = { field, classes, number: this.count++, share: shareOf(spans, field), rules: 0, alone }
    alone.push(test)
    return test
  }
}

function shareOf(spans: readonly Span[], field: FlowField): number {
  let share = 0
  for (const { from, end } of spans) {
    const whole = field >= FlowField.SourceService ? 0x10000 : typeof from === 'bigint' ? 2 ** 128 : 2 ** 32
    share += Math.min((Number(end) - Number(from)) / whole, 1)
  }
  return Math.min(share, 1)
}
