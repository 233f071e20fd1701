/**
 * REJECT's answers: whether there is one, what it looks like, where it goes. In: a rejected packet and its leg.
 * Out: an answer in scratch memory, with its route and mark, or null.
 * Kernel: nf_send_reset(), nf_send_unreach(), net/ipv4/netfilter/nf_reject_ipv4.c; nf_send_reset6(),
 * nf_send_unreach6(), net/ipv6/netfilter/nf_reject_ipv6.c (v6.18).
 */
import { ANY, isLinkLocal6, type Words } from '../box/address.js'
import type { Flow } from '../box/policy-rule.js'
import type { Packet, RejectWith } from '../memory/packet.js'
import { Hook } from '../ruleset/ruleset.js'
import { answersReset, answersUnreachable } from './answer-eligibility.js'
import type { AnswerPacket } from './answer-packet.js'
import { echoOptions } from './echoed-options.js'
import type { Leg } from './leg.js'
import { flowOf, reverseFlow } from './packet-flow.js'
import type { Sent } from './route-decision.js'
import type { Routing } from './routing.js'

export interface Answer {
  readonly route: Sent
  readonly mark: number
  readonly limit: AnswerLimit
}

/** Which of the box's rate limits have a say: none, that on all answers, or the one on their destination as well. */
type AnswerLimit = 'none' | 'global' | 'destination'

const ICMP = 1
const ICMPV6 = 58
/** Source of an ICMP error of a router without addresses. Kernel: INADDR_DUMMY, RFC 7600. */
const DUMMY: Words = [0xc0000008]

export class Rejecter {
  constructor(private readonly routing: Routing) {}

  /** Writes the answer to the packet into `into`; null when none is sent. */
  answer(packet: Packet, leg: Leg, kind: RejectWith, into: AnswerPacket): Answer | null {
    return kind === 'tcp-reset' ? this.reset(packet, leg, into) : this.unreachable(packet, leg, kind, into)
  }

  private reset(packet: Packet, leg: Leg, into: AnswerPacket): Answer | null {
    const { routing } = this
    if (!answersReset(packet, leg, routing.box.conntrack.checksum)) return null
    const mark = routing.replyMark(packet.family, packet.skb.mark)
    const flow: Flow = { ...this.flowBack(packet), mark }
    const route = packet.family === 4 ? routing.ipv4.output(flow, true) : routing.ipv6.output(flow, false)
    if (route.kind === 'drop') return null
    into.reset(packet, routing.hopLimit(packet.family, route.outInterface))
    return { route, mark, limit: 'none' }
  }

  private unreachable(
    packet: Packet,
    leg: Leg,
    kind: Exclude<RejectWith, 'tcp-reset'>,
    into: AnswerPacket,
  ): Answer | null {
    const { routing } = this
    const { box } = routing
    const { family } = packet
    if (!answersUnreachable(packet, leg, box.conntrack.checksum)) return null
    const mark = routing.replyMark(family, packet.skb.mark)
    const back = this.flowBack(packet)
    const own = family === 4 ? leg.toBox : this.isOwn6(back.source, packet.inInterface)
    const flow: Flow = {
      ...back,
      source: own ? back.source : ANY[family],
      mark,
      protocol: family === 4 ? ICMP : ICMPV6,
      srcPort: 0,
      dstPort: 0,
      outInterface: routing.linkOf(family, back.destination, this.linkOfArrival(packet)),
    }
    const route = family === 4 ? routing.ipv4.output(flow, false) : routing.ipv6.output(flow, false)
    if (route.kind === 'drop') return null
    const source = own ? back.source : this.sourceOf(packet, flow, route)
    if (source === null) return null
    const options = echoOptions(packet, leg.options, (address) => box.addressType(4, [address]) === 'UNICAST')
    const hopLimit = routing.hopLimit(family, route.outInterface)
    if (options === null || !into.unreachable(packet, kind, source, route.mtu, hopLimit, options)) return null
    return { route, mark, limit: this.limitOn(packet, route) }
  }

  /** What came over lo counts as come by the interface that has the address it went to. Kernel: icmp6_iif(). */
  private linkOfArrival(packet: Packet): number {
    const { box } = this.routing
    if (packet.family === 4 || packet.inInterface !== box.loopback) return packet.inInterface
    const found = box.fib[6].lookup(flowOf(packet, box.loopback))
    return found.kind === 'route' ? found.hop.interface : packet.inInterface
  }

  private flowBack(packet: Packet): Flow {
    return { ...reverseFlow(flowOf(packet, this.routing.box.loopback)), tos: 0 }
  }

  /** Loopback is free. Kernel: __icmp_send(), icmp6_send(), nf_send_unreach6() for what the box itself sends. */
  private limitOn(packet: Packet, route: Sent): AnswerLimit {
    const { box } = this.routing
    const { family, inInterface, hook } = packet
    const free = inInterface === box.loopback || (family === 6 && hook === Number(Hook.Output))
    if (!box.icmpLimits.applies[family] || free) return 'none'
    return route.outInterface === box.loopback ? 'global' : 'destination'
  }

  private sourceOf(packet: Packet, flow: Flow, route: Sent): Words | null {
    if (packet.family === 4) return route.source ?? DUMMY
    // The interface that the packet came in by has the most telling address.
    const received =
      packet.inInterface === 0 ? null : this.routing.ipv6.bestSource(flow.destination, packet.inInterface)
    return received ?? route.source
  }

  /** Kernel: ipv6_chk_addr(): a link-local address is the box's on its own link only. */
  private isOwn6(words: Words, inInterface: number): boolean {
    const { box } = this.routing
    if (!isLinkLocal6(words)) return box.isOwnAddress(6, words)
    // What the box sends counts as come by lo. Kernel: nf_send_unreach6().
    return box.addressMatches6(words, new Set(['LOCAL']), inInterface === 0 ? box.loopback : inInterface)
  }
}
