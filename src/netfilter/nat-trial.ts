/**
 * --vantage tap: what a packet was that begins a connection of the box's own, before the table nat changed it on its
 * way out. The rules cannot be run backwards, so candidates are sent through them for a trial, until one comes out as
 * the capture shows it. Nothing of a trial lasts: matches with a memory are taken to match.
 */
import type { Words } from '../box/address.js'
import type { Box } from '../box/box.js'
import { scopeOf } from '../compile/reads.js'
import { matchExtension, targetExtension } from '../extensions/all.js'
import type { DataPlane } from '../memory/data-plane.js'
import { DESCRIPTOR_SIZE } from '../memory/descriptor.js'
import { CtInfo, type Packet } from '../memory/packet.js'
import type { Tuple } from '../memory/tuple.js'
import { writeTuple, TUPLE_SIZE } from '../memory/tuple.js'
import type { ChainSource, TableSource } from '../ruleset/rule-source.js'
import { type Family, Hook, type Match, type Rule } from '../ruleset/ruleset.js'
import { FormerDestinations } from './former-destinations.js'
import { Leg, restorePacket, savePacket } from './leg.js'
import { Nat } from './nat.js'
import { isIcmp, sameTuple, sameWords } from './nat-tuple.js'
import { rewritePacket, tupleOf } from './packet-tuple.js'
import { PathRecorder, PathScratch } from './path-recorder.js'
import { type Preparation, type PreparedTable, prepareTable } from './program.js'
import type { Routing } from './routing.js'
import { TableVerdict, traverse } from './traverse.js'

/** What a packet was. */
export interface Original {
  readonly tuple: Tuple
  /** Others fit as well. */
  readonly ambiguous: boolean
  /** NAT drew another port for it, so that this one is not known. */
  readonly portUnknown: boolean
}

interface Candidate {
  readonly tuple: Tuple
  /** It has the source that the box takes for such a packet. */
  readonly usual: boolean
}

interface Fit {
  readonly tuple: Tuple
  readonly randomPort: boolean
  /** Signs that it was something else: sums of `Doubt`. */
  readonly doubts: number
}

enum Doubt {
  Unlikely = 1,
  Evidence = 2,
}

/** Bytes from the IP header on that NAT changes. */
const HEADERS = 128
/** Ports that are tried where the one it was seen with is in use. */
const PORTS = 8
/** Who takes a lower port knows why. */
const FIRST_FREE_PORT = 1024
const TCP = 6
const SYN_AND_ACK = 18
const SYN = 2
const MSS_OPTION = 2
/** Stands for a match with a memory: each keeps its place in the rule. */
const MATCHING: Match = {
  name: 'comment',
  options: { comment: '' },
  position: { file: '', line: 0, column: 0, length: 0 },
}

export class NatTrial {
  private readonly table: PreparedTable
  private readonly box: Box
  private readonly former: FormerDestinations
  private readonly nat: Nat
  private readonly leg: Leg
  private readonly scratch: number
  private readonly localPorts: readonly [number, number]

  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
    private readonly routing: Routing,
    nat: TableSource,
    family: Family,
    preparation: Preparation,
  ) {
    const { box } = preparation
    this.box = box
    this.table = prepareTable(withoutMemory(nat, family, box), family, preparation)
    this.former = new FormerDestinations(family, nat, box)
    this.nat = new Nat(plane, packet)
    this.leg = new Leg(new PathRecorder(plane, new PathScratch(plane)))
    this.scratch = plane.allocate(TUPLE_SIZE, 'a tuple')
    const range = box.sysctl('net.ipv4.ip_local_port_range')?.split(/\s+/).map(Number) ?? []
    this.localPorts = range.length === 2 ? [range[0], range[1]] : [32768, 60999]
  }

  /** What the packet, seen with the tuple `seen`, was; null when the rules make it of nothing that can be thought of. */
  original(seen: Tuple): Original | null {
    const fits = this.candidates(seen).flatMap((candidate) => this.fits(candidate, seen))
    if (fits.length === 0) return null
    const best = fits.reduce((one, other) => (other.doubts < one.doubts ? other : one))
    const ambiguous = fits.some((fit) => fit !== best && fit.doubts < best.doubts + Doubt.Evidence)
    return { tuple: best.tuple, ambiguous, portUnknown: best.randomPort }
  }

  /** What it was seen as, and what rules may have made that of. */
  private candidates(seen: Tuple): Candidate[] {
    const { destination: address, dstPort: port } = seen
    const endpoints = [{ address, port }, ...(isIcmp(seen.protocol) ? [] : this.former.of({ address, port }))]
    const all = endpoints.flatMap((endpoint) => {
      const towards = { ...seen, destination: endpoint.address, dstPort: endpoint.port }
      const source = this.sourceTowards(towards)
      const usual = source !== null && sameWords(source, seen.source)
      const own = this.box.isOwnAddress(seen.family, seen.source) ? [{ tuple: towards, usual }] : []
      if (source === null || usual) return own
      return [...own, { tuple: { ...towards, source }, usual: true }]
    })
    return all.filter(({ tuple }, index) => all.findIndex((other) => sameTuple(tuple, other.tuple)) === index)
  }

  /** The address that the box takes for a packet to there. */
  private sourceTowards(tuple: Tuple): Words | null {
    return this.trying(tuple, () => {
      const { memory, at, family } = this.packet
      const [first, bytes] = family === 4 ? [12, 4] : [8, 16]
      memory.bytes.fill(0, at + first, at + first + bytes)
      const route = this.routing.output(this.packet)
      return route.kind === 'send' ? route.source : null
    })
  }

  private fits(candidate: Candidate, seen: Tuple): Fit[] {
    const changesSource = !sameWords(candidate.tuple.source, seen.source)
    for (let step = 0; step < (changesSource ? PORTS : 1); step++) {
      const tuple = { ...candidate.tuple, srcPort: (candidate.tuple.srcPort + step) & 0xffff }
      if (this.isTaken(tuple)) continue
      const fit = this.trying(tuple, () => this.send(tuple, seen))
      if (fit === null) return []
      return [{ ...fit, doubts: fit.doubts + (candidate.usual ? 0 : Doubt.Evidence) }]
    }
    return []
  }

  /** Through OUTPUT and POSTROUTING of the table nat; null when it comes out as something else. */
  private send(tuple: Tuple, seen: Tuple): Fit | null {
    const { packet, plane, routing, leg } = this
    const { skb } = packet
    plane.exports.track(skb.at)
    if (skb.entry === 0 || skb.ctInfo !== Number(CtInfo.New)) return null
    leg.reset()
    const first = routing.output(packet)
    const device = routing.socketDevice(packet)
    if (first.kind === 'drop') return null
    let way = first
    if (!this.pass(Hook.Output, way.outInterface)) return null
    if (this.nat.changesRoute()) {
      const again = routing.outputAgain(packet, device)
      if (again.kind === 'drop') return null
      way = again
    }
    packet.gateway = way.gateway
    if (!this.pass(Hook.Postrouting, way.outInterface)) return null
    if (!sameTuple(tupleOf(packet), seen)) return null
    const { random, randomFully } = packet.mapping ?? { random: false, randomFully: false }
    const randomPort = random || randomFully
    return { tuple, randomPort, doubts: this.doubts(tuple, seen, first.mtu, randomPort) }
  }

  private pass(hook: Hook, outInterface: number): boolean {
    const { packet, leg, table } = this
    const base = table.chains[hook]
    packet.hook = hook
    packet.inInterface = 0
    packet.outInterface = outInterface
    return this.nat.pass(leg, hook, () => {
      if (base === null) return true
      return traverse(table, base, hook, packet, leg) === TableVerdict.Accept
    })
  }

  /**
   * The box takes its ports from a range, and a segment size that suits the way; a port drawn for it is seldom in that
   * range. Where a rule stands there for it, a packet was rather sent by that rule than straight.
   */
  private doubts(tuple: Tuple, seen: Tuple, mtu: number, randomPort: boolean): number {
    const [first, last] = this.localPorts
    const { protocol, srcPort } = tuple
    const localPort = srcPort >= first && srcPort <= last
    const strangePort = !isIcmp(protocol) && srcPort >= FIRST_FREE_PORT && localPort === randomPort
    const mss = this.maximumSegment()
    const strangeSize = mss !== null && mss !== mtu - (this.packet.family === 4 ? 40 : 60)
    return (
      (strangePort ? Doubt.Evidence : 0) +
      (strangeSize ? 2 * Doubt.Evidence : 0) +
      (sameTuple(tuple, seen) ? Doubt.Unlikely : 0)
    )
  }

  /** What a SYN says of it: it follows from the MTU of the way that the connection took; null when it says nothing. */
  private maximumSegment(): number | null {
    const { packet } = this
    const { memory, at, transport, descriptor } = packet
    if (packet.protocol !== TCP || (descriptor.tcpFlags & SYN_AND_ACK) !== SYN || !packet.hasTransport(20)) return null
    const header = at + transport
    const end = header + (memory.u8(header + 12) >>> 4) * 4
    if (!packet.hasTransport(end - header)) return null
    for (let option = header + 20; option + 4 <= end;) {
      const kind = memory.u8(option)
      if (kind === MSS_OPTION) return memory.be16(option + 2)
      if (kind === 0) return null
      const size = kind === 1 ? 1 : memory.u8(option + 1)
      if (size === 0) return null
      option += size
    }
    return null
  }

  private isTaken(tuple: Tuple): boolean {
    const { plane, packet, scratch } = this
    writeTuple(plane.memory, scratch, tuple)
    return plane.exports.findTuple(packet.skb.shard, scratch, packet.skb.nowNs) !== 0
  }

  /** Does something with the packet as the tuple says it; then it is as it was. */
  private trying<Result>(tuple: Tuple, what: () => Result): Result {
    const { packet, plane } = this
    const { memory, skb, at, captured } = packet
    const headers = memory.bytes.slice(at, at + Math.min(HEADERS, captured))
    const saved = savePacket(packet)
    const descriptor = memory.bytes.slice(skb.descriptor, skb.descriptor + DESCRIPTOR_SIZE)
    skb.entry = 0
    skb.ctInfo = 0
    skb.mark = 0
    packet.mapping = null
    rewritePacket(plane, packet, tuple, this.scratch)
    const result = what()
    plane.exports.release(skb.at)
    memory.bytes.set(headers, at)
    memory.bytes.set(descriptor, skb.descriptor)
    restorePacket(packet, saved)
    packet.mapping = null
    return result
  }
}

/** Of the table nat what leaves no traces. */
function withoutMemory(nat: TableSource, family: Family, box: Box): TableSource {
  const stripped = (rule: Rule): Rule => {
    const { target } = rule
    const lasting =
      target.kind === 'extension' && scopeOf(targetExtension(target.name, family), target.options, box) === 'trace'
    return {
      ...rule,
      matches: rule.matches.map((match) => (remembers(match, family, box) ? MATCHING : match)),
      target: lasting ? { kind: 'none' } : target,
    }
  }
  const chain = (source: ChainSource | null): ChainSource | null =>
    source && { ...source, rule: (index) => stripped(source.rule(index)) }
  const { name, userChains } = nat
  return { name, userChains, builtin: (hook) => chain(nat.builtin(hook)), chain: (named) => chain(nat.chain(named)) }
}

function remembers({ name, options }: Match, family: Family, box: Box): boolean {
  return scopeOf(matchExtension(name, family), options, box) === 'trace'
}
