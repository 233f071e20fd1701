/**
 * What the words of a random rule are drawn from: where the rule stands, and what there is to look for. Makers of
 * matches and targets write down in the aim what a packet must look like to match.
 */
import type { HookName, TableName } from '../../../src/ruleset/ruleset.js'
import type { Aim } from './aim.js'
import type { Random } from './random.js'
import type { RandomSet } from './sets.js'
import type { World } from './world.js'

/** Where a random rule stands. */
export interface Place {
  readonly family: 4 | 6
  readonly table: TableName
  readonly hooks: readonly HookName[]
  /** A built-in chain, where iptables refuses interfaces that its hook does not have. */
  readonly builtIn: boolean
  /** Protocol that the rule demands (not one that it excludes); null for none. */
  readonly protocol: ProtocolName | null
}

export type ProtocolName = keyof typeof PROTOCOLS

/** Protocols that rules are about, by the names that `-p` takes. */
export const PROTOCOLS = {
  tcp: 6,
  udp: 17,
  icmp: 1,
  'ipv6-icmp': 58,
  esp: 50,
  ah: 51,
  ipcomp: 108,
  sctp: 132,
  dccp: 33,
  udplite: 136,
  'mobility-header': 135,
} as const

export interface Draw {
  readonly random: Random
  readonly place: Place
  readonly aim: Aim
  readonly world: World
  readonly sets: readonly RandomSet[]
}

/** The words of a match or target as iptables reads them, or null where it is not allowed. */
export type Maker = (draw: Draw) => string | null

/** Makers with how often each is taken. */
export type Vocabulary = readonly (readonly [number, Maker])[]

/** True when every hook of the place is among `hooks`. */
export function only(place: Place, hooks: readonly HookName[]): boolean {
  return place.hooks.every((hook) => hooks.includes(hook))
}

/** `! ` now and then, in front of what can be negated. */
export function not(random: Random): string {
  return random.chance(0.22) ? '! ' : ''
}

/** Some of the words, in order, each with its chance; null when none was taken. */
export function some(random: Random, words: readonly (readonly [number, string])[]): string | null {
  const taken = words.filter(([chance]) => random.chance(chance)).map(([, word]) => word)
  return taken.length === 0 ? null : taken.join(' ')
}

export function anyAddress({ place: { family }, random, world }: Draw): string {
  return random.pick([...world.own[family], ...world.networks.flatMap(({ peers }) => peers[family])])
}

/** The address itself, or a prefix around it. */
export function prefix(random: Random, address: string): string {
  if (random.chance(0.5)) return address
  return `${address}/${address.includes(':') ? random.pick([32, 48, 64, 127]) : random.pick([0, 8, 16, 24, 30, 32])}`
}

const MARKS = [0, 1, 2, 3, 0x10, 0x12, 0xff, 0x100]

/** `value`, or `value/mask`. */
export function maskedMark(random: Random): string {
  const value = random.pick(MARKS)
  return random.chance(0.5)
    ? `0x${value.toString(16)}`
    : `0x${value.toString(16)}/0x${random.pick([1, 3, 0xf, 0xff, 0xf0]).toString(16)}`
}
