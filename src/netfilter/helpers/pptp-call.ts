/**
 * The GRE call of a PPTP control connection: what the helper keeps of it, and its end.
 * Kernel: struct nf_ct_pptp_master; pptp_expectfn(), pptp_destroy_siblings(), nf_conntrack_pptp.c (v6.18).
 *
 *   own state: 2 x GreKey | session u8 | call u8 | keys that are added (bits) u8 | ids: PNS, PAC, NAT's PNS, NAT's PAC u16
 */
import type { DataPlane } from '../../memory/data-plane.js'
import { EntryView } from '../../memory/entry.js'
import { GRE_KEY_SIZE } from '../../memory/gre-key.js'
import { type Tuple, TUPLE_SIZE, writeTuple, writeZone } from '../../memory/tuple.js'
import { invertTuple, originalTuple, replyTuple } from '../nat-tuple.js'
import type { Expectation } from './expectation.js'
import type { ExpectationTable } from './expectation-table.js'
import { addGreKey, isGreKeyOf, removeGreKey } from './gre-keys.js'
import type { HelpRecords } from './help-records.js'

const GRE = 47
const BOTH_DIRECTIONS = 3
const REPLY_BIT = 1
const STATE = { session: 32, call: 33, keys: 34, ids: 36 } as const

/** Numbers of a call's ends: the client's (PNS), the server's (PAC), and what they were before NAT changed them. */
export enum CallId {
  Pns = 0,
  Pac = 1,
  NatPns = 2,
  NatPac = 3,
}

/** What the helper keeps of a control connection, at the address of its own state. */
export class PptpState {
  constructor(
    readonly plane: DataPlane,
    readonly at: number,
  ) {}

  get session(): number {
    return this.plane.memory.u8(this.at + STATE.session)
  }
  set session(state: number) {
    this.plane.memory.setU8(this.at + STATE.session, state)
  }

  get call(): number {
    return this.plane.memory.u8(this.at + STATE.call)
  }
  set call(state: number) {
    this.plane.memory.setU8(this.at + STATE.call, state)
  }

  id(which: CallId): number {
    return this.plane.memory.u16(this.at + STATE.ids + 2 * which)
  }

  setId(which: CallId, id: number): void {
    this.plane.memory.setU16(this.at + STATE.ids + 2 * which, id)
  }

  /** False when the direction has another key already. */
  addKey(shard: number, direction: 0 | 1, tuple: Tuple): boolean {
    const { memory } = this.plane
    const key = this.at + GRE_KEY_SIZE * direction
    const added = memory.u8(this.at + STATE.keys)
    if ((added & (1 << direction)) !== 0) return isGreKeyOf(memory, key, tuple)
    addGreKey(this.plane, shard, key, tuple)
    memory.setU8(this.at + STATE.keys, added | (1 << direction))
    return true
  }

  removeKeys(shard: number): void {
    const { memory } = this.plane
    const added = memory.u8(this.at + STATE.keys)
    for (const direction of [0, 1]) {
      if ((added & (1 << direction)) !== 0) removeGreKey(memory, shard, this.at + GRE_KEY_SIZE * direction)
    }
    memory.setU8(this.at + STATE.keys, 0)
  }
}

/** The ends of calls. */
export class PptpCalls {
  private readonly tuple: number
  private readonly sibling: EntryView

  constructor(
    private readonly plane: DataPlane,
    private readonly records: HelpRecords,
    private readonly table: ExpectationTable,
  ) {
    this.tuple = plane.allocate(TUPLE_SIZE, 'a tuple')
    this.sibling = new EntryView(plane.memory)
  }

  /** A call has come: its other direction is not expected any more. Kernel: pptp_expectfn(), without NAT. */
  unexpectOther(expectation: Expectation, shard: number, nowNs: bigint, zone: number): void {
    this.unexpect(invertTuple(expectation.tuple), shard, nowNs, zone)
  }

  /** Its call is over; `held` is the entry of the packet under way. Kernel: pptp_destroy_siblings(). */
  destroySiblings(control: EntryView, shard: number, nowNs: bigint, held: number): void {
    const record = this.records.find(control.at)
    if (record === 0) return
    const state = new PptpState(this.plane, this.records.ownOf(record))
    const [pns, pac] = [state.id(CallId.Pns), state.id(CallId.Pac)]
    const { zone } = control
    const ways: readonly Tuple[] = [
      { ...originalTuple(control), protocol: GRE, srcPort: pns, dstPort: pac },
      { ...replyTuple(control), protocol: GRE, srcPort: pac, dstPort: pns },
    ]
    state.removeKeys(shard)
    for (const way of ways) {
      if (!this.end(way, shard, nowNs, zone, held)) this.unexpect(way, shard, nowNs, zone)
    }
  }

  /** The entry of a call is gone: its ids say nothing any more. Kernel: destroy_gre_conntrack(). */
  forgetKeys(record: number, shard: number): void {
    if (!this.records.master(record, this.sibling)) return
    const master = this.records.find(this.sibling.at)
    if (master !== 0) new PptpState(this.plane, this.records.ownOf(master)).removeKeys(shard)
  }

  unexpect(tuple: Tuple, shard: number, nowNs: bigint, zone: number): void {
    const at = this.table.find(tuple, { shard, nowNs, zone }, true)
    if (at !== 0) this.table.remove(at, shard)
  }

  /** True when there was an entry of the tuple. */
  private end(tuple: Tuple, shard: number, nowNs: bigint, zone: number, held: number): boolean {
    const { memory, exports } = this.plane
    writeTuple(memory, this.tuple, tuple)
    writeZone(memory, this.tuple, zone, BOTH_DIRECTIONS)
    const found = exports.findTuple(shard, this.tuple, nowNs) >>> 0
    if (found === 0) return false
    const at = (found & ~REPLY_BIT) >>> 0
    if (at === held) exports.killEntry(shard, at, nowNs)
    else exports.buryEntry(shard, at, nowNs)
    return true
  }
}
