/**
 * -m rateest: compares a rate that a -j RATEEST measures with a number, or with that of another.
 * Kernel: net/netfilter/xt_rateest.c, xt_rateest_mt() (v6.18). iptables: extensions/libxt_rateest.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { jiffiesAt } from '../jiffies.js'
import { type OptionReader, type Token } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { cutToBytes, printOption } from '../print-option.js'
import { type EstimatorOptions, RateEstimator, type Rates } from '../rate-estimator.js'
import { readReal, truncatedTo32 } from '../real-number.js'
import type { Packet } from '../../memory/packet.js'

type Mode = 'lt' | 'gt' | 'eq'

export interface RateestMatchOptions {
  readonly name1: string
  /** Null: compared with numbers. */
  readonly name2: string | null
  /** The rates count by how much they are below the numbers. */
  readonly delta: boolean
  readonly bytes: boolean
  readonly packets: boolean
  readonly mode: Mode
  readonly inverted: boolean
  readonly rates1: Rates
  readonly rates2: Rates
}

/** Kernel: IFNAMSIZ - 1. */
const LONGEST_NAME = 15
const MOST = 0xffffffff
const MODES: readonly Mode[] = ['lt', 'gt', 'eq']
/** In bits; upper and lower case are the same. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  bit: 1,
  kibit: 2 ** 10,
  kbit: 1e3,
  mibit: 2 ** 20,
  mbit: 1e6,
  gibit: 2 ** 30,
  gbit: 1e9,
  tibit: 2 ** 40,
  tbit: 1e12,
  bps: 8,
  kibps: 8 * 2 ** 10,
  kbps: 8e3,
  mibps: 8 * 2 ** 20,
  mbps: 8e6,
  gibps: 8 * 2 ** 30,
  gbps: 8e9,
  tibps: 8 * 2 ** 40,
  tbps: 8e12,
}

const options: readonly OptionSpec[] = [
  { name: 'rateest1', key: 'name1', values: 1 },
  { name: 'rateest', key: 'name1', values: 1 },
  { name: 'rateest2', key: 'name2', values: 1 },
  { name: 'rateest-bps1', key: 'bytes1', values: 'optional' },
  { name: 'rateest-pps1', key: 'packets1', values: 'optional' },
  { name: 'rateest-bps2', key: 'bytes2', values: 'optional' },
  { name: 'rateest-pps2', key: 'packets2', values: 'optional' },
  { name: 'rateest-bps', key: 'bytes2', values: 'optional' },
  { name: 'rateest-pps', key: 'packets2', values: 'optional' },
  { name: 'rateest-delta', key: 'delta', values: 0 },
  ...MODES.map((mode): OptionSpec => ({ name: `rateest-${mode}`, key: mode, values: 0, invertible: true })),
]

export const rateestMatch: MatchExtension<RateestMatchOptions> = {
  ...PLAIN_MATCH,
  name: 'rateest',
  families: [4, 6],
  options,
  scope: 'trace',

  parse(reader) {
    const modes = reader.uses.filter(({ spec }) => MODES.includes(spec.key as Mode))
    const has = (key: string): boolean => reader.find(`${key}1`) !== undefined || reader.find(`${key}2`) !== undefined
    if (modes.length === 0) reader.problem(reader.name, 'one of --rateest-lt, --rateest-gt and --rateest-eq is needed')
    if (!has('bytes') && !has('packets')) reader.problem(reader.name, '--rateest-bps or --rateest-pps is needed')
    return {
      name1: readName(reader, 'name1') ?? '',
      name2: readName(reader, 'name2'),
      delta: reader.find('delta') !== undefined,
      bytes: has('bytes'),
      packets: has('packets'),
      mode: (modes.at(-1)?.spec.key ?? 'eq') as Mode,
      inverted: modes.some(({ inverted }) => inverted),
      rates1: readRates(reader, '1'),
      rates2: readRates(reader, '2'),
    }
  },

  print(of) {
    const { name1, name2, delta, bytes, packets, rates1, rates2 } = of
    const numbers = (unit: 'bps' | 'pps', first: string, second: string): string => {
      const mode = `${of.inverted ? ' !' : ''} --rateest-${of.mode}`
      if (delta) return printOption(`rateest-${unit}1`, first) + mode + printOption(`rateest-${unit}2`, second)
      return mode + (name2 === null ? printOption(`rateest-${unit}`, second) : ` --rateest-${unit}`)
    }
    return (
      (delta ? ' --rateest-delta' : '') +
      printOption(name2 === null ? 'rateest' : 'rateest1', name1) +
      (bytes ? numbers('bps', printBytes(rates1.bytes), printBytes(rates2.bytes)) : '') +
      (packets ? numbers('pps', `${rates1.packets}`, `${rates2.packets}`) : '') +
      (name2 === null ? '' : printOption('rateest2', name2))
    )
  },

  reads: () => [Field.TraceState],
  stateBytes: () => RateEstimator.bytes,
  stateName: () => 'rateest',
  stateAddsUp: true,

  prepare(of, box, stateAt, sharers) {
    let estimators: readonly RateEstimator[] | null = null
    return (packet) => {
      estimators ??= [of.name1, ...(of.name2 === null ? [] : [of.name2])].map((name) =>
        estimatorOf(name, sharers, packet, stateAt, box.hz),
      )
      return compare(of, estimators, jiffiesAt(packet, box.hz)) !== of.inverted
    }
  },
}

/** The estimator of a name; `sharers` are the options of all rules with RATEEST and rateest. */
export function estimatorOf(
  name: string,
  sharers: readonly unknown[],
  { memory }: Packet,
  stateAt: number,
  hz: number,
): RateEstimator {
  const index = sharers.findIndex((each) => isEstimator(each) && each.name === name)
  return new RateEstimator(memory, stateAt + index * RateEstimator.bytes, sharers[index] as EstimatorOptions, hz)
}

function isEstimator(options: unknown): options is EstimatorOptions {
  return 'ewmaLog' in (options as object)
}

function compare(
  { mode, delta, bytes, packets, rates1, rates2 }: RateestMatchOptions,
  [first, second]: readonly (RateEstimator | undefined)[],
  now: number,
): boolean {
  const left = counted(first, rates1, delta, now)
  const right = second === undefined ? rates2 : counted(second, rates2, delta, now)
  return (!bytes || holds(left.bytes, mode, right.bytes)) && (!packets || holds(left.packets, mode, right.packets))
}

function counted(estimator: RateEstimator | undefined, from: Rates, delta: boolean, now: number): Rates {
  const rates = estimator?.rates(now) ?? from
  if (!delta) return rates
  return { bytes: Math.max(0, from.bytes - rates.bytes), packets: Math.max(0, from.packets - rates.packets) }
}

function holds(left: number, mode: Mode, right: number): boolean {
  if (mode === 'eq') return left === right
  return mode === 'lt' ? left < right : left > right
}

function readName(reader: OptionReader, key: string): string | null {
  const value = reader.find(key)?.values[0]
  return value === undefined ? null : cutToBytes(value.text, LONGEST_NAME)
}

/** 0 where there is no number. */
function readRates(reader: OptionReader, side: '1' | '2'): Rates {
  const bytes = reader.find(`bytes${side}`)?.values.at(0)
  const packets = reader.find(`packets${side}`)?.values.at(0)
  return {
    bytes: bytes === undefined ? 0 : readBytes(reader, bytes),
    packets: packets === undefined ? 0 : reader.integer(packets, 0, MOST),
  }
}

/** Bytes a second; what is written is bits where no unit says otherwise. */
function readBytes(reader: OptionReader, value: Token): number {
  const real = readReal(value.text)
  const unit = real?.rest.toLowerCase() ?? 'x'
  if (real !== null && Object.hasOwn(UNITS, unit)) return truncatedTo32((real.value * UNITS[unit]) / 8)
  reader.problem(value, `"${value.text}" is no rate such as 800bit, 64kbit or 1MBps`)
  return 0
}

function printBytes(bytes: number): string {
  const bits = bytes * 8
  if (bits >= 1e9) return `${roundedToEven(bits / 1e6)}Mbit`
  return bits >= 1e6 ? `${roundedToEven(bits / 1e3)}Kbit` : `${bits}bit`
}

/** As printf(3) rounds: what ends in a half, to the even number. */
function roundedToEven(value: number): number {
  const down = Math.floor(value)
  if (value - down !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}
