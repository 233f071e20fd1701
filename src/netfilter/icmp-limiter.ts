/**
 * The kernel's two limits on ICMP errors, run in the capture's time: a token bucket for each destination, and one for
 * all of both families. In: answers in the order in which they were to be sent. Out: whether each one is.
 * Kernel (v6.18): icmp_global_allow(), icmp_global_consume(), icmpv4_xrlim_allow(), icmpv6_xrlim_allow(),
 * inet_peer_xrlim_allow(). The global bucket is looked at first, and only an answer that the destination's allows too
 * is taken from it.
 *
 * Differs from the kernel: where an IPv6 answer's route has a prefix shorter than 128 bits, kernels without "ipv6:
 * icmp: remove obsolete code in icmpv6_xrlim_allow()" (v7.0, and v6.18.y since 2026) let more of them go. Before
 * v6.11 an answer was taken from the global bucket even when the destination's forbade it.
 */
import type { IcmpLimits } from '../box/icmp-limits.js'
import type { Family } from '../ruleset/ruleset.js'

/** What the limits ask of an answer. */
export interface LimitedAnswer {
  readonly nowNs: bigint
  readonly family: Family
  /** Where it goes, or null when it goes by loopback, so that only the global limit has a say. */
  readonly destination: string | null
}

/** A destination may save up for so many answers. */
const BURST_FACTOR = 6
/** A new destination is taken for one that was not answered for so long. Kernel: inet_getpeer(). */
const NEW_SECONDS = 60
/**
 * Destinations remembered for each family; the one longest not answered is forgotten first, and is new when it comes
 * back. The kernel keeps as many (inet_peer_threshold), fewer on small machines, and forgets idle ones after minutes.
 */
const DESTINATIONS = 65536
/** The global bucket is filled at most fifty times a second, and at most for one second. */
const FILLS_A_SECOND = 50
/** An answer costs 0, 1 or 2 of the global bucket's credits, at random. */
const COSTS = 3

export class IcmpLimiter {
  private readonly destinations: Readonly<Record<Family, DestinationBuckets>>
  private readonly global: GlobalBucket | null

  constructor(
    limits: IcmpLimits,
    private readonly hz: number,
    seed: number,
  ) {
    const { destination, global } = limits
    this.destinations = { 4: new DestinationBuckets(destination[4], hz), 6: new DestinationBuckets(destination[6], hz) }
    this.global = global === null ? null : new GlobalBucket(global.perSecond, global.burst, hz, seed)
  }

  allows({ nowNs, family, destination }: LimitedAnswer): boolean {
    const now = Number((nowNs * BigInt(this.hz)) / 1_000_000_000n)
    if (this.global?.allows(now) === false) return false
    if (destination !== null && !this.destinations[family].allows(destination, now)) return false
    this.global?.consume()
    return true
  }
}

interface Bucket {
  tokens: number
  last: number
}

/** Tokens are jiffies; a destination gets one each jiffy. */
class DestinationBuckets {
  private readonly buckets = new Map<string, Bucket>()

  /** `cost`: of one answer; null or 0 without a limit. */
  constructor(
    private readonly cost: number | null,
    private readonly hz: number,
  ) {}

  allows(destination: string, now: number): boolean {
    const { cost, buckets } = this
    if (cost === null || cost === 0) return true
    const bucket = buckets.get(destination) ?? { tokens: 0, last: now - NEW_SECONDS * this.hz }
    bucket.tokens = Math.min(bucket.tokens + now - bucket.last, BURST_FACTOR * cost)
    bucket.last = now
    // Behind the others: a Map keeps the order in which its keys came.
    buckets.delete(destination)
    if (buckets.size === DESTINATIONS) buckets.delete(buckets.keys().next().value as string)
    buckets.set(destination, bucket)
    if (bucket.tokens < cost) return false
    bucket.tokens -= cost
    return true
  }
}

class GlobalBucket {
  private credit = 0
  /** When it was filled last; before the first time, long ago. */
  private filled = Number.NEGATIVE_INFINITY
  private state: number

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly hz: number,
    seed: number,
  ) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1
  }

  /** Filled only when it is empty. Even a fill that leaves a debt lets an answer go. */
  allows(now: number): boolean {
    if (this.credit > 0) return true
    const passed = Math.min(now - this.filled, this.hz)
    if (passed < Math.floor(this.hz / FILLS_A_SECOND)) return false
    const more = Math.floor((this.perSecond * passed) / this.hz)
    if (more === 0) return false
    this.filled = now
    this.credit = Math.min(this.credit + more, this.burst)
    return true
  }

  consume(): void {
    this.credit -= this.draw()
  }

  /** xorshift32. */
  private draw(): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % COSTS
  }
}
