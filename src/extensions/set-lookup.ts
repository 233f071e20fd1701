/**
 * Asks the box's sets about packets, and lets rules change them. Sets that nothing changes are kept by each worker
 * for itself; the others live in shared memory, one stretch for all of them.
 * Kernel: net/netfilter/ipset/ip_set_core.c, ip_set_test(), ip_set_add(), ip_set_del(); the types' kadt (v6.18).
 * Differs from the kernel: timeouts that were saved run from the first packet for which a rule asks about the sets.
 */
import { jiffiesAt } from './jiffies.js'
import { addressWord, type Side } from './packet-address.js'
import type { SetUse } from './set-use.js'
import type { Box } from '../box/box.js'
import { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'
import { maskOfLength } from '../ruleset/address.js'
import type { SetData } from '../sets/set.js'
import { detailOfWildcard, KEY, keyOfMember, kindOf } from '../sets/set-key.js'
import { SetTable } from '../sets/set-table.js'

export interface CounterTest {
  readonly operator: 'eq' | 'ne' | 'lt' | 'gt'
  readonly value: bigint
}

/** What a rule wants to know, and what its question may change. */
export interface SetQuestion {
  readonly use: SetUse
  readonly returnNoMatch: boolean
  readonly updatesCounters: boolean
  readonly updatesSubcounters: boolean
  readonly packets: CounterTest | null
  readonly bytes: CounterTest | null
}

const PAGE = 65536
const MOST_TIMEOUT = Math.floor(0x7fffffff / 1000)
const PROTOCOLS_WITH_PORTS = new Set([6, 17, 132, 136])
const ICMP = 1
const ICMPV6 = 58
const WORDS = { 4: 1, 6: 4 } as const
const BITS = { 4: 32, 6: 128 } as const

const known = new WeakMap<Box, SetLookup>()

export class SetLookup {
  private readonly data: ReadonlyMap<string, SetData>
  private readonly tables = new Map<string, SetTable>()
  private readonly key = Array<number>(KEY.words).fill(0)

  private constructor(private readonly box: Box) {
    this.data = new Map(box.sets.map((set) => [set.name, set]))
  }

  /** One for each box: all rules of a worker share it. */
  static of(box: Box): SetLookup {
    let lookup = known.get(box)
    if (lookup === undefined) {
      lookup = new SetLookup(box)
      known.set(box, lookup)
    }
    return lookup
  }

  /** Bytes of all sets that change. */
  static stateBytes(box: Box): number {
    return box.sets.filter(({ changing }) => changing).reduce((sum, set) => sum + SetTable.bytes(set), 0)
  }

  static changes(box: Box, name: string): boolean {
    return box.sets.some((set) => set.name === name && set.changing)
  }

  /** Address of the value of the element that decides; 0: the set does not match. */
  matching(
    question: SetQuestion,
    packet: Packet,
    stateAt: number,
  ): { readonly table: SetTable; readonly value: number } | null {
    const set = this.data.get(question.use.name)
    if (set === undefined || !fits(set, question.use, packet)) return null
    if (set.type === 'list:set') return this.matchingMember(set, question, packet, stateAt)
    const table = this.table(set, packet, stateAt)
    if (!this.fillKey(set, question.use, packet)) return null
    const value = this.search(table, question, packet)
    if (value === 0) return null
    const noMatch = table.isNoMatch(value)
    const inverts = question.returnNoMatch && set.parts.some((part) => part.startsWith('net'))
    return noMatch === inverts ? { table, value } : null
  }

  add(use: SetUse, packet: Packet, stateAt: number, exist: boolean, timeout: number | null): boolean {
    const set = this.data.get(use.name)
    if (set === undefined || !fits(set, use, packet)) return false
    if (set.type === 'list:set') {
      // The first member that takes it.
      return this.members(set, packet, stateAt).some(({ name }) =>
        this.add({ ...use, name }, packet, stateAt, exist, timeout),
      )
    }
    const table = this.table(set, packet, stateAt)
    if (!this.fillKey(set, use, packet)) return false
    this.chooseLengths(table, packet)
    this.meetStored(table, packet)
    const { hz } = this.box
    const timeoutJiffies = Math.min(timeout ?? set.timeout ?? 0, MOST_TIMEOUT) * hz
    const mac = set.type === 'bitmap:ip,mac' ? macOf(packet, use.sources[1]) : null
    return table.add(this.key, jiffiesAt(packet, hz), exist, { timeoutJiffies, bytes: packet.length, mac })
  }

  /** True when it held what is to go. */
  remove(use: SetUse, packet: Packet, stateAt: number): boolean {
    const set = this.data.get(use.name)
    if (set === undefined || !fits(set, use, packet)) return false
    if (set.type === 'list:set') {
      // The first member that gives it up.
      return this.members(set, packet, stateAt).some(({ name }) => this.remove({ ...use, name }, packet, stateAt))
    }
    const table = this.table(set, packet, stateAt)
    if (!this.fillKey(set, use, packet)) return false
    this.chooseLengths(table, packet)
    this.meetStored(table, packet)
    return table.remove(this.key, jiffiesAt(packet, this.box.hz))
  }

  /**
   * The first member that matches, and whose own counters in the list do.
   * Kernel: list_set_ktest(), net/netfilter/ipset/ip_set_list_set.c (v6.18).
   */
  private matchingMember(
    list: SetData,
    question: SetQuestion,
    packet: Packet,
    stateAt: number,
  ): ReturnType<SetLookup['matching']> {
    const table = this.table(list, packet, stateAt)
    const updatesCounters = question.updatesCounters && question.updatesSubcounters
    for (const { name, value } of this.members(list, packet, stateAt)) {
      const use = { ...question.use, name }
      const found = this.matching({ ...question, use, updatesCounters, packets: null, bytes: null }, packet, stateAt)
      if (found !== null && countersAccept(table, value, question, packet)) return list.info ? { table, value } : found
    }
    return null
  }

  /** Members of a list:set whose time is not over, with what the list keeps of them. */
  private members(list: SetData, packet: Packet, stateAt: number): { readonly name: string; readonly value: number }[] {
    const table = this.table(list, packet, stateAt)
    const now = jiffiesAt(packet, this.box.hz)
    return list.elements
      .map(({ member }, index) => ({ name: member ?? '', value: table.find(keyOfMember(index), now) }))
      .filter(({ value }) => value !== 0)
  }

  /** The first element that matches, of the longest networks first; it counts the packet. */
  private search(table: SetTable, question: SetQuestion, packet: Packet): number {
    const { data } = table
    const { key } = this
    const bits = BITS[packet.family]
    const now = jiffiesAt(packet, this.box.hz)
    const nets = data.parts[0] === 'net'
    const nets2 = data.parts.includes('net2')
    const protocol = key[KEY.kind] >>> 16
    const has2 = nets2 || data.parts.includes('ip2')
    const details = this.details(table)
    const rejecting: number[] = []
    for (let length = bits; length >= (nets ? 0 : bits); length--) {
      if (nets && !table.hasLength(0, length)) continue
      if (nets) this.maskKey(KEY.address, length, packet)
      for (let length2 = bits; length2 >= (nets2 ? 0 : bits); length2--) {
        if (nets2 && !table.hasLength(1, length2)) continue
        if (nets2) this.maskKey(KEY.address2, length2, packet)
        key[KEY.kind] = kindOf(hasAddress(data) ? length : 0, has2 ? length2 : 0, protocol)
        for (const detail of details) {
          key[KEY.detail] = detail
          const value = table.find(key, now)
          if (value === 0) continue
          if (this.accepts(table, value, question, packet)) return value
          rejecting.push(detail)
        }
      }
      if (this.knowsNetwork(table, packet, rejecting)) return 0
      // Masking only cleared bits: the second address has to be whole again.
      if (nets2) this.fillKey(data, question.use, packet, length)
    }
    return 0
  }

  /** What the element may have in its place: the interface's number, or beginnings of its name. */
  private details({ data, wildcards }: SetTable): number[] {
    const detail = this.key[KEY.detail]
    if (data.type !== 'hash:net,iface') return [detail]
    const name = this.box.interfaceName(detail)
    const beginnings = wildcards.flatMap((start, index) => (name.startsWith(start) ? detailOfWildcard(index) : []))
    return [detail, ...beginnings]
  }

  /** What is added or removed is the element that is there, if it stands for the key. Kernel: mtype_data_equal(). */
  private meetStored(table: SetTable, packet: Packet): void {
    if (table.wildcards.length === 0) return
    const now = jiffiesAt(packet, this.box.hz)
    const details = this.details(table)
    const stored = details.find((detail) => {
      this.key[KEY.detail] = detail
      return table.find(this.key, now) !== 0
    })
    this.key[KEY.detail] = stored ?? details[0]
  }

  /**
   * Whether the network in the key is in a hash:net,iface with an interface whose element did not reject the packet:
   * then shorter networks are not asked. Kernel: mtype_test_cidrs(), `multi`.
   * Differs from the kernel: one that rejects counts as the first of its network.
   */
  private knowsNetwork(table: SetTable, packet: Packet, rejecting: readonly number[]): boolean {
    if (table.data.type !== 'hash:net,iface') return false
    const now = jiffiesAt(packet, this.box.hz)
    const ids = Array.from({ length: this.box.interfaceCount }, (_, id) => id)
    return [...ids, ...table.wildcards.map((_, index) => detailOfWildcard(index))].some((detail) => {
      this.key[KEY.detail] = detail
      return !rejecting.includes(detail) && table.find(this.key, now) !== 0
    })
  }

  private accepts(table: SetTable, value: number, question: SetQuestion, packet: Packet): boolean {
    if (table.data.type === 'bitmap:ip,mac') {
      const mac = macOf(packet, question.use.sources[1])
      if (mac === null) return false
      if (table.lacksMac(value)) {
        table.learnMac(value, mac, jiffiesAt(packet, this.box.hz), packet.length)
        return true
      }
      if (!table.hasMac(value, mac)) return false
    }
    return countersAccept(table, value, question, packet)
  }

  /** What a rule adds to networks is as long as the longest of them. */
  private chooseLengths(table: SetTable, packet: Packet): void {
    const { data } = table
    const { key } = this
    const bits = BITS[packet.family]
    const first = data.parts[0] === 'net' ? table.longest(0, bits) : bits
    const second = data.parts.includes('net2') ? table.longest(1, bits) : bits
    if (data.parts[0] === 'net') this.maskKey(KEY.address, first, packet)
    if (data.parts.includes('net2')) this.maskKey(KEY.address2, second, packet)
    const has2 = data.parts.some((part) => part === 'ip2' || part === 'net2')
    key[KEY.kind] = kindOf(hasAddress(data) ? first : 0, has2 ? second : 0, key[KEY.kind] >>> 16)
  }

  private maskKey(at: number, length: number, { family }: Packet): void {
    const mask = maskOfLength(length, family)
    for (let word = 0; word < WORDS[family]; word++) this.key[at + word] = (this.key[at + word] & mask[word]) >>> 0
  }

  /** The packet's own parts; false when it lacks one. With `length`, the first address keeps so many bits. */
  private fillKey(set: SetData, use: SetUse, packet: Packet, length?: number): boolean {
    const { key } = this
    key.fill(0)
    const whole = set.parts.every((part, index) => this.fillPart(set, part, use.sources[index], packet))
    if (length !== undefined) this.maskKey(KEY.address, length, packet)
    return whole
  }

  private fillPart(set: SetData, part: SetData['parts'][number], source: boolean, packet: Packet): boolean {
    const { key } = this
    const side: Side = source ? 'source' : 'destination'
    switch (part) {
      case 'ip':
      case 'ip2':
      case 'net':
      case 'net2': {
        const at = part.endsWith('2') ? KEY.address2 : KEY.address
        for (let word = 0; word < WORDS[packet.family]; word++) {
          const bits = addressWord(packet, side, word)
          key[at + word] = (part === 'ip' || part === 'ip2' ? bits & set.mask[word] : bits) >>> 0
        }
        return isInRange(set, key[at]) && !(set.type === 'hash:ip' && key.every((word) => word === 0))
      }
      case 'port':
        return fillPort(set, source, packet, key) && isInRange(set, key[KEY.detail])
      case 'mark':
        key[KEY.detail] = (packet.skb.mark & set.markMask) >>> 0
        return true
      case 'mac': {
        const mac = macOf(packet, source)
        if (mac === null) return false
        if (set.type !== 'bitmap:ip,mac') key.splice(KEY.address2, 2, ...mac)
        return true
      }
      case 'iface':
        key[KEY.detail] = source ? packet.inInterface : packet.outInterface
        return key[KEY.detail] !== 0
      case 'set':
        return false
    }
  }

  /** The table of a set that is there, filled. */
  private table(set: SetData, packet: Packet, stateAt: number): SetTable {
    const { box } = this
    let table = this.tables.get(set.name)
    if (table === undefined) {
      table = set.changing
        ? new SetTable(packet.memory, stateAt + this.offset(set), set, box.hz)
        : new SetTable(ownMemory(SetTable.bytes(set)), 0, set, box.hz)
      this.tables.set(set.name, table)
      table.fill(jiffiesAt(packet, box.hz), (name) => box.interfaceId(name))
    }
    return table
  }

  private offset(set: SetData): number {
    const changing = this.box.sets.filter((each) => each.changing)
    const before = changing.slice(0, changing.indexOf(set))
    return before.reduce((sum, each) => sum + SetTable.bytes(each), 0)
  }
}

/** Enough directions, and the family. */
function fits(set: SetData, { sources }: SetUse, { family }: Packet): boolean {
  return sources.length >= set.parts.length && (set.family === null || set.family === family)
}

function hasAddress({ parts }: SetData): boolean {
  return parts[0] === 'ip' || parts[0] === 'net'
}

function isInRange({ range }: SetData, value: number): boolean {
  return range === null || (value >= range[0] && value <= range[1])
}

/** Kernel: ip_set_get_ip4_port(), ip_set_get_ip_port(), net/netfilter/ipset/ip_set_getport.c. */
function fillPort(set: SetData, source: boolean, packet: Packet, key: number[]): boolean {
  const { protocol, memory } = packet
  const at = packet.at + packet.transport
  if (set.type === 'bitmap:port') {
    if (protocol !== 6 && protocol !== 17) return false
  } else {
    key[KEY.kind] = kindOf(0, 0, protocol)
  }
  // In fragments of IPv6 no protocol is looked for.
  if (packet.family === 6 && packet.fragmentOffset !== 0) return false
  const echo = protocol === ICMP || protocol === ICMPV6
  if (!echo && !PROTOCOLS_WITH_PORTS.has(protocol)) return true
  if (packet.fragmentOffset !== 0 || !packet.hasTransport(4)) return false
  key[KEY.detail] = echo || source ? memory.be16(at) : memory.be16(at + 2)
  return true
}

/**
 * A MAC address as two words; null when the link has none, or nobody's.
 * Differs from the kernel: up to 4.19, a direction dst never matched.
 */
function macOf({ descriptor, memory, at }: Packet, source: boolean): readonly [number, number] | null {
  const { linkHeader } = descriptor
  if (linkHeader === 0) return null
  const from = at - linkHeader + (source ? 6 : 0)
  const mac = [memory.be32(from), memory.be16(from + 4)] as const
  return mac[0] === 0 && mac[1] === 0 ? null : mac
}

/** The packet counts before counters are compared. Kernel: ip_set_match_extensions(). */
function countersAccept(table: SetTable, value: number, question: SetQuestion, packet: Packet): boolean {
  if (!table.counters) return true
  const { packets, bytes } = question
  if (question.updatesCounters) table.countPacket(value, packet.length)
  if (packets !== null && !compares(table.packets(value), packets)) return false
  return bytes === null || compares(table.bytes(value), bytes)
}

function compares(count: bigint, { operator, value }: CounterTest): boolean {
  switch (operator) {
    case 'eq':
      return count === value
    case 'ne':
      return count !== value
    case 'lt':
      return count < value
    case 'gt':
      return count > value
  }
}

function ownMemory(bytes: number): Memory {
  const pages = Math.ceil(bytes / PAGE)
  return new Memory(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }))
}
