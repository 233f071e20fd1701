/**
 * How many packets each rule was asked about. A path names the counters that it bumped, in order; between two of them
 * stand the rules that were asked and did not match. In: paths. Out: packets by counter number; policies have none.
 * This is the work of the kernel, which asks rule after rule, whatever short cuts a replay took.
 * Kernel: ipt_do_table(), net/ipv4/netfilter/ip_tables.c (v6.18).
 */
import type { CounterPlace } from './counter-place.js'
import type { PathCount } from './report.js'

/** A chain's rules are the counters [first, end). */
interface ChainSpan {
  readonly first: number
  readonly end: number
}

/** A chain under way: the rules in front of `next` have been asked. */
interface Frame {
  readonly chain: ChainSpan
  next: number
}

export class Evaluations {
  /** Packets from this rule on more (or fewer) than in front of it: a stretch of rules costs two additions. */
  private readonly changes: bigint[]
  private readonly spans: readonly ChainSpan[]
  private readonly byName: ReadonlyMap<string, ChainSpan>
  private base: ChainSpan | null = null
  private frames: Frame[] = []

  constructor(private readonly places: readonly CounterPlace[]) {
    this.changes = Array.from({ length: places.length + 1 }, () => 0n)
    const byName = new Map<string, ChainSpan>()
    const spans: ChainSpan[] = []
    for (let first = 0; first < places.length;) {
      const end = endOfChain(places, first)
      const span = { first: places[first].rule === 0 ? first + 1 : first, end }
      byName.set(chainKey(places[first], places[first].chain), span)
      while (spans.length < end) spans.push(span)
      first = end
    }
    this.spans = spans
    this.byName = byName
  }

  /** What a packet was asked before its datagram was whole, or had another length, stands on a path of its own. */
  add({ packets, counters }: PathCount): void {
    this.end()
    for (const counter of counters) {
      if (!this.isAhead(counter)) this.begin(counter)
      this.walkTo(counter, packets)
    }
    this.end()
  }

  /** Packets by counter number. */
  list(): bigint[] {
    let packets = 0n
    return this.places.map((_, counter) => (packets += this.changes[counter]))
  }

  /** True when the table under way can still come to the counter. */
  private isAhead(counter: number): boolean {
    if (this.base === null) return false
    const span = this.spans[counter]
    if (this.isPolicy(counter)) return span === this.base
    return this.frames.some(({ chain, next }) => chain === span && counter >= next)
  }

  /** Another table, or another hook: it begins in the counter's own chain. */
  private begin(counter: number): void {
    const chain = this.spans[counter]
    this.base = chain
    this.frames = [{ chain, next: chain.first }]
  }

  private walkTo(counter: number, packets: bigint): void {
    const span = this.spans[counter]
    const policy = this.isPolicy(counter)
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      if (!policy && frame.chain === span && counter >= frame.next) {
        this.count(frame.next, counter + 1, packets)
        frame.next = counter + 1
        this.follow(this.places[counter])
        return
      }
      this.count(frame.next, frame.chain.end, packets)
      this.frames.pop()
    }
    this.end()
  }

  private follow(place: CounterPlace): void {
    const { leads } = place
    switch (leads.kind) {
      case 'on':
        return
      case 'end':
        this.end()
        return
      case 'return':
        this.frames.pop()
        return
      case 'jump':
      case 'goto': {
        const chain = this.byName.get(chainKey(place, leads.chain))
        if (leads.kind === 'goto') this.frames.pop()
        if (chain !== undefined) this.frames.push({ chain, next: chain.first })
      }
    }
  }

  private end(): void {
    this.base = null
    this.frames = []
  }

  private count(from: number, to: number, packets: bigint): void {
    this.changes[from] += packets
    this.changes[to] -= packets
  }

  private isPolicy(counter: number): boolean {
    return this.places[counter].rule === 0
  }
}

/** Numbers of one chain follow one another. */
function endOfChain(places: readonly CounterPlace[], first: number): number {
  const { family, table, chain } = places[first]
  let end = first + 1
  while (end < places.length) {
    const place = places[end]
    if (place.chain !== chain || place.table !== table || place.family !== family) break
    end++
  }
  return end
}

function chainKey({ family, table }: CounterPlace, chain: string): string {
  return `${family} ${table} ${chain}`
}
