/**
 * Conntrack helpers at work: they look at their connections' packets as the last step of INPUT and POSTROUTING, and
 * connections that they foresaw are told from others when they begin.
 * Kernel: nf_confirm(), nf_conntrack_proto.c; init_conntrack(), nf_conntrack_core.c; nf_conntrack_helper.c (v6.18).
 */
import type { Box } from '../box/box.js'
import { helperOf, helperOfPort } from '../extensions/conntrack-helpers.js'
import type { DataPlane } from '../memory/data-plane.js'
import { EntryStatus, EntryView } from '../memory/entry.js'
import { CtInfo, type Packet } from '../memory/packet.js'
import type { Tuple } from '../memory/tuple.js'
import { PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import { NO_RANGE } from '../memory/nat-range.js'
import { ConntrackCounter, ShardView } from '../memory/shard.js'
import { Hook } from '../ruleset/ruleset.js'
import { modelOf } from './helpers/all.js'
import { type Expectation, Follow } from './helpers/expectation.js'
import { type Asking, ExpectationTable } from './helpers/expectation-table.js'
import { HelpRecords } from './helpers/help-records.js'
import { HelpedPacket } from './helpers/helped-packet.js'
import { CallId, PptpCalls, PptpState } from './helpers/pptp-call.js'
import { adjustNumbers, offsetAt } from './helpers/sequence-numbers.js'
import { SipClass } from './helpers/sip/sip-media.js'
import type { Leg } from './leg.js'
import type { Nat } from './nat.js'
import { type Manip, originalTuple, replyTuple, sameWords } from './nat-tuple.js'

const GRE = 47

export class Helping {
  private readonly records: HelpRecords
  private readonly table: ExpectationTable
  private readonly helped: HelpedPacket
  private readonly calls: PptpCalls
  private readonly ending: EntryView
  private readonly child: EntryView
  private readonly master: EntryView

  /** `at` is the address of `bytes` bytes that `create` was given. */
  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
    private readonly nat: Nat,
    private readonly box: Box,
    at: number,
  ) {
    this.records = new HelpRecords(plane, at)
    this.table = new ExpectationTable(plane.memory, at + HelpRecords.BYTES, this.records)
    this.calls = new PptpCalls(plane, this.records, this.table)
    this.helped = new HelpedPacket(plane, packet, box, this.records, this.table, this.calls)
    this.child = new EntryView(plane.memory)
    this.master = new EntryView(plane.memory)
    this.ending = new EntryView(plane.memory)
  }

  static bytes(mostExpectations: number): number {
    return HelpRecords.BYTES + ExpectationTable.bytes(mostExpectations)
  }

  /** Lays everything out in zeroed memory. */
  static create(plane: DataPlane, at: number, mostExpectations: number): void {
    ExpectationTable.create(plane.memory, at + HelpRecords.BYTES, mostExpectations)
  }

  /** What helper and sequence numbers make of the packet that is about to leave the hook; false when it is dropped. */
  pass(leg: Leg, hook: Hook): boolean {
    const { packet } = this
    const entry = packet.connection()
    if (entry === null) return true
    if (this.box.conntrack.automaticHelpers) giveHelper(entry)
    const { helper: number, status } = entry
    const cameBack = hook === Hook.Input && packet.inInterface === this.box.loopback
    const adjusts = (status & EntryStatus.SeqAdjust) !== 0 && !cameBack
    if (number === 0 && !adjusts) return true
    leg.forgets = true
    if (packet.skb.ctInfo === Number(CtInfo.RelatedReply)) return true
    const { length } = packet
    const reason = this.help(number) ? (adjusts && !this.adjust() ? Reason.SequenceAdjust : Reason.None) : Reason.Helper
    // What was counted so far was a packet of another length.
    if (packet.length !== length) leg.recorder.finishPart(packet.skb.shard, packet.family, length)
    if (reason === Reason.None) return true
    if (reason === Reason.SequenceAdjust) new ShardView(packet.memory, packet.skb.shard).count(ConntrackCounter.Drop)
    leg.recorder.stop(PathVerdict.Drop, reason, hook)
    return false
  }

  /** The new entry of the packet under way is one that a helper foresaw, perhaps. */
  meet(entryAt: number): void {
    const { packet, table, records, child, master } = this
    const { skb } = packet
    child.at = entryAt
    const asking = { shard: skb.shard, nowNs: skb.nowNs, zone: child.zone }
    const found = table.find(originalTuple(child), asking, false)
    if (found === 0) return
    master.at = records.entryOf(table.recordOf(found))
    // Nobody can know of it yet.
    if ((master.status & (EntryStatus.Confirmed | EntryStatus.Dying)) !== Number(EntryStatus.Confirmed)) return
    const expectation = table.read(found)
    new ShardView(packet.memory, skb.shard).count(ConntrackCounter.ExpectNew)
    if (!expectation.permanent) table.remove(found, skb.shard)
    child.status |= EntryStatus.Expected
    child.helper = expectation.helper
    child.masterHelper = master.helper
    if (master.ctMark !== 0) child.ctMark = master.ctMark
    this.follow(expectation, asking)
  }

  /** The entry is no more, since `atNs`, and with it goes what it expected. */
  ended(shard: number, entryAt: number, atNs: bigint): void {
    const { records, table, ending, calls, packet } = this
    const record = records.find(entryAt)
    if (record === 0) return
    ending.at = entryAt
    if (ending.protocol === GRE) calls.forgetKeys(record, shard)
    else if (modelName(ending.helper) === 'pptp') calls.destroySiblings(ending, shard, atNs, packet.skb.entry)
    table.removeAll(record, shard)
    records.remove(entryAt)
  }

  /** By how much a direction's sequence numbers are moved at `sequence`. */
  sequenceOffset(entryAt: number, direction: number, sequence: number): number {
    const record = this.records.find(entryAt)
    return record === 0 ? 0 : offsetAt(this.plane.memory, this.records.sequenceOf(record, direction), sequence)
  }

  private help(number: number): boolean {
    const model = modelOf(modelName(number))
    if (model === null) {
      this.packet.unhelped = true
      return true
    }
    this.helped.begin(model.policies)
    return model.help(this.helped)
  }

  private adjust(): boolean {
    const { packet, records, helped } = this
    const record = records.find(packet.skb.entry)
    if (record === 0) return true
    const { direction } = helped
    return adjustNumbers(packet, records.sequenceOf(record, direction), records.sequenceOf(record, 1 - direction))
  }

  /** Leads `child`, which `master` foresaw, where it is to go. */
  private follow(expectation: Expectation, { shard, nowNs, zone }: Asking): void {
    switch (expectation.follow) {
      case Follow.Nothing:
        return
      case Follow.Master:
        this.followMaster(expectation)
        return
      case Follow.Sip:
        this.followSip(expectation, { shard, nowNs, zone })
        return
      case Follow.Pptp:
        this.records.setMaster(this.records.have(this.child.at), this.master)
        if (this.master.translated) this.followCall(expectation, shard, nowNs, zone)
        else this.calls.unexpectOther(expectation, shard, nowNs, zone)
    }
  }

  /** NAT leads it where it led its master. Kernel: nf_nat_follow_master(). */
  private followMaster({ direction, savedPort }: Expectation): void {
    const against = this.against(direction)
    this.map(against.destination, null, 'source')
    this.map(against.source, savedPort, 'destination')
  }

  /** To where the message said, from where the other stream of the pair goes to. Kernel: nf_nat_sip_expected(). */
  private followSip({ class: own, direction, savedAddress, savedPort }: Expectation, asking: Asking): void {
    const { child, records, table, master } = this
    this.map(savedAddress, savedPort, 'destination')
    const { source, srcPort, protocol, family } = originalTuple(child)
    if (own !== Number(SipClass.Signalling)) {
      const pair = table
        .ofRecord(records.have(master.at), asking)
        .map((at) => table.read(at))
        .find(
          (other) =>
            other.tuple.family === family &&
            other.tuple.protocol === protocol &&
            sameWords(other.savedAddress, source) &&
            other.savedPort === srcPort,
        )
      if (pair !== undefined) {
        this.map(pair.tuple.destination, pair.tuple.dstPort, 'source')
        return
      }
    }
    const masters = direction === 0 ? originalTuple(master) : replyTuple(master)
    if (sameWords(source, masters.source)) this.map(this.against(direction).destination, null, 'source')
  }

  /** Kernel: pptp_nat_expected(), net/ipv4/netfilter/nf_nat_pptp.c. */
  private followCall({ direction, savedPort }: Expectation, shard: number, nowNs: bigint, zone: number): void {
    const { records, master, calls, plane } = this
    const against = this.against(direction)
    const state = new PptpState(plane, records.ownOf(records.have(master.at)))
    // Seen from the server, the kernel looks for the ids of the call's own entry, which has none.
    const ids = direction === 0 ? [state.id(CallId.Pac), state.id(CallId.Pns)] : [0, 0]
    calls.unexpect({ ...against, protocol: GRE, srcPort: ids[0], dstPort: ids[1] }, shard, nowNs, zone)
    this.map(against.destination, direction === 0 ? savedPort : null, 'source')
    this.map(against.source, direction === 1 ? savedPort : null, 'destination')
  }

  /** The master's tuple of the other direction than that in which the expected connection goes. */
  private against(direction: 0 | 1): Tuple {
    return direction === 0 ? replyTuple(this.master) : originalTuple(this.master)
  }

  private map(address: readonly number[], port: number | null, manip: Manip): void {
    const ports = port === null ? null : ([port, port] as const)
    this.nat.map(this.child, { ...NO_RANGE, addresses: [address, address], ports }, manip)
  }
}

function modelName(number: number): string {
  return helperOf(number)?.name ?? ''
}

/**
 * A new connection that has no helper by a rule, and was not foreseen, gets that of the port that it goes to.
 * Kernel: __nf_ct_try_assign_helper(), net/netfilter/nf_conntrack_helper.c (up to v5.19).
 */
function giveHelper(entry: EntryView): void {
  if ((entry.status & (EntryStatus.Confirmed | EntryStatus.Expected)) !== 0 || entry.helper !== 0) return
  entry.helper = helperOfPort(entry.replySrcPort, entry.protocol, entry.family)
}
