/**
 * What random cases are about: which matches and targets their rules are drawn from, and whether time matters.
 */
import { CONNECTION_MATCHES } from './connection-matches.js'
import type { Vocabulary } from './draw.js'
import { IPV6_HEADER_MATCHES } from './ipv6-header-matches.js'
import { PACKET_MATCHES } from './packet-matches.js'
import { SET_MATCHES, SET_TARGETS } from './sets.js'
import { STATEFUL_MATCHES } from './stateful-matches.js'
import { TARGETS } from './targets.js'
import { TRANSPORT_MATCHES } from './transport-matches.js'

export interface Mode {
  readonly matches: Vocabulary
  readonly targets: Vocabulary
  readonly nat: boolean
  readonly sets: boolean
  /** Packets come in bursts with time between. */
  readonly realTime: boolean
}

const MATCHES = [...TRANSPORT_MATCHES, ...PACKET_MATCHES, ...IPV6_HEADER_MATCHES, ...CONNECTION_MATCHES]
const PLAIN: Mode = { matches: MATCHES, targets: TARGETS, nat: false, sets: false, realTime: false }

function often(vocabulary: Vocabulary, times: number): Vocabulary {
  return vocabulary.map(([weight, maker]) => [weight * times, maker])
}

export const MODES = {
  plain: PLAIN,
  nat: { ...PLAIN, nat: true },
  stateful: { ...PLAIN, matches: [...MATCHES, ...often(STATEFUL_MATCHES, 4)], realTime: true },
  sets: { ...PLAIN, matches: [...MATCHES, ...SET_MATCHES], targets: [...TARGETS, ...SET_TARGETS], sets: true },
  everything: {
    matches: [...MATCHES, ...STATEFUL_MATCHES, ...SET_MATCHES],
    targets: [...TARGETS, ...SET_TARGETS],
    nat: true,
    sets: true,
    realTime: true,
  },
} as const satisfies Readonly<Record<string, Mode>>

export type ModeName = keyof typeof MODES
