/**
 * The options of -j HMARK: which parts of a flow are hashed, how they are read and printed.
 * iptables: extensions/libxt_HMARK.c.
 */
import { listItems, type OptionReader } from './option-reader.js'
import type { OptionSpec } from './option-spec.js'
import { printOption } from './print-option.js'
import { FULL_MASK, lengthOfMask, parseMask } from '../ruleset/address.js'

export interface HmarkOptions {
  /** The connection's addresses and ports, not the packet's. */
  readonly connection: boolean
  /** Null: not hashed. */
  readonly sourceMask: readonly number[] | null
  readonly destinationMask: readonly number[] | null
  /** Numbers that were given, by key, in the order of PRINTED. */
  readonly numbers: ReadonlyMap<string, number>
  readonly protocolMask: number
  readonly seed: number
  readonly modulus: number
  /** Null: not given, which counts as 0. */
  readonly offset: number | null
}

const BITS32 = 0xffffffff
const BITS16 = 0xffff
const PRINTED: readonly (readonly [key: string, most: number, digits: number])[] = [
  ['sport-mask', BITS16, 4],
  ['dport-mask', BITS16, 4],
  ['spi-mask', BITS32, 8],
  ['sport', BITS16, 4],
  ['dport', BITS16, 4],
  ['spi', BITS32, 8],
  ['proto-mask', BITS16, 2],
  ['rnd', BITS32, 8],
]
/** Parts that --hmark-tuple can name, in the order in which they are tried, and the option that each stands for. */
const PARTS: readonly (readonly [part: string, key: string])[] = [
  ['ct', 'ct'],
  ['src', 'src-prefix'],
  ['dst', 'dst-prefix'],
  ['sport', 'sport-mask'],
  ['dport', 'dport-mask'],
  ['proto', 'proto-mask'],
  ['spi', 'spi-mask'],
]

export const HMARK_OPTIONS: readonly OptionSpec[] = [
  'tuple',
  'src-prefix',
  'dst-prefix',
  ...PRINTED.map(([key]) => key),
  'mod',
  'offset',
].map((key) => ({ name: `hmark-${key}`, key, values: 1, required: key === 'mod' }))

export function readHmark(reader: OptionReader): HmarkOptions {
  const named = readTuple(reader)
  const numbers = new Map<string, number>()
  for (const [key, most] of PRINTED) {
    const value = reader.find(key)?.values[0]
    const given = value === undefined ? most : reader.integer(value, 0, most)
    if (named.has(key)) numbers.set(key, most)
    else if (value !== undefined) numbers.set(key, given)
  }
  check(reader, numbers, named)
  const number = (key: string, least: number): number => {
    const value = reader.find(key)?.values[0]
    return value === undefined ? least : reader.integer(value, least, BITS32)
  }
  return {
    connection: named.has('ct'),
    sourceMask: readPrefix(reader, 'src-prefix', named),
    destinationMask: readPrefix(reader, 'dst-prefix', named),
    numbers,
    protocolMask: numbers.get('proto-mask') ?? 0,
    seed: numbers.get('rnd') ?? 0,
    modulus: number('mod', 1),
    offset: reader.find('offset') === undefined ? null : number('offset', 0),
  }
}

export function printHmark(of: HmarkOptions): string {
  const { connection, sourceMask, destinationMask, numbers, modulus, offset } = of
  const printed = PRINTED.filter(([key]) => numbers.has(key)).map(([key, , digits]) => {
    const text = (numbers.get(key) ?? 0).toString(16).padStart(digits, '0')
    return printOption(`hmark-${key}`, `0x${text}`)
  })
  return (
    (sourceMask === null ? '' : printOption('hmark-src-prefix', `${lengthOfMask(sourceMask)}`)) +
    (destinationMask === null ? '' : printOption('hmark-dst-prefix', `${lengthOfMask(destinationMask)}`)) +
    printed.join('') +
    printOption('hmark-mod', `${modulus}`) +
    (offset === null ? '' : printOption('hmark-offset', `${offset}`)) +
    (connection ? printOption('hmark-tuple', 'ct') : '')
  )
}

/** Keys of the options that the parts stand for. The beginning of a name is enough. */
function readTuple(reader: OptionReader): ReadonlySet<string> {
  const keys = new Set<string>()
  const list = reader.find('tuple')?.values[0]
  if (list === undefined) return keys
  for (const item of listItems(list)) {
    const written = item.text.toLowerCase()
    const part = written === '' ? undefined : PARTS.find(([name]) => name.startsWith(written))
    if (part === undefined) {
      reader.unknownName(
        item,
        'part of a flow',
        PARTS.map(([name]) => name),
      )
    } else {
      keys.add(part[1])
      if (isBehind(reader, part[1])) reader.problem(item, `--hmark-${part[1]} is given, too`)
    }
  }
  return keys
}

/** What stands in front of --hmark-tuple is overwritten by it, what stands behind it is refused. */
function isBehind({ uses }: OptionReader, key: string): boolean {
  const tuple = uses.findIndex(({ spec }) => spec.key === 'tuple')
  return uses.slice(tuple).some(({ spec }) => spec.key === key)
}

function check(reader: OptionReader, numbers: ReadonlyMap<string, number>, named: ReadonlySet<string>): void {
  const { name } = reader
  if (!numbers.has('rnd')) reader.problem(name, '--hmark-rnd is missing')
  if (numbers.has('spi-mask') && (numbers.has('sport-mask') || numbers.has('dport-mask'))) {
    reader.problem(name, '--hmark-spi-mask cannot stand beside masks of ports')
  }
  if (numbers.has('spi') && (numbers.has('sport') || numbers.has('dport'))) {
    reader.problem(name, '--hmark-spi cannot stand beside ports')
  }
  const parts = [...numbers.keys()].some((key) => key !== 'rnd')
  const prefixes = reader.find('src-prefix') !== undefined || reader.find('dst-prefix') !== undefined
  if (!parts && !prefixes && named.size === 0)
    reader.problem(name, 'nothing is said to be hashed: --hmark-tuple says it')
}

function readPrefix(reader: OptionReader, key: string, named: ReadonlySet<string>): readonly number[] | null {
  const value = reader.find(key)?.values[0]
  if (value === undefined) return named.has(key) ? FULL_MASK[reader.family] : null
  const mask = parseMask(value.text, reader.family)
  if (mask === null) reader.problem(value, `"${value.text}" is no prefix length or mask`)
  return mask === null || named.has(key) ? FULL_MASK[reader.family] : mask
}
