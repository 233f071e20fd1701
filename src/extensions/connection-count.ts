/**
 * Connections alive, counted by a key, in shared memory. A connection's tuple is put down when a packet of it is asked
 * about before it is assured, and looked up in conntrack's table when the key's list is next gone over, once a jiffy at
 * most; tuples that have no entry, or one that is closed, are crossed out.
 * Kernel: net/netfilter/nf_conncount.c, count_tree(), __nf_conncount_add(), __nf_conncount_gc_list() (v6.18.44).
 * Differs from the kernel: 65,536 keys and 262,144 connections a rule at most, where it has memory for more; and it is
 * on one CPU, so that a tuple just put down, by a packet that was dropped, may be crossed out at once. Lists of other
 * keys, which the kernel goes over where its tree, seeded at random, makes them neighbours, are left alone.
 *
 *   lists: key (5 words) -> first node u32 | last node u32 | nodes u32 | jiffies of the last going over u32 | nodes then u32
 *   first free node u32 | nodes ever used u32 | the `Tuple` under way || nodes: next u32 | `Tuple`
 *
 * Of an IPv4 `Tuple`, a node has what begins at `src`: nothing reads what would stand before.
 */
import { EntryStatus, EntryView, TcpState } from '../memory/entry.js'
import { HashTable, type TableShape } from '../memory/hash-table.js'
import type { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'
import { copyTuple, isSameTuple, originalZone, TUPLE_SIZE, tupleStart, writeOriginalTuple } from '../memory/tuple.js'
import type { Family } from '../ruleset/ruleset.js'

const SHAPE: TableShape = { keyWords: 5, valueBytes: 20, capacity: 65536 }
const LIST = { first: 0, last: 4, count: 8, sweptJiffies: 12, sweptCount: 16 }
const NODES = 262144
const POOL = { free: 0, used: 4, asked: 8, bytes: 64 }
/** Kernel: CONNCOUNT_GC_MAX_COLLECT. */
const MOST_COLLECTED = 64
const TCP = 6

export class ConnectionCount {
  private readonly lists: HashTable
  private readonly pool: number
  /** The tuple that the packet is counted as. */
  private readonly asked: number
  private readonly nodes: number
  private readonly nodeBytes: number
  /** From a node to its `Tuple`. */
  private readonly tupleOffset: number
  /** The entry that was found last. */
  private readonly known: EntryView

  constructor(
    private readonly memory: Memory,
    at: number,
    private readonly family: Family,
  ) {
    this.lists = new HashTable(memory, at, SHAPE)
    this.pool = at + HashTable.bytes(SHAPE)
    this.asked = this.pool + POOL.asked
    this.nodeBytes = nodeBytesOf(family)
    this.nodes = this.pool + POOL.bytes - this.nodeBytes
    this.tupleOffset = 4 - tupleStart(family)
    this.known = new EntryView(memory)
  }

  static bytes(family: Family): number {
    return HashTable.bytes(SHAPE) + POOL.bytes + NODES * nodeBytesOf(family)
  }

  /** Connections of the key, with the packet's; 0 when there is no room, and where the kernel takes it for that. */
  count(packet: Packet, key: readonly number[], jiffies: number): number {
    const { memory, lists } = this
    const status = this.ask(packet)
    if (status === null) return 0
    const list = lists.find(key)
    if (list === 0) return this.begin(key, jiffies)
    const confirmed = (status & EntryStatus.Confirmed) !== 0
    if (confirmed && (status & EntryStatus.Assured) !== 0) {
      if (memory.u32(list + LIST.count) !== 0) this.sweep(list, packet, jiffies)
      return memory.u32(list + LIST.count)
    }
    // Fewer than at the last going over are many, for the kernel's unsigned numbers.
    const added = (memory.u32(list + LIST.count) - memory.u32(list + LIST.sweptCount)) >>> 0
    const swept = memory.u32(list + LIST.sweptJiffies) === jiffies && added < MOST_COLLECTED
    if (confirmed || !swept) {
      if (this.isListed(list, packet)) return memory.u32(list + LIST.count)
      this.noteSwept(list, jiffies)
    }
    return this.add(list) ? memory.u32(list + LIST.count) : 0
  }

  /**
   * Notes the tuple that the packet counts as: that of its connection; without one, its own, in whichever direction
   * that may be one of the connection that has it. EntryStatus bits of the connection; null when it has no tuple.
   * Kernel: get_ct_or_tuple_from_skb().
   */
  private ask(packet: Packet): number | null {
    const { memory, asked, known } = this
    known.at = packet.skb.entry
    if (known.at === 0) {
      if (!packet.writeTuple(asked)) return null
      known.at = packet.findEntry(asked)
      return known.at === 0 ? 0 : known.status
    }
    writeOriginalTuple(memory, asked, known)
    return known.status
  }

  /** The list of a new key. */
  private begin(key: readonly number[], jiffies: number): number {
    const list = this.newList(key)
    if (list === 0 || !this.add(list)) return 0
    this.memory.setU32(list + LIST.sweptJiffies, jiffies)
    return 1
  }

  /** Crosses out what is gone or closed, unless that was done in this jiffy. */
  private sweep(list: number, packet: Packet, jiffies: number): void {
    const { memory } = this
    if (memory.u32(list + LIST.sweptJiffies) === jiffies) return
    let collected = 0
    let before = 0
    for (let node = memory.u32(list + LIST.first); node !== 0;) {
      const next = memory.u32(this.node(node))
      if (this.isAlive(node, packet) && !this.isClosed()) {
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

  /** Crosses out what is gone or closed; true, and done, when it comes upon the packet's own connection. */
  private isListed(list: number, packet: Packet): boolean {
    const { memory } = this
    let collected = 0
    let before = 0
    for (let node = memory.u32(list + LIST.first); node !== 0 && collected <= MOST_COLLECTED;) {
      const next = memory.u32(this.node(node))
      const alive = this.isAlive(node, packet)
      if (alive && this.isAsked(node)) return true
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

  /** Moves `known` to the entry that has the node's tuple. Kernel: find_or_evict(). */
  private isAlive(node: number, packet: Packet): boolean {
    const { known } = this
    known.at = packet.findEntry(this.tuple(node))
    return known.at !== 0
  }

  /** True when the node's tuple is the one that is asked for, and so is the zone of `known`. */
  private isAsked(node: number): boolean {
    const { memory, asked, known, family } = this
    return isSameTuple(memory, this.tuple(node), asked, family) && known.originalZone === originalZone(memory, asked)
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

  /** Puts down the tuple that is asked for; false when there is no room. */
  private add(list: number): boolean {
    const { memory, pool } = this
    let node = memory.u32(pool + POOL.free)
    if (node !== 0) {
      memory.setU32(pool + POOL.free, memory.u32(this.node(node)))
    } else {
      node = memory.u32(pool + POOL.used) + 1
      if (node > NODES) return false
      memory.setU32(pool + POOL.used, node)
    }
    memory.setU32(this.node(node), 0)
    copyTuple(memory, this.asked, this.tuple(node), this.family)
    const last = memory.u32(list + LIST.last)
    if (last === 0) memory.setU32(list + LIST.first, node)
    else memory.setU32(this.node(last), node)
    memory.setU32(list + LIST.last, node)
    memory.setU32(list + LIST.count, memory.u32(list + LIST.count) + 1)
    return true
  }

  private unlink(list: number, node: number, before: number): void {
    const { memory, pool } = this
    const at = this.node(node)
    const next = memory.u32(at)
    if (before === 0) memory.setU32(list + LIST.first, next)
    else memory.setU32(this.node(before), next)
    if (next === 0) memory.setU32(list + LIST.last, before)
    memory.setU32(list + LIST.count, memory.u32(list + LIST.count) - 1)
    memory.setU32(at, memory.u32(pool + POOL.free))
    memory.setU32(pool + POOL.free, node)
  }

  private node(number: number): number {
    return this.nodes + number * this.nodeBytes
  }

  private tuple(node: number): number {
    return this.node(node) + this.tupleOffset
  }
}

function nodeBytesOf(family: Family): number {
  return Math.ceil((4 + TUPLE_SIZE - tupleStart(family)) / 4) * 4
}
