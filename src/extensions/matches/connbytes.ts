/**
 * -m connbytes: packets or bytes that the connection has carried, or how long its packets are on average.
 * Kernel: net/netfilter/xt_connbytes.c, connbytes_mt() (v6.18). iptables: extensions/libxt_connbytes.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { listItems, type OptionReader, type Token } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { readU64 } from '../u64.js'
import type { EntryView } from '../../memory/entry.js'

type Mode = 'packets' | 'bytes' | 'avgpkt'
type Direction = 'original' | 'reply' | 'both'

interface ConnbytesOptions {
  /** Inverted when `from` is the larger one, as the kernel has it: a range of one value cannot be inverted. */
  readonly from: bigint
  readonly to: bigint
  readonly mode: Mode
  readonly direction: Direction
}

const MOST = 2n ** 64n - 1n
const MODES: readonly Mode[] = ['packets', 'bytes', 'avgpkt']
const DIRECTIONS: readonly Direction[] = ['original', 'reply', 'both']

export const connbytesMatch: MatchExtension<ConnbytesOptions> = {
  name: 'connbytes',
  families: [4, 6],
  options: [
    { name: 'connbytes', key: 'range', values: 1, invertible: true, required: true },
    { name: 'connbytes-dir', key: 'direction', values: 1, required: true },
    { name: 'connbytes-mode', key: 'mode', values: 1, required: true },
  ],
  protocol: null,
  scope: 'connection',
  tracks: true,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('range')
    const [from, to] = use === undefined ? [0n, MOST] : readRange(reader, use.values[0])
    return {
      ...(use?.inverted === true ? { from: to, to: from } : { from, to }),
      mode: oneOf(reader, 'mode', MODES),
      direction: oneOf(reader, 'direction', DIRECTIONS),
    }
  },

  print({ from, to, mode, direction }) {
    const inverted = from > to
    const [low, high] = inverted ? [to, from] : [from, to]
    const range = high !== 0n && high < MOST ? `${low}:${high}` : `${low}`
    return (
      printOption('connbytes', range, inverted) +
      printOption('connbytes-mode', mode) +
      printOption('connbytes-dir', direction)
    )
  },

  reads: () => [Field.CtCounters],
  stateBytes: () => 0,

  prepare({ from, to, mode, direction }) {
    return (packet) => {
      const entry = packet.connection()
      if (entry === null) return false
      const value = measured(entry, mode, direction)
      return to >= from ? value >= from && value <= to : value < to || value > from
    }
  },
}

/** `from`, `from:`, `:to`, `from:to`. */
function readRange(reader: OptionReader, value: Token): readonly [bigint, bigint] {
  const ends = listItems(value, ':')
  if (ends.length > 2) reader.problem(value, `"${value.text}" has more than two ends`)
  const from = ends[0].text === '' ? 0n : readU64(reader, ends[0])
  const to = ends.length === 1 || ends[1].text === '' ? MOST : readU64(reader, ends[1])
  if (from > to) reader.problem(value, `the range ${value.text} ends before it begins`)
  return [from, to]
}

function oneOf<Name extends string>(reader: OptionReader, key: string, names: readonly Name[]): Name {
  const value = reader.find(key)?.values[0]
  const known = names.find((name) => name === value?.text)
  if (value !== undefined && known === undefined) reader.unknownName(value, key, names)
  return known ?? names[0]
}

function measured(entry: EntryView, mode: Mode, direction: Direction): bigint {
  const original = direction === 'reply' ? 0n : 1n
  const reply = direction === 'original' ? 0n : 1n
  const packets = original * entry.packets0 + reply * entry.packets1
  if (mode === 'packets') return packets
  const bytes = original * entry.bytes0 + reply * entry.bytes1
  if (mode === 'bytes') return bytes
  return packets === 0n ? 0n : bytes / packets
}
