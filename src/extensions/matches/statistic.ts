/**
 * -m statistic: matches at random with a probability, or every nth packet that it is asked about.
 * Kernel: net/netfilter/xt_statistic.c, statistic_mt() (v6.18). iptables: extensions/libxt_statistic.c.
 * Differs from the kernel: what is random there follows from --seed, the packet's number and the rule here.
 *
 *   state (16 bytes): packets counted u32 | 1 once it was used u32 | unused; of mode random, its address alone counts
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import type { Packet } from '../../memory/packet.js'
import { REPLAY_AT, REPLAY_OFFSET } from '../../memory/replay.js'

type StatisticOptions =
  /** Out of 2^31. */
  | { readonly mode: 'random'; readonly probability: number; readonly inverted: boolean }
  | { readonly mode: 'nth'; readonly every: number; readonly packet: number; readonly inverted: boolean }

const STATE = { count: 0, used: 4, bytes: 16 }
const CERTAIN = 2 ** 31
const MOST_EVERY = 0xffffffff

export const statisticMatch: MatchExtension<StatisticOptions> = {
  name: 'statistic',
  families: [4, 6],
  options: [
    { name: 'mode', key: 'mode', values: 1, required: true },
    { name: 'probability', key: 'probability', values: 1, invertible: true, excludes: ['every', 'packet'] },
    { name: 'every', key: 'every', values: 1, invertible: true, excludes: ['probability'] },
    { name: 'packet', key: 'packet', values: 1, excludes: ['probability'] },
  ],
  protocol: null,
  scope: 'trace',
  scopeOf: ({ mode }) => (mode === 'nth' ? 'trace' : 'packet'),
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const mode = reader.find('mode')?.values[0]
    if (mode?.text === 'random') return readRandom(reader)
    if (mode?.text === 'nth') return readNth(reader)
    if (mode !== undefined) reader.unknownName(mode, 'mode', ['random', 'nth'])
    return { mode: 'random', probability: 0, inverted: false }
  },

  print(options) {
    const { mode, inverted } = options
    const start = printOption('mode', mode)
    if (mode === 'random') {
      return start + printOption('probability', (options.probability / CERTAIN).toFixed(11), inverted)
    }
    return start + printOption('every', `${options.every}`, inverted) + printOption('packet', `${options.packet}`)
  },

  reads: () => [Field.TraceState],
  stateBytes: () => STATE.bytes,

  prepare(options, _box, stateAt) {
    if (options.mode === 'random') return preparedRandom(options.probability, options.inverted, stateAt)
    const last = options.every - 1
    const { packet: first, inverted } = options
    return ({ memory }) => {
      const count = memory.u32(stateAt + STATE.used) === 0 ? last - first : memory.u32(stateAt + STATE.count)
      const next = count === last ? 0 : count + 1
      memory.setU32(stateAt + STATE.count, next)
      memory.setU32(stateAt + STATE.used, 1)
      return (next === 0) !== inverted
    }
  },
}

function readRandom(reader: OptionReader): StatisticOptions {
  const use = reader.find('probability')
  if (use === undefined) {
    reader.problem(reader.name, '--probability must be given in mode random')
    return { mode: 'random', probability: 0, inverted: false }
  }
  const [value] = use.values
  const share = /^\s*\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^0x[\da-f]+$/i.test(value.text) ? Number(value.text) : -1
  if (share < 0 || share > 1) reader.problem(value, `"${value.text}" is no probability from 0 to 1`)
  return { mode: 'random', probability: Math.round(share * CERTAIN), inverted: use.inverted }
}

function readNth(reader: OptionReader): StatisticOptions {
  const every = reader.find('every')
  const packet = reader.find('packet')
  if (every === undefined || packet === undefined) {
    reader.problem(reader.name, '--every and --packet must be given in mode nth')
    return { mode: 'nth', every: 1, packet: 0, inverted: false }
  }
  const options = {
    mode: 'nth',
    every: reader.integer(every.values[0], 1, MOST_EVERY),
    packet: reader.integer(packet.values[0], 0, MOST_EVERY),
    inverted: every.inverted,
  } as const
  if (options.packet >= options.every) reader.problem(packet.values[0], '--packet must be less than --every')
  return options
}

function preparedRandom(probability: number, inverted: boolean, rule: number): (packet: Packet) => boolean {
  let number = -1n
  let draws = 0
  return ({ memory, skb }) => {
    // A packet that comes by again draws again.
    draws = skb.number === number ? draws + 1 : 0
    number = skb.number
    const seed = memory.u32(REPLAY_AT + REPLAY_OFFSET.seed)
    const low = Number(BigInt.asUintN(32, number))
    const high = Number(number >> 32n)
    const drawn = [rule, low, high, draws].reduce(mix, mix(0x9e3779b9, seed))
    const matches = drawn >>> 1 < probability
    return matches !== inverted
  }
}

/** Every bit of `value` changes about half of the bits of the hash. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x27d4eb2f)
  return mixed ^ (mixed >>> 16)
}
