/**
 * A rate that -j RATEEST measures and -m rateest asks for: an average over time that a timer brings up to date.
 * Kernel: net/core/gen_estimator.c, est_timer(), gen_estimator_read() (v6.18).
 * Differs from the kernel: the timer starts with the first packet that the estimator is asked about, not when the rules
 * are loaded, and fires exactly at its ticks, where the kernel's timer wheel may be late by an eighth.
 *
 *   state (f64 each): jiffies of the next tick, 0: none yet | bytes | packets | bytes and packets at the last tick |
 *   average of bytes and packets a second, times 256
 */
import type { Memory } from '../memory/memory.js'

export interface EstimatorOptions {
  readonly name: string
  /** Between two ticks: a quarter of a second times two to this power. */
  readonly interval: number
  /** A new measurement counts one in two to this power. */
  readonly ewmaLog: number
}

export interface Rates {
  readonly bytes: number
  readonly packets: number
}

const STATE = { next: 0, bytes: 8, packets: 16, lastBytes: 24, lastPackets: 32, avgBytes: 40, avgPackets: 48 }
/** Kernel: avbps and avpps are shifted by 8. */
const SCALE = 256

export class RateEstimator {
  static readonly bytes = 64
  private readonly period: number
  private readonly scale: number
  private readonly weight: number

  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    { interval, ewmaLog }: EstimatorOptions,
    hz: number,
  ) {
    this.period = Math.floor(hz / 4) * 2 ** interval
    this.scale = 2 ** (10 - interval)
    this.weight = 2 ** ewmaLog
  }

  count(length: number, now: number): void {
    this.catchUp(now)
    this.set(STATE.bytes, this.get(STATE.bytes) + length)
    this.set(STATE.packets, this.get(STATE.packets) + 1)
  }

  /** Bytes and packets a second. */
  rates(now: number): Rates {
    this.catchUp(now)
    return {
      bytes: Math.floor(this.get(STATE.avgBytes) / SCALE),
      packets: Math.floor(this.get(STATE.avgPackets) / SCALE),
    }
  }

  /** Does what the timer does until `now`. */
  private catchUp(now: number): void {
    const { period } = this
    const next = this.get(STATE.next)
    if (next === 0) this.set(STATE.next, now + period)
    if (next === 0 || now < next) return
    const idle = Math.floor((now - next) / period)
    this.measure(STATE.bytes, STATE.lastBytes, STATE.avgBytes, idle)
    this.measure(STATE.packets, STATE.lastPackets, STATE.avgPackets, idle)
    this.set(STATE.next, next + (idle + 1) * period)
  }

  /** One tick, and `idle` more in which there was nothing. */
  private measure(counter: number, last: number, average: number, idle: number): void {
    const { weight } = this
    const count = this.get(counter)
    const rate = (count - this.get(last)) * this.scale
    this.set(last, count)
    const old = this.get(average)
    this.set(average, decayed(old + Math.floor(rate / weight) - Math.floor(old / weight), weight, idle))
  }

  private get(offset: number): number {
    return this.memory.view.getFloat64(this.at + offset, true)
  }

  private set(offset: number, value: number): void {
    this.memory.view.setFloat64(this.at + offset, value, true)
  }
}

/** The average after so many ticks, each of which takes a `weight`th away; as many at once as take the same. */
function decayed(average: number, weight: number, ticks: number): number {
  let left = average
  for (let rest = ticks; rest > 0;) {
    const loss = Math.floor(left / weight)
    if (loss === 0) return left
    const same = Math.min(rest, Math.floor((left - loss * weight) / loss) + 1)
    left -= same * loss
    rest -= same
  }
  return left
}
