/**
 * NAT at one hook: a new connection is mapped once for each of its ends, by the rules of the table nat or, when none
 * speaks, to what it is; then every packet of it is translated.
 * Kernel: nf_nat_inet_fn(), nf_nat_setup_info(), nf_nat_packet(), net/netfilter/nf_nat_core.c; nf_nat_ipv4_fn() and
 * the like, net/netfilter/nf_nat_proto.c (v6.18).
 *
 * What an entry's packets are translated to is settled before it is confirmed and never changes, so it is a function
 * of entry and direction: a remembered path needs no translation of its own, as nothing looks at the packet again.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { EntryStatus, type EntryView } from '../memory/entry.js'
import { NO_RANGE, type NatRange } from '../memory/nat-range.js'
import { CtInfo, type Packet } from '../memory/packet.js'
import { PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import { Hook } from '../ruleset/ruleset.js'
import type { Leg } from './leg.js'
import { invertTuple, type Manip, originalTuple, replyTuple, sameTuple, sameWords } from './nat-tuple.js'
import { isTranslatable, translate } from './translate.js'
import { isErrorProtocol, translateError } from './translate-error.js'
import { UniqueTuples } from './unique-tuple.js'

const TRANSLATED = EntryStatus.SrcNat | EntryStatus.DstNat
const DONE: Readonly<Record<Manip, EntryStatus>> = {
  source: EntryStatus.SrcNatDone,
  destination: EntryStatus.DstNatDone,
}
const CHANGED: Readonly<Record<Manip, EntryStatus>> = {
  source: EntryStatus.SrcNat,
  destination: EntryStatus.DstNat,
}

export class Nat {
  private readonly tuples: UniqueTuples

  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
  ) {
    this.tuples = new UniqueTuples(plane, packet)
  }

  /** False when the packet is dropped. `ask` runs the table's rules; false when they drop it. */
  pass(leg: Leg, hook: Hook, ask: () => boolean): boolean {
    const { packet } = this
    const { skb } = packet
    const entry = packet.connection()
    if (entry === null) return true
    const manip = hook === Hook.Postrouting || hook === Hook.Input ? 'source' : 'destination'
    const related = skb.ctInfo === Number(CtInfo.Related) || skb.ctInfo === Number(CtInfo.RelatedReply)
    const reply = skb.ctInfo >= Number(CtInfo.EstablishedReply)
    if (related && isErrorProtocol(packet)) {
      if (translateError(this.plane, packet, entry, manip, reply, isChanged(entry, manip, reply))) return true
      leg.recorder.stop(PathVerdict.Drop, Reason.NatIcmpError, hook)
      return false
    }
    if ((related || skb.ctInfo === Number(CtInfo.New)) && (entry.status & DONE[manip]) === 0) {
      // The rules are asked once: the next packet of the connection does not count there.
      leg.forgets = true
      packet.mapping = null
      if (!ask()) return false
      this.map(entry, packet.mapping ?? nullBinding(entry, manip), manip)
    } else if (hook === Hook.Postrouting && !reply && this.hasMoved(entry)) {
      this.plane.exports.killEntry(skb.shard, entry.at, skb.nowNs)
      leg.recorder.stop(PathVerdict.Drop, Reason.NatInterface, hook)
      return false
    }
    if (!isChanged(entry, manip, reply)) return true
    // From here on rules see another flow.
    leg.holding = null
    if (this.translate(entry, manip, reply)) return true
    leg.recorder.stop(PathVerdict.Drop, Reason.NatTransport, hook)
    return false
  }

  /** True when the packet's way from OUTPUT must be looked up again. Kernel: nf_nat_ipv4_local_fn(). */
  changesRoute(): boolean {
    const { packet } = this
    const entry = packet.connection()
    if (entry === null || !entry.translated) return false
    const [original, reply] = [originalTuple(entry), replyTuple(entry)]
    return packet.skb.ctInfo >= Number(CtInfo.EstablishedReply)
      ? !sameWords(reply.destination, original.source)
      : !sameWords(original.destination, reply.source)
  }

  /** MASQUERADE took the address of another interface than the one that the packet leaves by now. */
  private hasMoved(entry: EntryView): boolean {
    const { masqueradeInterface, status } = entry
    if (masqueradeInterface === 0 || masqueradeInterface === this.packet.outInterface) return false
    return (status & (EntryStatus.Confirmed | EntryStatus.Dying)) === Number(EntryStatus.Confirmed)
  }

  /** Maps one end of a connection that is not confirmed yet. Kernel: nf_nat_setup_info(). */
  map(entry: EntryView, range: NatRange, manip: Manip): void {
    if ((entry.status & EntryStatus.Confirmed) !== 0) return
    const current = invertTuple(replyTuple(entry))
    const chosen = this.tuples.choose(current, range, entry, manip)
    if (!sameTuple(chosen, current)) {
      const { source, destination, srcPort, dstPort } = invertTuple(chosen)
      entry.alterReply(source, destination, [srcPort, dstPort])
      entry.status |= CHANGED[manip]
    }
    entry.status |= DONE[manip]
  }

  /** False when the packet cannot be translated. */
  private translate(entry: EntryView, manip: Manip, reply: boolean): boolean {
    const { packet } = this
    const { at, family, transport, protocol } = packet
    const whole = packet.captured >= packet.length
    const target = invertTuple(reply ? originalTuple(entry) : replyTuple(entry))
    const end = at + Math.min(packet.captured, packet.length)
    const bytes = { family, at, transport, protocol, end, whole }
    if (!isTranslatable(this.plane.memory, bytes, manip)) return false
    translate(this.plane, bytes, target, manip)
    return true
  }
}

/** Whether NAT changes this end of packets of this direction: a reply's source is the original's destination. */
function isChanged(entry: EntryView, manip: Manip, reply: boolean): boolean {
  const bit = reply ? CHANGED[manip] ^ TRANSLATED : CHANGED[manip]
  return (entry.status & bit) !== 0
}

/** No rule speaks: the address stays. Kernel: __nf_nat_alloc_null_binding(). */
function nullBinding(entry: EntryView, manip: Manip): NatRange {
  const reply = replyTuple(entry)
  const address = manip === 'source' ? reply.destination : reply.source
  return { ...NO_RANGE, addresses: [address, address] }
}
