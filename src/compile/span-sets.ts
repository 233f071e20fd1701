/**
 * The points of a number line that pass a test: spans in order, none of which touch. Thousands of rules have the same
 * few tests, so equal sets are one object, and who has seen one knows it by identity.
 */

/** An IPv4 address or a service is a number, an IPv6 address a bigint. */
export type Point = number | bigint

/** The points from `from` up to, but without, `end`. */
export interface Span {
  readonly from: Point
  readonly end: Point
}

export type SpanSet = readonly Span[]

export class SpanSets {
  private readonly known = new Map<string, SpanSet>()

  /** One span that is not empty. */
  span(from: Point, end: Point): SpanSet {
    const key = `${from} ${end}`
    let set = this.known.get(key)
    if (set === undefined) {
      set = [{ from, end }]
      this.known.set(key, set)
    }
    return set
  }

  /** Spans in any order, of which some may be empty. */
  union(spans: readonly Span[]): SpanSet {
    if (spans.length === 1 && spans[0].from < spans[0].end) return this.span(spans[0].from, spans[0].end)
    return this.shared(inOrder(spans.filter(({ from, end }) => from < end)))
  }

  /** What of the points from `least` up to `most` is not in the set. */
  outside(set: SpanSet, least: Point, most: Point): SpanSet {
    const spans: Span[] = []
    let from = least
    for (const span of set) {
      if (from < span.from) spans.push({ from, end: span.from })
      from = span.end
    }
    if (from < most) spans.push({ from, end: most })
    return this.shared(spans)
  }

  /** What is in both. */
  both(one: SpanSet, other: SpanSet): SpanSet {
    if (one.length === 1 && contains(one[0], other)) return other
    if (other.length === 1 && contains(other[0], one)) return one
    const spans: Span[] = []
    for (const a of one) {
      for (const b of other) {
        const from = a.from > b.from ? a.from : b.from
        const end = a.end < b.end ? a.end : b.end
        if (from < end) spans.push({ from, end })
      }
    }
    return this.shared(spans)
  }

  private shared(spans: SpanSet): SpanSet {
    const key = spans.map(({ from, end }) => `${from} ${end}`).join()
    const same = this.known.get(key)
    if (same !== undefined) return same
    this.known.set(key, spans)
    return spans
  }
}

function contains({ from, end }: Span, set: SpanSet): boolean {
  return set.every((span) => span.from >= from && span.end <= end)
}

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
