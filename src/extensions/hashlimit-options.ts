/**
 * The options of -m hashlimit: how they are read and printed. iptables: extensions/libxt_hashlimit.c, revision 3.
 */
import { bytesToCredits, timeToCredits } from './hashlimit-rate.js'
import { listItems, type OptionReader, type OptionUse, type Token } from './option-reader.js'
import type { OptionSpec } from './option-spec.js'
import { cutToBytes, printOption } from './print-option.js'
import { lengthOfMask, parseMask } from '../ruleset/address.js'
import { readDecimal } from '../ruleset/number-text.js'
import type { Family } from '../ruleset/ruleset.js'

export type HashlimitKey = 'srcip' | 'srcport' | 'dstip' | 'dstport'

export interface HashlimitOptions {
  readonly above: boolean
  /** A rate of bytes, not of packets. */
  readonly bytes: boolean
  /** Millionths of a second from packet to packet; of a rate of bytes, 2^32 divided by its units of 16 bytes. */
  readonly average: bigint
  /** Packets; of a rate of bytes, how many seconds' worth. */
  readonly burst: bigint
  readonly mode: readonly HashlimitKey[]
  readonly name: string
  readonly size: number
  readonly most: number
  readonly collectMs: number
  readonly expireMs: number
  readonly sourceMask: number
  readonly destinationMask: number
  /** Seconds over which --hashlimit-rate-match counts; 0 without it. */
  readonly rateInterval: number
}

const SCALE = 1_000_000n
const MOST_32 = 2n ** 32n - 1n
const MOST_64 = 2n ** 64n - 1n
const MOST_BURST = 1_000_000n
const USUAL_BURST = 5n
const USUAL_COLLECT_MS = 1000
/** Of a file's name in /proc. */
const LONGEST_NAME = 254
/** Kernel: HASHLIMIT_MAX_SIZE. */
const MOST_ENTRIES = 1_048_576
const EXPIRE_SECONDS = { bytes: 15, bytesWithBurst: 60 }
/** The kernel's most common rate of ticks, for what it refuses. */
const HZ = 250
const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }
const KEYS: readonly HashlimitKey[] = ['srcip', 'srcport', 'dstip', 'dstport']
const UNITS: readonly (readonly [string, bigint])[] = [
  ['second', 1n],
  ['minute', 60n],
  ['hour', 3600n],
  ['day', 86400n],
]
/** As iptables-save prints them, largest first: name, millionths of a second. */
const PRINTED_UNITS: readonly (readonly [string, bigint])[] = [
  ['day', 86400n * SCALE],
  ['hour', 3600n * SCALE],
  ['min', 60n * SCALE],
  ['sec', SCALE],
]
const BYTE_UNITS: readonly (readonly [string, bigint])[] = [
  ['m', 1024n * 1024n],
  ['k', 1024n],
  ['', 1n],
]

export const hashlimitOptions: readonly OptionSpec[] = [
  { name: 'hashlimit-upto', key: 'upto', values: 1, invertible: true, excludes: ['above'] },
  { name: 'hashlimit-above', key: 'above', values: 1, invertible: true, excludes: ['upto'] },
  { name: 'hashlimit', key: 'upto', values: 1, invertible: true, excludes: ['above'] },
  { name: 'hashlimit-srcmask', key: 'srcmask', values: 1 },
  { name: 'hashlimit-dstmask', key: 'dstmask', values: 1 },
  { name: 'hashlimit-burst', key: 'burst', values: 1 },
  { name: 'hashlimit-htable-size', key: 'size', values: 1 },
  { name: 'hashlimit-htable-max', key: 'most', values: 1 },
  { name: 'hashlimit-htable-gcinterval', key: 'collect', values: 1 },
  { name: 'hashlimit-htable-expire', key: 'expire', values: 1 },
  { name: 'hashlimit-mode', key: 'mode', values: 1 },
  { name: 'hashlimit-name', key: 'name', values: 1, required: true },
  { name: 'hashlimit-rate-match', key: 'rate-match', values: 0 },
  { name: 'hashlimit-rate-interval', key: 'rate-interval', values: 1 },
]

interface Rate {
  readonly bytes: boolean
  readonly average: bigint
  readonly unitSeconds: bigint
}

export function readHashlimit(this: void, reader: OptionReader): HashlimitOptions {
  const use = reader.find('upto') ?? reader.find('above')
  if (use === undefined) reader.problem(reader.name, 'one of --hashlimit-upto and --hashlimit-above is needed')
  const rate = use === undefined ? PLAIN_RATE : (readByteRate(use.values[0]) ?? readRate(reader, use.values[0]))
  const { bytes, unitSeconds } = rate
  const interval = readInterval(reader, rate)
  const average = interval !== 0 && !bytes ? rate.average / unitSeconds : rate.average
  const burstUse = reader.find('burst')
  const burst = readBurst(reader, burstUse, rate)
  checkRate(reader, use, { bytes, average, burst, interval })
  const expireSeconds = !bytes
    ? Number(unitSeconds)
    : burstUse === undefined
      ? EXPIRE_SECONDS.bytes
      : EXPIRE_SECONDS.bytesWithBurst
  return {
    above: (use?.spec.key === 'above') !== (use?.inverted ?? false),
    bytes,
    average,
    burst,
    mode: readMode(reader, reader.find('mode')),
    name: readName(reader, reader.find('name')),
    size: Math.min(numberOf(reader, 'size', 0, 0), MOST_ENTRIES),
    most: Math.min(numberOf(reader, 'most', 0, 0), MOST_ENTRIES),
    collectMs: numberOf(reader, 'collect', USUAL_COLLECT_MS, 1),
    expireMs: numberOf(reader, 'expire', expireSeconds * 1000, 1),
    sourceMask: maskLengthOf(reader, 'srcmask'),
    destinationMask: maskLengthOf(reader, 'dstmask'),
    rateInterval: interval,
  }
}

const PLAIN_RATE: Rate = { bytes: false, average: SCALE, unitSeconds: 1n }

export function printHashlimit(this: void, of: HashlimitOptions, family: Family): string {
  const option = of.above ? 'hashlimit-above' : 'hashlimit-upto'
  const [rate, expireMs] = of.bytes ? printedByteRate(of) : printedRate(of.average)
  const burst = of.bytes
    ? of.burst === 0n
      ? ''
      : printOption('hashlimit-burst', printBurst(bytesOf(of.average) * of.burst))
    : printOption('hashlimit-burst', `${of.burst}`)
  const bits = BITS[family]
  return (
    printOption(option, rate) +
    burst +
    (of.mode.length === 0 ? '' : printOption('hashlimit-mode', of.mode.join(','))) +
    printOption('hashlimit-name', of.name) +
    unless(of.size, 0, 'hashlimit-htable-size') +
    unless(of.most, 0, 'hashlimit-htable-max') +
    unless(of.collectMs, USUAL_COLLECT_MS, 'hashlimit-htable-gcinterval') +
    unless(of.expireMs, expireMs, 'hashlimit-htable-expire') +
    unless(of.sourceMask, bits, 'hashlimit-srcmask') +
    unless(of.destinationMask, bits, 'hashlimit-dstmask') +
    (of.rateInterval === 0 ? '' : ' --hashlimit-rate-match' + unless(of.rateInterval, 1, 'hashlimit-rate-interval'))
  )
}

function unless(value: number, usual: number, name: string): string {
  return value === usual ? '' : printOption(name, `${value}`)
}

function numberOf(reader: OptionReader, key: string, usual: number, min: number, max = 0xffffffff): number {
  const use = reader.find(key)
  return use === undefined ? usual : reader.integer(use.values[0], min, max)
}

function maskLengthOf(reader: OptionReader, key: string): number {
  const value = reader.find(key)?.values[0]
  if (value === undefined) return BITS[reader.family]
  const mask = parseMask(value.text, reader.family)
  const length = mask === null ? -1 : lengthOfMask(mask)
  if (length < 0) reader.problem(value, `"${value.text}" is no prefix length or mask`)
  return length
}

/** Null for what is no rate of bytes. iptables: parse_bytes(). */
function readByteRate({ text }: Token): Rate | null {
  const written = /^\s*\+?(\d+).*?b\/s/s.exec(text)
  if (written === null) return null
  const bytes = BigInt(written[1]) * factorOf(text[text.indexOf('b/s') - 1])
  return bytes === 0n ? null : { bytes: true, average: averageOf(bytes), unitSeconds: 15n }
}

/** iptables: bytes_to_cost(). */
function averageOf(bytes: bigint): bigint {
  return MOST_32 / ((bytes >> 4n) + 1n)
}

function factorOf(letter: string): bigint {
  return BYTE_UNITS.find(([unit]) => unit === letter)?.[1] ?? 1n
}

/** iptables: parse_rate(). */
function readRate(reader: OptionReader, value: Token): Rate {
  const written = /^\s*\+?(\d+)[^/]*(?:\/(.+))?$/s.exec(value.text)
  const unit = written?.[2]?.toLowerCase() ?? 's'
  const unitSeconds = UNITS.find(([name]) => name.startsWith(unit))?.[1]
  const rate = written === null ? 0n : BigInt(written[1])
  if (unitSeconds === undefined || rate === 0n) {
    reader.problem(value, `"${value.text}" is no rate such as 3/second, 10/minute, 5/hour, 1/day or 512kb/s`)
    return PLAIN_RATE
  }
  const average = (SCALE * unitSeconds) / rate
  if (average > 0n) return { bytes: false, average, unitSeconds }
  reader.problem(value, `${value.text} is too fast: ${SCALE * unitSeconds}/${unit} is the most`)
  return PLAIN_RATE
}

/** 0 without --hashlimit-rate-match. */
function readInterval(reader: OptionReader, { bytes, unitSeconds }: Rate): number {
  const value = reader.find('rate-interval')?.values[0]
  const interval = value === undefined ? (bytes ? 1 : Number(unitSeconds)) : (readDecimal(value.text)?.value ?? 0) | 0
  if (value !== undefined && interval < 1) reader.problem(value, `"${value.text}" is no number of seconds`)
  return reader.find('rate-match') === undefined ? 0 : interval
}

function readBurst(reader: OptionReader, use: OptionUse | undefined, { bytes, average }: Rate): bigint {
  if (use === undefined) return bytes ? 0n : USUAL_BURST
  const [value] = use.values
  const written = /^\s*\+?(0x[\da-f]+|0[0-7]*|[1-9]\d*)(.*)$/is.exec(value.text)
  const number = written === null ? 0n : BigInt(written[1].replace(/^0(?=[0-7])/, '0o'))
  const most = written?.[2] === '' ? MOST_BURST : MOST_64
  if (written === null || number < 1n || number > most) {
    reader.problem(value, `"${value.text}" is no burst from 1 to ${MOST_BURST}, or of bytes such as 1mb`)
    return USUAL_BURST
  }
  const burst = number * factorOf(written[2][0] ?? '')
  if (!bytes) {
    if (burst > MOST_BURST) reader.problem(value, `${value.text} is too large: ${MOST_BURST} is the most`)
    return burst
  }
  const second = bytesOf(average)
  if (burst < second) reader.problem(value, `the burst cannot be smaller than ${second}b, what a second may carry`)
  if (second === 0n) return 0n
  return (burst + second - 1n) / second
}

interface CheckedRate {
  readonly bytes: boolean
  readonly average: bigint
  readonly burst: bigint
  readonly interval: number
}

/** Kernel: hashlimit_mt_check_common(). */
function checkRate(reader: OptionReader, use: OptionUse | undefined, rate: CheckedRate): void {
  const { bytes, average, burst, interval } = rate
  const refused =
    interval !== 0
      ? average === 0n || average > MOST_32
      : bytes
        ? bytesToCredits(average, HZ) === 0n
        : timeToCredits((average * burst) & MOST_64, HZ) < timeToCredits(average, HZ)
  if (refused) reader.problem(use?.values[0] ?? reader.name, 'the kernel refuses this burst at this rate')
}

function readMode(reader: OptionReader, use: OptionUse | undefined): readonly HashlimitKey[] {
  if (use === undefined) return []
  const named = new Set<string>()
  for (const item of listItems(use.values[0])) {
    if (item.text === '') continue
    if (KEYS.some((key) => key === item.text)) named.add(item.text)
    else reader.unknownName(item, 'key', KEYS)
  }
  return KEYS.filter((key) => named.has(key))
}

function readName(reader: OptionReader, use: OptionUse | undefined): string {
  if (use === undefined) return ''
  const [value] = use.values
  const bad = value.text === '' || value.text === '.' || value.text === '..' || value.text.includes('/')
  if (bad) reader.problem(value, `"${value.text}" cannot be the name of a table`)
  return cutToBytes(value.text, LONGEST_NAME)
}

/** The rate, and the milliseconds after which iptables lets entries die at it. */
function printedRate(average: bigint): readonly [string, number] {
  let printed = PRINTED_UNITS[0]
  for (const unit of PRINTED_UNITS.slice(1)) {
    if (average > unit[1] || unit[1] / average < unit[1] % average) break
    printed = unit
  }
  return [`${printed[1] / average}/${printed[0]}`, Number(printed[1] / SCALE) * 1000]
}

function printedByteRate({ average, burst }: HashlimitOptions): readonly [string, number] {
  const seconds = burst === 0n ? EXPIRE_SECONDS.bytes : EXPIRE_SECONDS.bytesWithBurst
  return [`${printByteRate(average)}/s`, seconds * 1000]
}

/** Bytes a second, as many as are left of what was written. iptables: cost_to_bytes(). */
function bytesOf(average: bigint): bigint {
  return ((average === 0n ? MOST_32 : MOST_32 / average) - 1n) << 4n
}

/** In the largest unit of which a whole number is the same rate. iptables: print_bytes(). */
function printByteRate(average: bigint): string {
  const bytes = bytesOf(average)
  const [unit, size] =
    BYTE_UNITS.find(([, each]) => bytes >= each && averageOf((bytes - (bytes % each)) & MOST_32) === average) ??
    BYTE_UNITS[2]
  return `${bytes / size}${unit}b`
}

/** In the largest unit that fits, cut to whole ones, as iptables prints it. */
function printBurst(bytes: bigint): string {
  const [unit, size] = BYTE_UNITS.find(([, each]) => bytes >= each) ?? BYTE_UNITS[2]
  return `${bytes / size}${unit}b`
}
