/**
 * Chunk types of SCTP as --chunk-types writes them: `any|all|only`, then names, flags behind a colon (`DATA:Be`; small
 * letters must not be set). iptables: extensions/libxt_sctp.c.
 */
import type { OptionReader, Token } from './option-reader.js'
import { printOption } from './print-option.js'

interface FlagTest {
  mask: number
  value: number
}

export interface ChunkTest {
  /** One of the types is there; each; no others are. */
  readonly which: 'any' | 'all' | 'only'
  readonly types: ReadonlySet<number>
  /** Flags that a chunk of a type must have, and must not. */
  readonly flags: ReadonlyMap<number, Readonly<FlagTest>>
  readonly inverted: boolean
}

const WHICH = ['any', 'all', 'only'] as const
const ALL_TYPES = 256
/** Letters of the flags, from bit 7 down. */
const DATA_FLAGS = '----IUBE'
const NO_FLAGS = '--------'
const ABORT_FLAGS = '-------T'
const CHUNKS: readonly (readonly [name: string, type: number, flags: string])[] = [
  ['DATA', 0, DATA_FLAGS],
  ['INIT', 1, NO_FLAGS],
  ['INIT_ACK', 2, NO_FLAGS],
  ['SACK', 3, NO_FLAGS],
  ['HEARTBEAT', 4, NO_FLAGS],
  ['HEARTBEAT_ACK', 5, NO_FLAGS],
  ['ABORT', 6, ABORT_FLAGS],
  ['SHUTDOWN', 7, NO_FLAGS],
  ['SHUTDOWN_ACK', 8, NO_FLAGS],
  ['ERROR', 9, NO_FLAGS],
  ['COOKIE_ECHO', 10, NO_FLAGS],
  ['COOKIE_ACK', 11, NO_FLAGS],
  ['ECN_ECNE', 12, NO_FLAGS],
  ['ECN_CWR', 13, NO_FLAGS],
  ['SHUTDOWN_COMPLETE', 14, ABORT_FLAGS],
  ['I_DATA', 64, NO_FLAGS],
  ['RE_CONFIG', 130, NO_FLAGS],
  ['PAD', 132, NO_FLAGS],
  ['ASCONF', 193, NO_FLAGS],
  ['ASCONF_ACK', 128, NO_FLAGS],
  ['FORWARD_TSN', 192, NO_FLAGS],
  ['I_FORWARD_TSN', 194, NO_FLAGS],
]

export function readChunks(reader: OptionReader, key: string): ChunkTest | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const [first, list] = use.values
  const which = WHICH.find((name) => name === first.text.toLowerCase())
  if (which === undefined) reader.unknownName(first, 'way to match', WHICH)
  const types = new Set<number>()
  const flags = new Map<number, FlagTest>()
  if (/^all$/i.test(list.text)) {
    for (let type = 0; type < ALL_TYPES; type++) types.add(type)
  } else if (!/^none$/i.test(list.text)) {
    for (const text of list.text.split(',').filter((item) => item !== '')) {
      readChunk(reader, { ...list, text }, types, flags)
    }
  }
  return { which: which ?? 'any', types, flags, inverted: use.inverted }
}

export function printChunks(name: string, { which, types, flags, inverted }: ChunkTest): string {
  return printOption(name, `${which} ${printTypes(types, flags)}`, inverted)
}

function printTypes(types: ReadonlySet<number>, flags: ChunkTest['flags']): string {
  if (types.size === 0) return 'NONE'
  if (types.size === ALL_TYPES) return 'ALL'
  return [...types]
    .sort((a, b) => a - b)
    .map((type) => {
      const chunk = CHUNKS.find(([, known]) => known === type)
      const test = flags.get(type)
      if (chunk === undefined || test === undefined) return chunk?.[0] ?? ''
      const letters = [...chunk[2]].map((letter, index) => {
        const bit = 128 >> index
        if ((test.mask & bit) === 0) return ''
        return (test.value & bit) === 0 ? letter.toLowerCase() : letter
      })
      return `${chunk[0]}:${letters.join('')}`
    })
    .join(',')
}

function readChunk(reader: OptionReader, item: Token, types: Set<number>, flags: Map<number, FlagTest>): void {
  const [name, ...letters] = item.text.split(':')
  const chunk = CHUNKS.find(([known]) => known === name.toUpperCase())
  if (chunk === undefined) {
    reader.unknownName(
      { ...item, text: name },
      'chunk type',
      CHUNKS.map(([known]) => known),
    )
    return
  }
  const [, type, known] = chunk
  types.add(type)
  for (const letter of letters.join(':')) {
    const index = known.indexOf(letter.toUpperCase())
    if (index < 0) {
      reader.problem(item, `chunks of type ${name} have no flag "${letter}"`)
      continue
    }
    const bit = 128 >> index
    const test = flags.get(type) ?? { mask: 0, value: 0 }
    test.mask |= bit
    if (letter === letter.toUpperCase()) test.value |= bit
    flags.set(type, test)
  }
}
