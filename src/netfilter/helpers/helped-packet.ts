/**
 * A packet of a connection with a helper, as the helper sees it: the connection's tuples, the payload as text of one
 * character a byte, what can be expected, and how the payload is rewritten.
 */
import type { Box } from '../../box/box.js'
import type { DataPlane } from '../../memory/data-plane.js'
import { EntryStatus, EntryView } from '../../memory/entry.js'
import { CtInfo, type Packet } from '../../memory/packet.js'
import type { Tuple } from '../../memory/tuple.js'
import { originalTuple, replyTuple } from '../nat-tuple.js'
import { drawNumber } from '../random.js'
import type { Expectation, ExpectationPolicy } from './expectation.js'
import { type Asking, Expected, type ExpectationTable } from './expectation-table.js'
import type { HelpRecords } from './help-records.js'
import type { PptpCalls } from './pptp-call.js'
import { replacePayload } from './replace-payload.js'
import { noteChange } from './sequence-numbers.js'

const TCP = 6
const UDP_HEADER = 8
const SECOND_NS = 1_000_000_000n
/** Kernel: max_attempts of nf_nat_exp_find_port(). */
const MOST_ATTEMPTS = 128
const HIGHEST_PORT = 65535
/** What is longer is no packet. */
const LONGEST = 65535

export class HelpedPacket {
  private policies: readonly ExpectationPolicy[] = []
  private draws = 0
  private readonly other: EntryView

  constructor(
    readonly plane: DataPlane,
    readonly packet: Packet,
    readonly box: Box,
    readonly records: HelpRecords,
    readonly expectations: ExpectationTable,
    private readonly calls: PptpCalls,
  ) {
    this.other = new EntryView(plane.memory)
  }

  /** Turns to the packet under way, whose connection's helper has these policies. */
  begin(policies: readonly ExpectationPolicy[]): void {
    this.policies = policies
    this.draws = 0
  }

  /** Its connection. */
  get entry(): EntryView {
    this.packet.entry.at = this.packet.skb.entry
    return this.packet.entry
  }

  get direction(): 0 | 1 {
    return this.packet.skb.ctInfo >= Number(CtInfo.EstablishedReply) ? 1 : 0
  }

  /** Traffic went both ways. Kernel: IP_CT_ESTABLISHED, IP_CT_ESTABLISHED_REPLY. */
  get isEstablished(): boolean {
    const { ctInfo } = this.packet.skb
    return ctInfo === Number(CtInfo.Established) || ctInfo === Number(CtInfo.EstablishedReply)
  }

  /** NAT maps an end of the connection. Kernel: IPS_NAT_MASK. */
  get isTranslated(): boolean {
    return (this.entry.status & (EntryStatus.SrcNat | EntryStatus.DstNat)) !== 0
  }

  /** The tuples of packets in this packet's direction, and in the other one. */
  tuples(): { readonly own: Tuple; readonly other: Tuple } {
    const { entry } = this
    const [original, reply] = [originalTuple(entry), replyTuple(entry)]
    return this.direction === 0 ? { own: original, other: reply } : { own: reply, other: original }
  }

  /** TCP sequence number, as its sender wrote it. */
  get sequence(): number {
    return this.packet.memory.be32(this.packet.at + this.packet.transport + 4)
  }

  /** Where the payload begins, from the start of the IP header. */
  get payloadOffset(): number {
    const { packet } = this
    if (packet.protocol !== TCP) return packet.transport + UDP_HEADER
    return packet.transport + (packet.memory.u8(packet.at + packet.transport + 12) >> 4) * 4
  }

  /** Bytes behind the transport header, by the IP header's own word; none when that says so. */
  get payloadBytes(): number {
    return Math.max(0, this.packet.length - this.payloadOffset)
  }

  /**
   * The payload, a character a byte. Bytes that the snap length cut off are zero.
   * Differs from the kernel: that one had them.
   */
  payload(): string {
    const { packet } = this
    const start = this.payloadOffset
    const bytes = this.payloadBytes
    const there = Math.max(0, Math.min(bytes, packet.captured - start))
    const from = packet.at + start
    return Buffer.from(packet.memory.bytes.subarray(from, from + there))
      .toString('latin1')
      .padEnd(bytes, '\0')
  }

  /** Address of the 48 bytes that the helper keeps of this connection. */
  ownState(): number {
    return this.records.ownOf(this.records.have(this.entry.at))
  }

  asking(): Asking {
    const { skb } = this.packet
    return { shard: skb.shard, nowNs: skb.nowNs, zone: this.entry.zone }
  }

  /** Kernel: nf_ct_expect_related(); NF_CT_EXP_F_SKIP_MASTER where it is `sharing`. */
  expect(expectation: Expectation, sharing = false): Expected {
    const record = this.records.have(this.entry.at)
    return this.expectations.add(expectation, record, this.policies, this.asking(), sharing)
  }

  /** What this connection expects, newest first. */
  expected(): readonly number[] {
    const record = this.records.find(this.entry.at)
    return record === 0 ? [] : this.expectations.ofRecord(record, this.asking())
  }

  /** What stands at `at` is expected by another connection with the same helper. */
  isOfSameHelper(at: number): boolean {
    const record = this.expectations.recordOf(at)
    const { entry, other } = this
    other.at = this.records.entryOf(record)
    return other.at !== entry.at && other.helper === entry.helper && other.family === entry.family
  }

  /** What stands at `at` is not expected any more. */
  forget(at: number): void {
    this.expectations.remove(at, this.packet.skb.shard)
  }

  /** Takes back what was just expected. Kernel: nf_ct_unexpect_related(). */
  unexpect(tuple: Tuple): void {
    const at = this.expectations.find(tuple, this.asking(), true)
    if (at !== 0) this.expectations.remove(at, this.packet.skb.shard)
  }

  /**
   * Expects it at its port or, where that is taken, at one above it that is drawn; the port, or 0 when it is not to be.
   * Kernel: nf_nat_exp_find_port(), net/netfilter/nf_nat_helper.c.
   */
  expectAtFreePort(expectation: Expectation): number {
    const first = expectation.tuple.dstPort
    const range = HIGHEST_PORT - first
    let port = first
    for (let left = Math.min(range, MOST_ATTEMPTS); ; port = first + this.draw(range)) {
      const tuple: Tuple = { ...expectation.tuple, dstPort: port }
      const outcome = this.expect({ ...expectation, tuple })
      if (outcome === Expected.Added) return port
      if (outcome !== Expected.Clash || --left < 0) return 0
    }
  }

  /** The connection's GRE call is over. */
  endCalls(): void {
    const { skb } = this.packet
    this.calls.destroySiblings(this.entry, skb.shard, skb.nowNs, skb.entry)
  }

  /** Keeps the connection for so many seconds at least. Kernel: nf_ct_refresh(). */
  refresh(seconds: number): void {
    const { entry } = this
    if ((entry.status & EntryStatus.FixedTimeout) !== 0) return
    const lifeNs = BigInt(seconds) * SECOND_NS
    entry.expiryNs = (entry.status & EntryStatus.Confirmed) === 0 ? lifeNs : this.packet.skb.nowNs + lifeNs
  }

  /**
   * Puts other bytes in place of `length` bytes of the payload at `offset`; TCP's numbers are kept in step. False when
   * the packet would grow too long. Kernel: nf_nat_mangle_tcp_packet(), nf_nat_mangle_udp_packet().
   */
  replace(offset: number, length: number, text: string): boolean {
    const more = text.length - length
    if (!this.replaceOnly(offset, length, text)) return false
    if (this.packet.protocol === TCP && more !== 0) this.shift(more)
    return true
  }

  /** As `replace`, but the caller sees to TCP's numbers. */
  replaceOnly(offset: number, length: number, text: string): boolean {
    if (this.packet.length + text.length - length > LONGEST) return false
    replacePayload(this.packet, this.payloadOffset + offset, length, Buffer.from(text, 'latin1'))
    return true
  }

  /** What this TCP packet's sender sends from here on is moved on by `more` bytes. Kernel: nf_ct_seqadj_set(). */
  shift(more: number): void {
    const { entry } = this
    entry.status |= EntryStatus.SeqAdjust
    const record = this.records.have(entry.at)
    noteChange(this.packet.memory, this.records.sequenceOf(record, this.direction), this.sequence, more)
  }

  private draw(below: number): number {
    return drawNumber(this.packet.memory, this.packet.skb.number, ++this.draws) % below
  }
}
