/**
 * -m limit: matches so often in a time, no more; a bucket of credits that fills with the clock.
 * Kernel: net/netfilter/xt_limit.c, limit_mt() (v6.18). iptables: extensions/libxt_limit.c.
 * Differs from the kernel: the clock starts with the first packet that is asked about, not when the rules are loaded;
 * since the bucket is full by then, that shows only after 37 hours (at 250 jiffies a second), when its sum wraps.
 *
 *   state (16 bytes): credit u32 | jiffies of the last packet u32 | 1 once it was used u32 | unused
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import type { OptionReader, Token } from '../option-reader.js'
import { printOption } from '../print-option.js'

interface LimitOptions {
  /** 10,000ths of a second between two matches. */
  readonly interval: number
  readonly burst: number
}

/** Units of `interval` in a second. Kernel: XT_LIMIT_SCALE. */
const SCALE = 10000
const DEFAULT_RATE = 3
const DEFAULT_BURST = 5
const MOST_BURST = 10000
const UNITS: readonly (readonly [string, number])[] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86400],
]
/** As iptables-save prints them, largest first. */
const PRINTED_UNITS: readonly (readonly [string, number])[] = [
  ['day', SCALE * 86400],
  ['hour', SCALE * 3600],
  ['min', SCALE * 60],
  ['sec', SCALE],
]

const STATE = { credit: 0, jiffies: 4, used: 8, bytes: 16 }

export const limitMatch: MatchExtension<LimitOptions> = {
  name: 'limit',
  families: [4, 6],
  options: [
    { name: 'limit', key: 'limit', values: 1 },
    { name: 'limit-burst', key: 'burst', values: 1 },
  ],
  protocol: null,
  scope: 'trace',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const rate = reader.find('limit')
    const burst = reader.find('burst')
    const options = {
      interval: rate === undefined ? (SCALE * 3600) / DEFAULT_RATE : readInterval(reader, rate.values[0]),
      burst: burst === undefined ? DEFAULT_BURST : reader.integer(burst.values[0], 0, MOST_BURST),
    }
    const overflows = credits(u32(options.interval * options.burst), 250) < credits(options.interval, 250)
    if (options.burst === 0 || overflows) {
      reader.problem((burst ?? rate)?.values[0] ?? reader.name, 'the kernel refuses this burst at this rate')
    }
    return options
  },

  print({ interval, burst }) {
    return (
      printOption('limit', printRate(interval)) +
      (burst === DEFAULT_BURST ? '' : printOption('limit-burst', `${burst}`))
    )
  },

  reads: () => [Field.TraceState],
  stateBytes: () => STATE.bytes,

  prepare({ interval, burst }, box, stateAt) {
    const { hz } = box
    const perJiffy = creditsPerJiffy(hz)
    const cost = credits(interval, hz)
    const cap = credits(u32(interval * burst), hz)
    return ({ memory, skb }) => {
      const now = Number(BigInt.asUintN(32, (skb.nowNs * BigInt(hz)) / 1_000_000_000n))
      let credit = cap
      if (memory.u32(stateAt + STATE.used) !== 0) {
        const gained = Math.imul(now - memory.u32(stateAt + STATE.jiffies), perJiffy)
        credit = Math.min(cap, u32(memory.u32(stateAt + STATE.credit) + gained))
      }
      const matches = credit >= cost
      memory.setU32(stateAt + STATE.credit, matches ? credit - cost : credit)
      memory.setU32(stateAt + STATE.jiffies, now)
      memory.setU32(stateAt + STATE.used, 1)
      return matches
    }
  },
}

/** The largest power of two by which a day's jiffies still fit 32 bits. Kernel: CREDITS_PER_JIFFY. */
function creditsPerJiffy(hz: number): number {
  return 2 ** (31 - Math.clz32(Math.floor(0xffffffff / (hz * 86400))))
}

/** Credits for a time in 10,000ths of a second, with the kernel's rounding. Kernel: user2credits(). */
function credits(time: number, hz: number): number {
  const perSecond = hz * creditsPerJiffy(hz)
  if (time > Math.floor(0xffffffff / perSecond)) return u32(Math.floor(time / SCALE) * perSecond)
  return Math.floor((time * perSecond) / SCALE)
}

function u32(value: number): number {
  return (value % 2 ** 32) >>> 0
}

/** `rate`, `rate/unit`, where the beginning of second, minute, hour or day is enough. */
function readInterval(reader: OptionReader, value: Token): number {
  const written = /^\s*\+?(\d+)[^/]*(?:\/(.+))?$/s.exec(value.text)
  const unit = written?.[2]?.toLowerCase() ?? 's'
  const seconds = UNITS.find(([name]) => name.startsWith(unit))?.[1]
  const rate = written === null ? 0 : Number(BigInt.asUintN(32, BigInt(written[1])))
  if (seconds === undefined || rate === 0) {
    reader.problem(value, `"${value.text}" is no rate such as 3/second, 10/minute, 5/hour or 1/day`)
    return SCALE
  }
  const interval = Math.floor((SCALE * seconds) / rate)
  if (interval > 0) return interval
  reader.problem(value, `${value.text} is too fast: ${SCALE * seconds}/${unit} is the most`)
  return SCALE
}

function printRate(interval: number): string {
  let printed = PRINTED_UNITS[0]
  for (const unit of PRINTED_UNITS.slice(1)) {
    const times = Math.floor(unit[1] / interval)
    if (interval > unit[1] || times < unit[1] % interval) break
    printed = unit
  }
  return `${Math.floor(printed[1] / interval)}/${printed[0]}`
}
