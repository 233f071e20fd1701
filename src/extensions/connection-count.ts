/**
 * Connections alive, counted by a key, in shared memory. A connection is put down when a packet of it is asked about
 * before it is assured; those that are gone or closed are crossed out when the key's list is next gone over, once a
 * jiffy at most.
 * Kernel: net/netfilter/nf_conncount.c, count_tree(), __nf_conncount_add(), __nf_conncount_gc_list() (v6.18.44).
 * Differs from the kernel: 65,536 keys and 262,144 connections a rule at most, where it has memory for more; packets
 * without an entry count once and are forgotten when the list is gone over; and a connection whose first packet was
 * dropped is gone, also when a later packet, of which this rule was not asked, begins it anew.
 *
 *   lists: key (5 words) -> first node u32 | last node u32 | nodes u32 | jiffies of the last going over u32 | nodes then u32
 *   first free node u32 | nodes ever used u32 || nodes: next u32 | address of the entry u32 | its number u64
 */
import { EntryStatus, EntryView, TcpState } from '../memory/entry.js'
import { HashTable, type TableShape } from '../memory/hash-table.js'
import type { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'

const SHAPE: TableShape = { keyWords: 5, valueBytes: 20, capacity: 65536 }
const LIST = { first: 0, last: 4, count: 8, sweptJiffies: 12, sweptCount: 16 }
const NODE = { next: 0, entry: 4, id: 8, bytes: 16 }
const NODES = 262144
const POOL_BYTES = 16
/** Kernel: CONNCOUNT_GC_MAX_COLLECT. */
const MOST_COLLECTED = 64
const TCP = 6

export class ConnectionCount {
  static readonly BYTES = HashTable.bytes(SHAPE) + POOL_BYTES + NODES * NODE.bytes

  private readonly lists: HashTable
  private readonly pool: number
  private readonly nodes: number
  private readonly known: EntryView

  constructor(
    private readonly memory: Memory,
    at: number,
  ) {
    this.lists = new HashTable(memory, at, SHAPE)
    this.pool = at + HashTable.bytes(SHAPE)
    this.nodes = this.pool + POOL_BYTES - NODE.bytes
    this.known = new EntryView(memory)
  }

  /** Connections of the key, with the packet's; 0 when there is no room, and where the kernel takes it for that. */
  count(packet: Packet, key: readonly number[], jiffies: number): number {
    const { memory, lists } = this
    let list = lists.find(key)
    if (list === 0) {
      list = this.newList(key)
      if (list === 0 || !this.add(list, packet)) return 0
      memory.setU32(list + LIST.sweptJiffies, jiffies)
      return 1
    }
    const status = packet.connection()?.status ?? 0
    const confirmed = (status & EntryStatus.Confirmed) !== 0
    if (confirmed && (status & EntryStatus.Assured) !== 0) {
      if (memory.u32(list + LIST.count) !== 0) this.sweep(list, packet, jiffies)
      return memory.u32(list + LIST.count)
    }
    const swept = memory.u32(list + LIST.sweptJiffies) === jiffies
    const added = memory.u32(list + LIST.count) - memory.u32(list + LIST.sweptCount)
    if (confirmed || !swept || added >= MOST_COLLECTED) {
      if (this.isListed(list, packet)) return memory.u32(list + LIST.count)
      this.noteSwept(list, jiffies)
    }
    return this.add(list, packet) ? memory.u32(list + LIST.count) : 0
  }

  /** Crosses out what is gone or closed, unless that was done in this jiffy. */
  private sweep(list: number, packet: Packet, jiffies: number): void {
    const { memory } = this
    if (memory.u32(list + LIST.sweptJiffies) === jiffies) return
    let collected = 0
    let before = 0
    for (let node = memory.u32(list + LIST.first); node !== 0;) {
      const at = this.node(node)
      const next = memory.u32(at + NODE.next)
      if (this.isAlive(at, packet.skb.nowNs) && !this.isClosed()) {
        if (collected > MOST_COLLECTED) break
        before = node
      } else {
        this.unlink(list, node, before)
        collected++
      }
      node = next
    }
    this.noteSwept(list, jiffies)
  }

  private noteSwept(list: number, jiffies: number): void {
    this.memory.setU32(list + LIST.sweptJiffies, jiffies)
    this.memory.setU32(list + LIST.sweptCount, this.memory.u32(list + LIST.count))
  }

  /** Crosses out what is gone or closed; true, and done, when it comes upon the packet's own confirmed connection. */
  private isListed(list: number, packet: Packet): boolean {
    const { memory } = this
    let collected = 0
    let before = 0
    for (let node = memory.u32(list + LIST.first); node !== 0 && collected <= MOST_COLLECTED;) {
      const at = this.node(node)
      const next = memory.u32(at + NODE.next)
      const alive = this.isAlive(at, packet.skb.nowNs)
      if (alive && memory.u32(at + NODE.entry) === packet.skb.entry) return true
      if (alive && !this.isClosed()) {
        before = node
      } else {
        this.unlink(list, node, before)
        collected++
      }
      node = next
    }
    return false
  }

  /** Moves `known` to the node's entry. */
  private isAlive(node: number, nowNs: bigint): boolean {
    const { memory, known } = this
    known.at = memory.u32(node + NODE.entry)
    if (known.at === 0 || known.id !== memory.u64(node + NODE.id)) return false
    const { status } = known
    return (status & EntryStatus.Confirmed) !== 0 && (status & EntryStatus.Dying) === 0 && known.expiryNs > nowNs
  }

  private isClosed(): boolean {
    const { protocol, state } = this.known
    return protocol === TCP && (state === TcpState.TimeWait || state === TcpState.Close)
  }

  private newList(key: readonly number[]): number {
    const { lists, memory } = this
    const list = lists.insert(key)
    if (list !== 0) return list
    lists.removeWhere((at) => memory.u32(at + LIST.count) === 0)
    return lists.insert(key)
  }

  /** False when there is no room. */
  private add(list: number, packet: Packet): boolean {
    const { memory, pool } = this
    let node = memory.u32(pool)
    if (node !== 0) {
      memory.setU32(pool, memory.u32(this.node(node) + NODE.next))
    } else {
      node = memory.u32(pool + 4) + 1
      if (node > NODES) return false
      memory.setU32(pool + 4, node)
    }
    const at = this.node(node)
    memory.setU32(at + NODE.next, 0)
    memory.setU32(at + NODE.entry, packet.skb.entry)
    memory.setU64(at + NODE.id, packet.connection()?.id ?? 0n)
    const last = memory.u32(list + LIST.last)
    if (last === 0) memory.setU32(list + LIST.first, node)
    else memory.setU32(this.node(last) + NODE.next, node)
    memory.setU32(list + LIST.last, node)
    memory.setU32(list + LIST.count, memory.u32(list + LIST.count) + 1)
    return true
  }

  private unlink(list: number, node: number, before: number): void {
    const { memory, pool } = this
    const at = this.node(node)
    const next = memory.u32(at + NODE.next)
    if (before === 0) memory.setU32(list + LIST.first, next)
    else memory.setU32(this.node(before) + NODE.next, next)
    if (next === 0) memory.setU32(list + LIST.last, before)
    memory.setU32(list + LIST.count, memory.u32(list + LIST.count) - 1)
    memory.setU32(at + NODE.next, memory.u32(pool))
    memory.setU32(pool, node)
  }

  private node(number: number): number {
    return this.nodes + number * NODE.bytes
  }
}
