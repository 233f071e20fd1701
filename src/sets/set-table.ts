/**
 * What a set holds while a trace is replayed: its elements in a hash table, and how many networks of each length
 * there are, so that a lookup tries the lengths in use only, longest first.
 * Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_add(), mtype_del(), mtype_test_cidrs() (v6.18).
 * Differs from the kernel: a full set with forceadd gives up another element than the kernel's hash would.
 *
 *   1 once it was filled u32 | unused u32 | networks of each prefix length, first and second part: 2 x 129 u32 || table:
 *   key 10 words: prefix, prefix 2, protocol | port or mark or interface | address 4 | address 2 or MAC 4
 *   value: flags u32 | queue u32 | expiry f64 (jiffies; 0: never) | packets u64 | bytes u64 | mark u32 | mask u32 |
 *          priority u32 | MAC to be compared: 0, or 1, two words
 */
import { HashTable, type TableShape } from '../memory/hash-table.js'
import type { Memory } from '../memory/memory.js'
import type { SetData, SetElement } from './set.js'

export const KEY = { kind: 0, detail: 1, address: 2, address2: 6, words: 10 }
const VALUE = {
  flags: 0,
  queue: 4,
  expiry: 8,
  packets: 16,
  bytes: 24,
  mark: 32,
  markMask: 36,
  priority: 40,
  hasMac: 44,
  mac: 48,
  /** The prefix lengths, for when it is removed. */
  kind: 56,
  bytesTotal: 72,
}
const NO_MATCH = 1
const LENGTHS = 129
const HEADER = { filled: 0, lengths: 8, bytes: 8 + 2 * LENGTHS * 4 }

/** What a SET target puts down with an element. */
export interface AddedExtensions {
  readonly timeoutJiffies: number
  readonly bytes: number
  /** Of a bitmap:ip,mac. */
  readonly mac: readonly [number, number] | null
}

export class SetTable {
  private readonly table: HashTable
  readonly counters: boolean
  /** Beginnings of interface names that its elements have. */
  readonly wildcards: readonly string[]
  private readonly timeouts: boolean

  constructor(
    readonly memory: Memory,
    private readonly at: number,
    readonly data: SetData,
  ) {
    this.table = new HashTable(memory, at + HEADER.bytes, shapeOf(data))
    this.counters = data.counters
    this.timeouts = data.timeout !== null
    this.wildcards = wildcardsOf(data)
  }

  static bytes(data: SetData): number {
    return Math.ceil((HEADER.bytes + HashTable.bytes(shapeOf(data))) / 64) * 64
  }

  /** Puts in what was saved, once; `interfaceId` gives the number of a name. */
  fill(now: number, hz: number, interfaceId: (name: string) => number): void {
    const { memory, at } = this
    if (memory.u32(at + HEADER.filled) !== 0) return
    memory.setU32(at + HEADER.filled, 1)
    for (const [index, element] of this.data.elements.entries()) {
      this.fillElement(this.keyOfElement(element, index, interfaceId), element, now, hz)
    }
  }

  private keyOfElement(element: SetElement, index: number, interfaceId: (name: string) => number): number[] {
    if (element.member !== null) return keyOfMember(index)
    const { data } = this
    const key = Array<number>(KEY.words).fill(0)
    const { address, address2, mac, interfaceName, wildcard } = element
    key[KEY.kind] = kindOf(element.prefix, element.prefix2, element.protocol)
    if (interfaceName === null) key[KEY.detail] = element.port + element.mark
    else
      key[KEY.detail] = wildcard ? detailOfWildcard(this.wildcards.indexOf(interfaceName)) : interfaceId(interfaceName)
    address.forEach((word, at) => (key[KEY.address + at] = word))
    address2.forEach((word, at) => (key[KEY.address2 + at] = word))
    // The MAC of a bitmap:ip,mac is no part of the key.
    if (mac !== null && data.type !== 'bitmap:ip,mac') key.splice(KEY.address2, 2, ...mac)
    return key
  }

  private fillElement(key: readonly number[], element: SetElement, now: number, hz: number): void {
    const { memory } = this
    const value = this.table.find(key) || this.insert(key)
    if (value === 0) return
    memory.setU32(value + VALUE.flags, element.noMatch ? NO_MATCH : 0)
    if (this.timeouts && element.timeout > 0) this.setExpiry(value, this.firstExpiry(element, now, hz))
    memory.setU64(value + VALUE.packets, element.packets)
    memory.setU64(value + VALUE.bytes, element.bytes)
    const [mark, mask, priority, queue] = element.info
    memory.setU32(value + VALUE.mark, mark)
    memory.setU32(value + VALUE.markMask, mask)
    memory.setU32(value + VALUE.priority, priority)
    memory.setU32(value + VALUE.queue, queue)
    if (this.data.type === 'bitmap:ip,mac' && element.mac !== null) this.setMac(value, element.mac)
  }

  /** Time runs from when the MAC address is known; until then it is kept, negative. */
  private firstExpiry({ mac, timeout }: SetElement, now: number, hz: number): number {
    const waits = this.data.type === 'bitmap:ip,mac' && mac === null
    return waits ? -timeout * hz : now + timeout * hz
  }

  /** Address of the value of an element that is alive, or 0. */
  find(key: readonly number[], now: number): number {
    const value = this.table.find(key)
    return value === 0 || this.isExpired(value, now) ? 0 : value
  }

  /** True when there is one now that was not there, or when it was renewed. Kernel: mtype_add(). */
  add(key: readonly number[], now: number, exist: boolean, { timeoutJiffies, bytes, mac }: AddedExtensions): boolean {
    const { memory } = this
    let value = this.table.find(key)
    if (value !== 0 && !exist && !this.isExpired(value, now) && !this.lacksMac(value)) return false
    if (value === 0) {
      if (this.table.count === this.data.most) this.makeRoom(now)
      value = this.insert(key)
    }
    if (value === 0) return false
    memory.setU32(value + VALUE.flags, 0)
    this.setExpiry(value, this.timeouts && timeoutJiffies > 0 ? now + timeoutJiffies : 0)
    this.beginExtensions(value, bytes)
    if (mac !== null) this.setMac(value, mac)
    return true
  }

  /** A rule that adds counts the packet, and says nothing of marks. Kernel: IP_SET_INIT_KEXT(). */
  private beginExtensions(value: number, bytes: number): void {
    const { memory } = this
    memory.setU64(value + VALUE.packets, 1n)
    memory.setU64(value + VALUE.bytes, BigInt(bytes))
    for (const field of [VALUE.mark, VALUE.markMask, VALUE.priority, VALUE.queue]) memory.setU32(value + field, 0)
  }

  /** True when there was one. Kernel: mtype_del(). */
  remove(key: readonly number[], now: number): boolean {
    const value = this.find(key, now)
    if (value === 0) return false
    this.countLengths(this.memory.u32(value + VALUE.kind), -1)
    this.table.remove(key)
    return true
  }

  /** Whether some network of the length is in it, of the first (0) or second part (1). */
  hasLength(part: 0 | 1, length: number): boolean {
    return this.memory.u32(this.at + HEADER.lengths + 4 * (part * LENGTHS + length)) !== 0
  }

  /** The greatest length in use, or `byDefault`. */
  longest(part: 0 | 1, byDefault: number): number {
    for (let length = LENGTHS - 1; length >= 0; length--) if (this.hasLength(part, length)) return length
    return byDefault
  }

  isNoMatch(value: number): boolean {
    return (this.memory.u32(value + VALUE.flags) & NO_MATCH) !== 0
  }

  packets(value: number): bigint {
    return this.memory.u64(value + VALUE.packets)
  }

  bytes(value: number): bigint {
    return this.memory.u64(value + VALUE.bytes)
  }

  countPacket(value: number, length: number): void {
    this.memory.setU64(value + VALUE.packets, this.packets(value) + 1n)
    this.memory.setU64(value + VALUE.bytes, this.bytes(value) + BigInt(length))
  }

  /** Mark and mask. */
  mark(value: number): readonly [number, number] {
    return [this.memory.u32(value + VALUE.mark), this.memory.u32(value + VALUE.markMask)]
  }

  /** An element of a bitmap:ip,mac that is still to learn its MAC address. */
  lacksMac(value: number): boolean {
    return this.data.type === 'bitmap:ip,mac' && this.memory.u32(value + VALUE.hasMac) === 0
  }

  /** It takes over the MAC address of the first packet that asks, which it counts. Kernel: ip_set_test(), -EAGAIN. */
  learnMac(value: number, mac: readonly [number, number], now: number, bytes: number): void {
    this.setMac(value, mac)
    const waiting = this.memory.view.getFloat64(value + VALUE.expiry, true)
    if (waiting < 0) this.setExpiry(value, now - waiting)
    this.beginExtensions(value, bytes)
  }

  /** Kernel: bitmap_ipmac_do_test(). */
  hasMac(value: number, mac: readonly [number, number]): boolean {
    const { memory } = this
    return memory.u32(value + VALUE.mac) === mac[0] && memory.u32(value + VALUE.mac + 4) === mac[1]
  }

  private setMac(value: number, mac: readonly [number, number]): void {
    this.memory.setU32(value + VALUE.hasMac, 1)
    this.memory.setU32(value + VALUE.mac, mac[0])
    this.memory.setU32(value + VALUE.mac + 4, mac[1])
  }

  private insert(key: readonly number[]): number {
    const value = this.table.insert(key)
    if (value === 0) return 0
    this.memory.setU32(value + VALUE.kind, key[KEY.kind])
    this.countLengths(key[KEY.kind], 1)
    return value
  }

  private makeRoom(now: number): void {
    const { data, table } = this
    const leave = (goes: (value: number) => boolean): void => {
      table.removeWhere((value) => {
        if (!goes(value)) return false
        this.countLengths(this.memory.u32(value + VALUE.kind), -1)
        return true
      })
    }
    leave((value) => this.isExpired(value, now))
    let left = data.forceAdd && table.count === data.most ? 1 : 0
    if (left > 0) leave(() => left-- > 0)
  }

  private countLengths(kind: number, by: number): void {
    for (const [part, length] of [kind & 255, (kind >>> 8) & 255].entries()) {
      const at = this.at + HEADER.lengths + 4 * (part * LENGTHS + length)
      this.memory.setU32(at, this.memory.u32(at) + by)
    }
  }

  private isExpired(value: number, now: number): boolean {
    const expiry = this.memory.view.getFloat64(value + VALUE.expiry, true)
    return expiry > 0 && expiry < now
  }

  private setExpiry(value: number, jiffies: number): void {
    this.memory.view.setFloat64(value + VALUE.expiry, jiffies, true)
  }
}

/** What both an element and a packet's question are looked up by. */
export function kindOf(prefix: number, prefix2: number, protocol: number): number {
  return prefix | (prefix2 << 8) | (protocol << 16)
}

/** Members of a list:set stay where they are: each is known by its place. */
export function keyOfMember(index: number): number[] {
  const key = Array<number>(KEY.words).fill(0)
  key[KEY.detail] = index
  return key
}

/** What an element with the beginning of a name has instead of the number of an interface. */
export function detailOfWildcard(index: number): number {
  return 0x80000000 + index
}

/** Longer ones first: in one network, a shorter one that stood in front would have kept them out. */
function wildcardsOf({ elements }: SetData): string[] {
  const starts = new Set(elements.flatMap(({ wildcard, interfaceName }) => (wildcard ? (interfaceName ?? []) : [])))
  return [...starts].sort((a, b) => b.length - a.length)
}

/** A set that never changes needs room for what it holds only. */
function shapeOf(data: SetData): TableShape {
  const capacity = data.changing ? Math.max(data.most, data.elements.length) : Math.max(1, data.elements.length)
  return { keyWords: KEY.words, valueBytes: VALUE.bytesTotal, capacity }
}
