/**
 * Random SCTP associations: whole ones and parts of them, in and out of order, with wrong tags, chunks that do not go
 * together, both ends opening at once, restarts and heartbeats of second paths.
 */
import { type Chunk, init, sctp, type SctpChunkName } from '../sctp-packets.js'
import type { Random } from './random.js'

/** Chunks that a script is made of; the tag that each packet has follows from them. */
type Step = readonly [from: 0 | 1, ...chunks: SctpChunkName[]]

const HANDSHAKE: readonly Step[] = [
  [0, 'INIT'],
  [1, 'INIT_ACK'],
  [0, 'COOKIE_ECHO'],
  [1, 'COOKIE_ACK'],
]
const DATA: readonly Step[] = [
  [0, 'DATA'],
  [1, 'SACK'],
  [1, 'DATA', 'SACK'],
  [0, 'HEARTBEAT'],
  [1, 'HEARTBEAT_ACK'],
]
const SHUTDOWN: readonly Step[] = [
  [0, 'SHUTDOWN'],
  [1, 'SHUTDOWN_ACK'],
  [0, 'SHUTDOWN_COMPLETE'],
]
const SCRIPTS: readonly (readonly [number, readonly Step[]])[] = [
  [8, [...HANDSHAKE, ...DATA, ...SHUTDOWN]],
  [3, [...HANDSHAKE, [0, 'ABORT'], ...HANDSHAKE]],
  [3, [[1, 'INIT'], ...HANDSHAKE, ...DATA]],
  [3, [[0, 'INIT'], [1, 'INIT'], [0, 'INIT_ACK'], [1, 'INIT_ACK'], ...HANDSHAKE.slice(2), ...DATA]],
  [4, [[0, 'HEARTBEAT'], [1, 'HEARTBEAT_ACK'], ...DATA, ...SHUTDOWN]],
  [3, [...HANDSHAKE, [0, 'HEARTBEAT'], [1, 'HEARTBEAT_ACK'], [1, 'HEARTBEAT'], [0, 'HEARTBEAT_ACK'], ...HANDSHAKE]],
  [
    2,
    [
      [0, 'SHUTDOWN_ACK'],
      [1, 'SHUTDOWN_COMPLETE'],
    ],
  ],
  [2, [...SHUTDOWN, ...HANDSHAKE]],
]
const NAMES: readonly SctpChunkName[] = [
  'DATA',
  'INIT',
  'INIT_ACK',
  'SACK',
  'HEARTBEAT',
  'HEARTBEAT_ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN_ACK',
  'ERROR',
  'COOKIE_ECHO',
  'COOKIE_ACK',
  'SHUTDOWN_COMPLETE',
]

/** The packets of one conversation between `there` and `back` (two ways to write the same ends). */
export function sctpConversation(random: Random, there: string, back: string): Buffer[] {
  const script = random.weighted(SCRIPTS)
  /** What each end announced; few, so that wrong ones are right at times. */
  const tags: [number, number] = [random.int(1, 3), random.int(1, 3)]
  const mess = random.pick([0, 0, 0.1, 0.3])
  const packets: Buffer[] = []
  const send = (from: 0 | 1, names: readonly (SctpChunkName | number)[]): void => {
    if (random.chance(0.1)) tags[from] = random.int(0, 3)
    const starts = names.includes('INIT')
    const tag = random.chance(mess) ? random.int(0, 3) : starts ? 0 : tags[1 - from]
    const chunks = names.map((name): Chunk => {
      if (name === 'INIT' || name === 'INIT_ACK')
        return random.chance(mess / 3) ? { type: name } : init(name, tags[from])
      const claims = random.chance(mess / 10) ? random.pick([0, 1, 3, 5, 40]) : undefined
      const value = Buffer.alloc(random.int(0, 9))
      return { type: name, flags: random.chance(0.2) ? 1 : 0, value, claims }
    })
    packets.push(sctp(from === 0 ? there : back, tag, chunks))
  }
  for (const [from, ...names] of script) {
    if (random.chance(mess / 2)) continue
    const way = random.chance(mess / 3) ? (from === 0 ? 1 : 0) : from
    const extra = random.chance(mess) ? [random.chance(0.9) ? random.pick(NAMES) : random.int(12, 255)] : []
    send(way, random.chance(0.5) ? [...names, ...extra] : [...extra, ...names])
    if (random.chance(mess)) packets.push(packets[packets.length - 1])
    if (random.chance(mess)) send(random.int(0, 1) === 0 ? 0 : 1, [random.pick(NAMES)])
  }
  return packets
}
