/**
 * -j RATEEST: measures the rate of the packets that it sees, for -m rateest to ask. Rules with one name, of both
 * families, measure together.
 * Kernel: net/netfilter/xt_RATEEST.c (v6.18). iptables: extensions/libxt_RATEEST.c.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { jiffiesAt } from '../jiffies.js'
import { estimatorOf } from '../matches/rateest.js'
import type { OptionReader } from '../option-reader.js'
import { cutToBytes, printOption } from '../print-option.js'
import { type EstimatorOptions, RateEstimator } from '../rate-estimator.js'
import { readReal, truncatedTo32 } from '../real-number.js'

/** Kernel: IFNAMSIZ - 1. */
const LONGEST_NAME = 15
const QUARTER_US = 250_000
const MOST_INTERVAL = 5
const MOST_EWMA_LOG = 30
const SECOND_US = 1_000_000
const UNITS: Readonly<Record<string, number>> = { s: SECOND_US, sec: SECOND_US, ms: 1000, msec: 1000, us: 1, usec: 1 }

export const rateestTarget: TargetExtension<EstimatorOptions> = {
  ...PLAIN_TARGET,
  name: 'RATEEST',
  families: [4, 6],
  options: [
    { name: 'rateest-name', key: 'name', values: 1, required: true },
    { name: 'rateest-interval', key: 'interval', values: 1, required: true },
    { name: 'rateest-ewmalog', key: 'ewmalog', values: 1, required: true },
  ],

  parse(reader) {
    const name = cutToBytes(reader.find('name')?.values[0].text ?? '', LONGEST_NAME)
    const intervalUs = readTime(reader, 'interval')
    const smoothingUs = readTime(reader, 'ewmalog')
    const interval = [0, 1, 2, 3, 4, 5].find((power) => intervalUs <= 2 ** power * QUARTER_US)
    if (interval === undefined) reader.problem(reader.name, `--rateest-interval is above ${2 ** (MOST_INTERVAL - 2)}s`)
    let ewmaLog = 0
    while (ewmaLog < MOST_EWMA_LOG + 1 && intervalUs / -Math.log(1 - 2 ** -(ewmaLog + 1)) <= smoothingUs) ewmaLog++
    if (ewmaLog === 0 || ewmaLog > MOST_EWMA_LOG) {
      reader.problem(reader.name, '--rateest-ewmalog is too small or too large for the interval')
    }
    return { name, interval: interval ?? 0, ewmaLog }
  },

  print({ name, interval, ewmaLog }) {
    const intervalUs = 2 ** interval * QUARTER_US
    return (
      printOption('rateest-name', name) +
      printOption('rateest-interval', printTime(intervalUs)) +
      printOption('rateest-ewmalog', printTime((intervalUs * 2 ** ewmaLog) % 2 ** 32))
    )
  },

  scope: 'trace',
  reads: () => [Field.TraceState, Field.Length],
  stateBytes: () => RateEstimator.bytes,
  stateName: () => 'rateest',
  stateAddsUp: true,

  prepare({ name }, box, stateAt, sharers) {
    let estimator: RateEstimator | null = null
    return (packet) => {
      estimator ??= estimatorOf(name, sharers, packet, stateAt, box.hz)
      estimator.count(packet.length, jiffiesAt(packet, box.hz))
      return TargetVerdict.Continue
    }
  },
}

/** In microseconds. */
function readTime(reader: OptionReader, key: string): number {
  const value = reader.find(key)?.values[0]
  if (value === undefined) return 0
  const real = readReal(value.text)
  const unit = (real?.rest ?? '').toLowerCase().replace(/(?<=sec)s$/, '')
  if (real === null || (unit !== '' && !Object.hasOwn(UNITS, unit))) {
    reader.problem(value, `"${value.text}" is no time such as 250ms or 2s`)
    return 0
  }
  return truncatedTo32(real.value * (unit === '' ? 1 : UNITS[unit]))
}

function printTime(us: number): string {
  if (us >= SECOND_US) return `${(us / SECOND_US).toFixed(1)}s`
  return us >= 1000 ? `${(us / 1000).toFixed(1)}ms` : `${us}us`
}
