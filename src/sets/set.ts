/**
 * Sets of addresses, ports and the like as `ipset save` prints them, once read: plain data for every thread.
 */
import type { Family, Position } from '../ruleset/ruleset.js'

/** What one dimension of a type's elements holds. */
export type Part = 'ip' | 'net' | 'port' | 'mark' | 'mac' | 'iface' | 'ip2' | 'net2' | 'set'

/** Types of sets, and what their elements hold, in order. Kernel: net/netfilter/ipset/ip_set_*.c. */
export const SET_TYPES: Readonly<Record<string, readonly Part[]>> = {
  'bitmap:ip': ['ip'],
  'bitmap:ip,mac': ['ip', 'mac'],
  'bitmap:port': ['port'],
  'hash:ip': ['ip'],
  'hash:ip,mac': ['ip', 'mac'],
  'hash:ip,mark': ['ip', 'mark'],
  'hash:ip,port': ['ip', 'port'],
  'hash:ip,port,ip': ['ip', 'port', 'ip2'],
  'hash:ip,port,net': ['ip', 'port', 'net2'],
  'hash:mac': ['mac'],
  'hash:net': ['net'],
  'hash:net,net': ['net', 'net2'],
  'hash:net,iface': ['net', 'iface'],
  'hash:net,port': ['net', 'port'],
  'hash:net,port,net': ['net', 'port', 'net2'],
  'list:set': ['set'],
}

export interface SetElement {
  /** Addresses of the first and second part; without one, empty. */
  readonly address: readonly number[]
  readonly address2: readonly number[]
  /** Their prefix lengths. */
  readonly prefix: number
  readonly prefix2: number
  /** 0 in a bitmap:port. */
  readonly protocol: number
  readonly port: number
  readonly mark: number
  /** Six bytes as two words; null: of a bitmap:ip,mac, still to be learnt. */
  readonly mac: readonly [number, number] | null
  readonly interfaceName: string | null
  /** It is the beginning of a name. */
  readonly wildcard: boolean
  /** Member of a list:set. */
  readonly member: string | null
  readonly noMatch: boolean
  /** Seconds that are left; 0: for ever. */
  readonly timeout: number
  readonly packets: bigint
  readonly bytes: bigint
  /** Mark, mask, priority, queue. */
  readonly info: readonly [number, number, number, number]
}

export interface SetData {
  readonly name: string
  readonly type: string
  readonly parts: readonly Part[]
  /** Null for types without addresses. */
  readonly family: Family | null
  readonly most: number
  /** Seconds that new elements live; null when elements have no timeouts. */
  readonly timeout: number | null
  readonly counters: boolean
  readonly info: boolean
  readonly forceAdd: boolean
  /** Of a hash: buckets, elements that one may hold at first, and what the hash begins with. */
  readonly hashSize: number
  readonly bucketSize: number
  readonly initval: number
  /** The part of addresses that counts. */
  readonly mask: readonly number[]
  readonly markMask: number
  /** Of a bitmap: the first and last address or port. */
  readonly range: readonly [number, number] | null
  readonly elements: readonly SetElement[]
  /** Rules or time change what it holds, or it asks for MAC addresses, which a connection does not fix. */
  readonly changing: boolean
  readonly position: Position
}

/** The same sets, with those marked that change because rules change `named`, or because a member does. */
export function markChanging(sets: readonly SetData[], named: ReadonlySet<string>): readonly SetData[] {
  const changing = new Set([...named, ...sets.filter((set) => set.changing).map(({ name }) => name)])
  const members = (set: SetData): string[] => set.elements.flatMap(({ member }) => member ?? [])
  for (const set of sets) {
    if (set.type !== 'list:set') continue
    if (changing.has(set.name)) for (const name of members(set)) changing.add(name)
    if (members(set).some((name) => changing.has(name))) changing.add(set.name)
  }
  return sets.map((set) => (changing.has(set.name) && !set.changing ? { ...set, changing: true } : set))
}
