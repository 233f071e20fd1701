/**
 * The way of one packet through hooks and routing, and of the answers that it causes: the plain interpreter.
 *
 *   received: PREROUTING, routing, then INPUT, or FORWARD and POSTROUTING
 *   sent:     routing, OUTPUT, POSTROUTING; to the box itself then PREROUTING and INPUT as well
 *
 * Kernel: ip_rcv_finish(), ip_forward(), ip_local_deliver(), __ip_local_out(), ip_mc_output(), and the same of IPv6.
 */
import type { Words } from '../box/address.js'
import type { Box } from '../box/box.js'
import type { DataPlane } from '../memory/data-plane.js'
import { DATAGRAM_HEAD_SIZE } from '../memory/datagram.js'
import { DescriptorFlag, PacketType } from '../memory/descriptor.js'
import { EntryStatus } from '../memory/entry.js'
import { rulesHolding, untestedRules } from '../memory/flow-classes.js'
import { CtInfo, Packet, type RejectWith } from '../memory/packet.js'
import { PathFlag, PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import { FlowMemory } from '../memory/skb.js'
import { type Family, Hook } from '../ruleset/ruleset.js'
import { ANSWER_BYTES, AnswerPacket } from './answer-packet.js'
import type { AwaitedAnswers } from './awaited-answers.js'
import { Original, whyNotBack6 } from './come-back.js'
import { Duplicator } from './duplicate.js'
import { forwardPacket } from './forward.js'
import type { HeldAnswers } from './held-answers.js'
import type { Helping } from './helping.js'
import { type HookEvents, Hooks } from './hooks.js'
import type { NatTrial } from './nat-trial.js'
import { describePacket, forgetLinkHeader, Leg, restorePacket, savePacket } from './leg.js'
import { type Departures, Outgoing } from './outgoing.js'
import { destinationOf, flowOf, ttlOf } from './packet-flow.js'
import { PathRecorder, PathScratch } from './path-recorder.js'
import type { Program } from './program.js'
import { type Answer, Rejecter } from './reject.js'
import { forwardOptions } from './received-options.js'
import type { InputRoute, Sent } from './route-decision.js'
import { Routing } from './routing.js'
import { SeenOnBox } from './seen-on-box.js'
import { SentPackets } from './sent-packets.js'

/** What all walks of a worker share. */
export interface WalkSettings {
  readonly box: Box
  readonly programs: ReadonlyMap<Family, Program>
  /** Families whose rules need conntrack. */
  readonly tracks: Readonly<Record<Family, boolean>>
  /** Families whose routes look at something that a packet's signature does not hold. */
  readonly forgets: Readonly<Record<Family, boolean>>
  /** --vantage tap: answers that the capture will show; else null. */
  readonly awaited: AwaitedAnswers | null
  /** --vantage tap: what undoes NAT in what the box was seen sending; families without a table nat have none. */
  readonly trials: ReadonlyMap<Family, TrialMaker>
  /** Answers that the box's rate limits may hold back; null when there are no limits. */
  readonly held: HeldAnswers | null
  /** Where packets go that leave the box; null when nobody asks for them. */
  readonly departures: Departures | null
  /** Address of what conntrack helpers keep; 0 when no rule gives a helper to connections. */
  readonly helpersAt: number
}

/** Makes a walk's own trials. */
export type TrialMaker = (packet: Packet, routing: Routing) => NatTrial

/** A captured packet, the answer to it, and the answer to that. An ICMP error to a RST is never answered. */
const DEPTH = 4
/** IPv6 may have 40 bytes more. */
const LONGEST_PACKET = 65536 + 64
/** IPv4. */
const DONT_FRAGMENT = 0x4000

export class PacketWalk implements HookEvents {
  private readonly packet: Packet
  private readonly routing: Routing
  private readonly hooks: Hooks
  private readonly rejecter: Rejecter
  private readonly seen: SeenOnBox
  private readonly loopback: number
  private readonly legs: readonly Leg[]
  private readonly answers: readonly AnswerPacket[]
  private readonly outgoing: Outgoing | null
  private readonly duplicator: Duplicator
  private readonly copyLeg: Leg
  /** By family, once it was looked at: rules that no flow spares. */
  private readonly untested: Partial<Record<Family, ArrayLike<number>>> = {}
  private depth = 0
  /** Other packets came of it, or could have: it is not only its own path that counts. */
  private answered = false
  /** A copy is under way, which is not copied itself. Kernel: in_nf_duplicate. */
  private duplicating = false

  constructor(
    private readonly plane: DataPlane,
    readonly skbAt: number,
    private readonly settings: WalkSettings,
  ) {
    const { box } = settings
    const scratch = new PathScratch(plane)
    this.packet = new Packet(plane.memory, skbAt)
    this.packet.room = plane.allocate(LONGEST_PACKET, 'packets that grow')
    this.routing = new Routing(box)
    this.hooks = new Hooks(plane, this.packet, settings.programs, settings.tracks, this, box, settings.helpersAt)
    this.rejecter = new Rejecter(this.routing)
    const trials = [...settings.trials].map(([family, make]) => [family, make(this.packet, this.routing)] as const)
    const sent = new SentPackets(plane, this.packet, box, new Map(trials))
    this.seen = new SeenOnBox(plane, this.packet, this.routing, sent, settings.awaited)
    this.loopback = box.loopback
    this.legs = Array.from({ length: DEPTH }, () => new Leg(new PathRecorder(plane, scratch)))
    this.copyLeg = new Leg(new PathRecorder(plane, scratch))
    this.duplicator = new Duplicator(plane, this.routing)
    this.packet.writeTuple = (at) => plane.exports.packetTuple(skbAt, at) !== 0
    this.packet.findEntry = (at) => plane.exports.findKnown(skbAt, at) >>> 0
    this.packet.duplicate = (gateway, outInterface) => this.duplicate(gateway, outInterface)
    const { departures } = settings
    this.outgoing = departures === null ? null : new Outgoing(plane, departures)
    this.answers = this.legs.map(() => new AnswerPacket(plane.memory, plane.allocate(ANSWER_BYTES, 'answers')))
  }

  /** Walks the packet that is in the skb now. The data plane frees an entry that was not confirmed. */
  walk(): void {
    const { packet, settings, seen } = this
    const { skb } = packet
    const [leg] = this.legs
    describePacket(packet)
    if (seen.isAnswer()) return
    if (settings.trials.size > 0) seen.expectDeparture()
    const origin = seen.findOrigin(leg)
    if (origin === null) return
    packet.answer = null
    packet.changedState = false
    packet.guessed = false
    packet.checksumBroken = false
    packet.unhelped = false
    this.depth = 0
    this.answered = false
    this.duplicating = false
    leg.reset()
    leg.tracked = skb.tracked
    leg.forgets = settings.forgets[packet.family]
    const { flowKey } = skb
    if (flowKey !== 0) {
      leg.holding = rulesHolding(packet.memory, flowKey)
      leg.untested = this.untested[packet.family] ??= untestedRules(packet.memory, packet.family)
    }
    const { descriptor } = packet
    leg.datagram = datagramHead(packet)
    if ((descriptor.flags & DescriptorFlag.Output) !== 0) this.sendOwn(leg)
    else this.receive(leg, descriptor.boxInterface)
    seen.compareOwn(leg)
    const flags = origin | (packet.unhelped ? PathFlag.Unhelped : PathFlag.None)
    skb.path = leg.recorder.finish(skb.shard, packet.family, skb.length, flags)
    const remember = !leg.forgets && !packet.changedState && !this.answered
    skb.remember = remember
    if (remember && !leg.ownFlow && leg.trackings <= 1) skb.flowMemory = flowMemoryOf(leg)
  }

  /** The connections that helpers see and foresee; null when there can be none. */
  get helping(): Helping | null {
    return this.hooks.helping
  }

  /** The answer goes its whole way before the rejected packet is dropped. */
  reject(leg: Leg, kind: RejectWith): void {
    if (this.depth + 1 === DEPTH) return
    // Without one as well: what decides about it (RST, checksum, ICMP type) is more than a signature holds.
    this.answered = true
    const { packet } = this
    const { skb } = packet
    const into = this.answers[this.depth]
    const answer = this.rejecter.answer(packet, leg, kind, into)
    if (answer === null) return
    const rejected = savePacket(packet)
    const own = this.legs[++this.depth]
    own.reset()
    skb.descriptor = into.descriptor
    skb.packet = into.at
    skb.length = into.length
    skb.mark = answer.mark
    packet.checksumBroken = false
    own.attached = this.attach(kind)
    // The RST has the socket of what it answers. Kernel: nf_send_reset6().
    own.boundTo = kind === 'tcp-reset' ? leg.boundTo : 0
    own.limited = this.settings.held !== null && answer.limit !== 'none'
    own.imagined = this.settings.awaited !== null
    describePacket(packet)
    this.send(own, answer.route)
    this.countAnswer(own, answer)
    if (!own.attached) this.release()
    this.depth--
    restorePacket(packet, rejected)
  }

  /** The copy goes its whole way before the packet goes on. */
  private duplicate(gateway: Words, outInterface: number): void {
    if (this.duplicating) return
    this.answered = true
    const { packet, copyLeg } = this
    const { skb, gateway: nextHop, routeMtu, realm } = packet
    const original = savePacket(packet)
    const hadDf = packet.family === 4 && (packet.memory.be16(packet.at + 6) & DONT_FRAGMENT) !== 0
    const route = this.duplicator.copy(packet, gateway, outInterface)
    if (route === null) return
    this.duplicating = true
    copyLeg.reset()
    copyLeg.datagram = this.legs[this.depth].datagram
    copyLeg.copyOf = { hadDf }
    describePacket(packet)
    forgetLinkHeader(packet, PacketType.Host)
    this.send(copyLeg, route)
    copyLeg.recorder.finish(skb.shard, packet.family, skb.length, PathFlag.Copy)
    this.release()
    this.duplicating = false
    restorePacket(packet, original)
    packet.gateway = nextHop
    packet.routeMtu = routeMtu
    packet.realm = realm
    packet.hotDrop = false
  }

  /**
   * Counts the answer in the skb, or leaves it to who knows whether it is sent.
   * Differs from the kernel: whatever else rules did to an answer (a connection's mark, a limit's tokens) they have
   * done to one that is held back as well.
   */
  private countAnswer({ recorder }: Leg, { mark, limit }: Answer): void {
    const { packet, settings } = this
    const { skb, family } = packet
    const { awaited, held } = settings
    if (awaited !== null) {
      skb.mark = mark
      awaited.add(packet, recorder.keep(skb.shard, family, PathFlag.None))
    } else if (held !== null && limit !== 'none') {
      const path = recorder.keep(skb.shard, family, PathFlag.Generated)
      held.add(skb, family, path, limit === 'destination' ? destinationOf(packet) : null)
    } else {
      recorder.finish(skb.shard, family, skb.length, PathFlag.Generated)
    }
  }

  /** Kernel: ip_route_me_harder(), ip6_route_me_harder(). */
  reroute(leg: Leg): boolean {
    const route = this.routing.outputAgain(this.packet, leg.boundTo)
    if (route.kind === 'send') {
      leg.rerouted = route
      this.takeRoute(leg, route)
      return true
    }
    leg.recorder.stop(PathVerdict.Route, route.reason, null)
    return false
  }

  /** From here on rules, and who answers the packet, see this way. Kernel: skb_dst(). */
  private takeRoute(leg: Leg, { cast, outInterface, mtu, realm = 0 }: Sent): void {
    leg.cast = cast
    leg.toBox = outInterface === this.loopback
    this.packet.routeMtu = mtu
    this.packet.realm = realm
  }

  private receive(leg: Leg, boxInterface: number): void {
    const { packet, hooks } = this
    const inInterface = boxInterface === 0 ? this.routing.interfaceBack(packet) : boxInterface
    if (!hooks.pass(leg, Hook.Prerouting, inInterface, 0)) return
    const route = this.routing.input(packet, inInterface)
    if (route.kind === 'drop') {
      leg.recorder.stop(PathVerdict.Route, route.reason, null)
      return
    }
    leg.cast = route.cast
    packet.realm = route.realm ?? 0
    leg.options = this.routing.receiveOptions(packet, inInterface, isToBoxAlone(route))
    if (route.kind === 'deliver') {
      leg.toBox = true
      this.deliver(leg, inInterface)
      return
    }
    packet.routeMtu = route.mtu
    const reason = forwardPacket(packet, route.forwardMtu, leg.datagram)
    if (reason !== Reason.None) {
      leg.recorder.stop(PathVerdict.Route, reason, null)
      return
    }
    if (!hooks.pass(leg, Hook.Forward, inInterface, route.outInterface)) return
    if (leg.options !== null) {
      const flow = { ...flowOf(packet, inInterface), outInterface: route.outInterface }
      forwardOptions(packet, leg.options, () => this.routing.ipv4.ownAddress(flow))
    }
    packet.gateway = route.gateway
    if (hooks.pass(leg, Hook.Postrouting, inInterface, route.outInterface)) this.leave(leg, route)
  }

  /** The packet goes out, as it is behind POSTROUTING. */
  private leave(leg: Leg, { outInterface, mtu }: Pick<Sent, 'outInterface' | 'mtu'>): void {
    if (outInterface === this.loopback || leg.imagined) return
    if (leg === this.legs[0] && this.seen.isCompared(mtu)) {
      leg.recorder.outInterface = outInterface
      this.plane.exports.expectDeparture(this.skbAt, outInterface)
    }
    this.outgoing?.leave(this.packet, leg, outInterface, mtu)
  }

  /** Kernel: ip_local_deliver(); IPv6 puts fragments together behind INPUT. */
  private deliver(leg: Leg, inInterface: number): void {
    const { packet } = this
    const fragment = packet.family === 4 && (packet.descriptor.flags & DescriptorFlag.Fragment) !== 0
    if (fragment && !this.completes(leg)) return
    this.hooks.pass(leg, Hook.Input, inInterface, 0)
  }

  /** True when the fragment was its datagram's last: now that is the packet under way. */
  private completes(leg: Leg): boolean {
    const { packet } = this
    const { skb } = packet
    const { length } = skb
    const reason: Reason = this.plane.exports.gatherForDelivery(this.skbAt)
    if (reason !== Reason.None) {
      leg.recorder.stop(reason === Reason.FragmentKept ? PathVerdict.Stolen : PathVerdict.Drop, reason, null)
      return false
    }
    leg.recorder.finishPart(skb.shard, packet.family, length)
    describePacket(packet)
    return true
  }

  private sendOwn(leg: Leg): void {
    const { packet } = this
    forgetLinkHeader(packet, PacketType.Host)
    leg.boundTo = this.routing.socketDevice(packet)
    const route = this.routing.output(packet)
    if (route.kind === 'send') this.send(leg, route)
    else leg.recorder.stop(PathVerdict.Ip, route.reason, null)
  }

  private send(leg: Leg, sent: Sent): void {
    const { packet, hooks } = this
    this.takeRoute(leg, sent)
    if (!hooks.pass(leg, Hook.Output, 0, sent.outInterface)) return
    const way = leg.rerouted ?? sent
    const { outInterface } = way
    packet.gateway = way.gateway
    if (!way.copied) {
      if (!hooks.pass(leg, Hook.Postrouting, 0, outInterface)) return
      if (way.toBox) this.comeBack(leg, this.loopback, PacketType.Host)
      else this.leave(leg, way)
      return
    }
    // IPv4 makes the copy in front of POSTROUTING, IPv6 behind it.
    if (packet.family === 4) {
      this.copyBack(leg, outInterface)
      if (way.cast === 'multicast' && ttlOf(packet) === 0) return
      if (hooks.pass(leg, Hook.Postrouting, 0, outInterface)) this.leave(leg, way)
    } else if (hooks.pass(leg, Hook.Postrouting, 0, outInterface)) {
      this.copyBack(leg, outInterface)
      if (ttlOf(packet) !== 0) this.leave(leg, way)
    }
  }

  /**
   * A copy of what the box sends to a group that it belongs to: POSTROUTING, and back by the same interface.
   * What becomes of the copy decides nothing for the packet. Kernel: ip_mc_output(), ip6_finish_output2().
   */
  private copyBack(leg: Leg, outInterface: number): void {
    const { packet, hooks } = this
    const { skb } = packet
    const { recorder } = leg
    leg.ownFlow = true
    const decision = recorder.decision()
    const { entry, ctInfo } = skb
    const original = new Original(packet)
    packet.comesBack = true
    if (hooks.pass(leg, Hook.Postrouting, 0, outInterface)) this.comeBack(leg, outInterface, PacketType.Loopback)
    // What was counted so far was a packet of another length.
    if (skb.length !== original.length) recorder.finishPart(skb.shard, packet.family, skb.length)
    packet.comesBack = false
    original.restore()
    forgetLinkHeader(packet, PacketType.Host)
    if (entry === 0) {
      // Without a connection, the copy was tracked by itself.
      this.release()
      skb.entry = 0
      skb.ctInfo = ctInfo
      skb.setTemplate(0, 0, 0)
    }
    packet.inInterface = 0
    packet.outInterface = outInterface
    recorder.restore(decision)
  }

  private comeBack(leg: Leg, inInterface: number, packetType: PacketType): void {
    forgetLinkHeader(this.packet, packetType)
    const { packet, plane } = this
    const reason = packet.family === 4 ? Reason.None : whyNotBack6(packet, plane, inInterface === this.loopback)
    if (reason !== Reason.None) {
      leg.recorder.stop(PathVerdict.Ip, reason, null)
      return
    }
    if (!this.hooks.pass(leg, Hook.Prerouting, inInterface, 0)) return
    if (!this.routing.acceptsOptions(this.packet, inInterface)) {
      leg.recorder.stop(PathVerdict.Route, Reason.IpOptions, null)
      return
    }
    leg.options = this.routing.receiveOptions(this.packet, inInterface, leg.cast === 'unicast')
    this.deliver(leg, inInterface)
  }

  /**
   * Gives the answer the entry of the packet that it answers, in the other direction. An answer to an UNTRACKED packet
   * carries no entry, yet what raw's rules say of tracking no longer counts for it. Kernel: nf_conntrack_attach().
   */
  private attach(kind: RejectWith): boolean {
    const { packet } = this
    const { skb } = packet
    const connection = packet.connection()
    if (connection === null) {
      skb.ctInfo = skb.ctInfo === Number(CtInfo.Untracked) ? CtInfo.Related : 0
      return false
    }
    const reply = skb.ctInfo >= Number(CtInfo.EstablishedReply)
    skb.ctInfo = reply ? CtInfo.Related : CtInfo.RelatedReply
    if (kind === 'tcp-reset' && (connection.status & EntryStatus.Confirmed) !== 0) {
      this.plane.exports.setClosing(connection.at, skb.nowNs)
    }
    return true
  }

  /** Frees an entry that was never confirmed, or was killed while the packet held it. */
  private release(): void {
    const status = this.packet.connection()?.status
    if (status === undefined) return
    const kept = (status & EntryStatus.Confirmed) !== 0 && (status & EntryStatus.Dying) === 0
    if (!kept) this.plane.exports.release(this.skbAt)
  }
}

/** Of a datagram put together from fragments; else 0. */
function datagramHead({ at, descriptor }: Packet): number {
  if ((descriptor.flags & DescriptorFlag.Datagram) === 0) return 0
  return at - descriptor.linkHeader - DATAGRAM_HEAD_SIZE
}

/** Kernel: RTCF_LOCAL without RTCF_BROADCAST and RTCF_MULTICAST. */
function isToBoxAlone(route: InputRoute): boolean {
  return route.kind === 'deliver' && route.cast === 'unicast'
}

function flowMemoryOf({ trackings, confirms }: Leg): number {
  return FlowMemory.Keep | (trackings === 0 ? 0 : FlowMemory.Tracks) | (confirms ? FlowMemory.Confirms : 0)
}
