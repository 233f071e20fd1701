/**
 * Random traffic aimed at the rules of a ruleset: conversations whose addresses, ports, flags, lengths and the like
 * are taken from a rule each, so that rules match and just do not match; several at a time, their packets mixed.
 */
import { ethernet, udp, type IpOptions } from '../packets.js'
import type { PlacedPacket } from '../scenario.js'
import { isFragment } from '../../../src/kernel/whole-packet.js'
import type { Aim } from './aim.js'
import { addressOf, Conversations, type Directed, type Route } from './conversations.js'
import { PROTOCOLS } from './draw.js'
import { PORTS } from './transport-matches.js'
import type { Random } from './random.js'
import { tcpConversation } from './tcp-conversation.js'
import { PEER_MACS, type Network, type World } from './world.js'

const AT_ONCE = 6

/** At least `count` packets of one family. */
export function randomTraffic(
  random: Random,
  world: World,
  family: 4 | 6,
  aims: readonly Aim[],
  count: number,
): PlacedPacket[] {
  return new Traffic(random, world, family, aims).packets(count)
}

class Traffic {
  /** Packets of the last moments, for errors that quote them. */
  private readonly recent: Buffer[] = []
  private readonly kinds: Conversations

  constructor(
    private readonly random: Random,
    private readonly world: World,
    private readonly family: 4 | 6,
    private readonly aims: readonly Aim[],
  ) {
    this.kinds = new Conversations(random, family)
  }

  packets(count: number): PlacedPacket[] {
    const packets: PlacedPacket[] = []
    const open: { route: Route; left: Directed[]; aim: Aim }[] = []
    while (packets.length < count || open.length > 0) {
      while (open.length < AT_ONCE && packets.length < count) {
        const aim = this.anAim()
        const route = this.route(aim)
        open.push({ route, aim, left: this.conversation(route, aim) })
      }
      const index = this.random.int(0, open.length - 1)
      const { route, left, aim } = open[index]
      const next = left.shift()
      if (next === undefined) {
        open.splice(index, 1)
        continue
      }
      this.recent.push(next.bytes)
      if (this.recent.length > 30) this.recent.shift()
      packets.push(this.place(next, route, aim))
    }
    return packets
  }

  /** A rule's aim, now and then with a field changed so that it just misses. */
  private anAim(): Aim {
    const { random, aims } = this
    if (aims.length === 0 || random.chance(0.15)) return { hooks: ['INPUT'] }
    const aim = { ...random.pick(aims) }
    if (random.chance(0.2) && aim.dstPort !== undefined) aim.dstPort += random.pick([-1, 1])
    if (random.chance(0.2) && aim.length !== undefined) aim.length += random.pick([-1, 1])
    if (random.chance(0.2)) delete aim.src
    return aim
  }

  private route(aim: Aim): Route {
    const { random, world, family } = this
    const hook = random.pick(aim.hooks)
    const own = random.pick(world.own[family])
    const network = this.network(aim)
    const peer = random.pick(network.peers[family])
    const way = random.weighted([
      [hook === 'INPUT' || hook === 'PREROUTING' ? 10 : 2, 'in'],
      [hook === 'OUTPUT' || hook === 'POSTROUTING' ? 10 : 2, 'out'],
      [hook === 'FORWARD' ? 10 : world.forwards ? 3 : 1, 'through'],
      [1, 'loop'],
      [1, 'group'],
    ] as const)
    const src = aim.src
    const dst = aim.dst
    switch (way) {
      case 'in':
        return { src: this.foreign(src) ?? peer, dst: dst ?? own, from: network, to: null }
      case 'out': {
        const mine = src !== undefined && world.own[family].includes(src) ? src : own
        return { src: mine, dst: this.foreign(dst) ?? peer, from: null, to: network }
      }
      case 'through': {
        const to = random.pick(world.networks)
        const target = this.foreign(dst) ?? random.pick(to.peers[family])
        return { src: this.foreign(src) ?? peer, dst: target, from: network, to }
      }
      case 'loop':
        return { src: own, dst: random.pick(world.own[family]), from: null, to: null }
      case 'group':
        return { src: random.chance(0.7) ? peer : own, dst: random.pick(world.groups[family]), from: network, to: null }
    }
  }

  private network(aim: Aim): Network {
    const { random, world } = this
    const named = world.networks.find(({ name }) => name === aim.inInterface)
    if (named !== undefined && random.chance(0.8)) return named
    const bySource = world.networks.find(({ peers }) => aim.src !== undefined && peers[this.family].includes(aim.src))
    return bySource ?? random.pick(world.networks)
  }

  /** The network of a peer. */
  private networkOf(address: string | undefined): Network | undefined {
    return this.world.networks.find(({ peers }) => address !== undefined && peers[this.family].includes(address))
  }

  private foreign(address: string | undefined): string | undefined {
    return address === undefined || this.world.own[this.family].includes(address) ? undefined : address
  }

  private staysHome({ src, dst }: Route): boolean {
    const own = this.world.own[this.family]
    return own.includes(src) && (own.includes(dst) || this.world.groups[this.family].includes(dst))
  }

  /** Of a world that says so, fragments of the box's own are not compared. */
  private maySplit(route: Route): boolean {
    return !this.staysHome(route) && (route.from !== null || this.world.ownWhole !== true)
  }

  private conversation(route: Route, aim: Aim): Directed[] {
    const { random, family } = this
    const icmpNumber = family === 4 ? 1 : 58
    const kind = random.weighted([
      [aim.protocol === 6 ? 40 : 8, 'tcp'],
      [aim.protocol === 17 ? 40 : 6, 'udp'],
      [aim.protocol === icmpNumber ? 30 : 3, 'icmp'],
      [aim.protocol === PROTOCOLS.sctp ? 30 : 1, 'sctp'],
      [aim.protocol === PROTOCOLS.dccp ? 30 : 1, 'dccp'],
      [2, 'error'],
      [2, 'fragments'],
      [aim.protocol !== undefined && ![1, 6, 17, 33, 58, 132].includes(aim.protocol) ? 30 : 1, 'other'],
      [1, 'odd'],
    ] as const)
    const options = this.ipOptions(aim)
    const [there, back] = this.ends(route, aim)
    switch (kind) {
      case 'tcp': {
        const odd = aim.flags ?? random.pick(['', 'F', 'SF', 'FPU', 'SR', 'SA', 'A', 'U', 'PA', 'SEC'])
        const segments = tcpConversation(random, there, back, options, odd, aim.mss)
        return segments.map((bytes) => ({ bytes, there: isFrom(bytes, route, there) }))
      }
      case 'udp':
        return this.kinds.udp(there, back, options, aim)
      case 'icmp':
        return this.kinds.icmp(route, options, aim)
      case 'sctp':
        return this.kinds.sctp(there, back, (bytes) => isFrom(bytes, route, there))
      case 'dccp':
        return this.kinds.dccp(there, back, options)
      case 'error':
        return this.kinds.errors(route, this.recent)
      case 'fragments':
        // What the box sends to itself is never cut: lo and looped copies take it whole.
        return this.maySplit(route) ? this.kinds.fragments(there, { ...options, options: Buffer.alloc(0) }) : []
      case 'other':
        return this.kinds.others(route, options, aim)
      case 'odd':
        return [{ bytes: this.kinds.damaged(udp(there, random.int(0, 50), options)), there: true }]
    }
  }

  private ends(route: Route, aim: Aim): [string, string] {
    const { random } = this
    const srcPort =
      aim.srcPort ??
      random.weighted([
        [1, random.pick(PORTS)],
        [3, random.int(1025, 60_000)],
      ])
    const dstPort = aim.dstPort ?? random.pick(PORTS)
    const wrap = (address: string, port: number): string =>
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    const { answersFrom, answersTo } = aim
    const left = wrap(answersTo?.address ?? route.src, answersTo?.port ?? srcPort)
    const right = wrap(answersFrom?.address ?? route.dst, answersFrom?.port ?? dstPort)
    return [`${wrap(route.src, srcPort)} > ${wrap(route.dst, dstPort)}`, `${right} > ${left}`]
  }

  private ipOptions(aim: Aim): IpOptions {
    const { random, family } = this
    const record = family === 4 && random.chance(0.03) ? { options: Buffer.from([7, 7, 4, 0, 0, 0, 0, 0]) } : {}
    const extensions = family === 6 ? this.extensions(aim) : {}
    return {
      ttl:
        aim.ttl !== undefined && random.chance(0.8)
          ? aim.ttl
          : random.weighted([
              [8, 64],
              [1, 1],
              [1, 255],
            ]),
      tos: aim.tos ?? random.pick([0, 0, 0, 0x10]),
      dontFragment: random.chance(0.3),
      ...record,
      ...extensions,
    }
  }

  /** Extension headers that the rule looks for, or others now and then. */
  private extensions(aim: Aim): Pick<IpOptions, 'extensions'> {
    const { random } = this
    if (aim.extensions !== undefined && random.chance(0.7)) return { extensions: aim.extensions }
    if (!random.chance(0.06)) return {}
    return { extensions: random.sample(['hop-by-hop', 'destination'] as const, random.int(1, 2)) }
  }

  private place({ bytes, there }: Directed, route: Route, aim: Aim): PlacedPacket {
    const { random, world } = this
    const network = there ? route.from : (this.networkOf(aim.answersFrom?.address) ?? route.to)
    // Seldom, it comes in where it should not.
    const strayed = random.chance(0.02) ? random.pick(world.networks) : network
    const name = (strayed ?? random.pick(world.networks)).name
    // A datagram put together of cut fragments has no checksum that anybody could make right.
    const cut = random.chance(0.02) && bytes.length > 120 && !isFragment(bytes, this.family) ? { snap: 100 } : {}
    if (world.mac === null) return { bytes, on: name, ...cut }
    const from = there && aim.mac !== undefined ? aim.mac : random.pick(PEER_MACS)
    return { bytes: ethernet(bytes, { to: this.receiver(bytes), from }), on: name, ethernet: true, ...cut }
  }

  /** Group addresses go to their group's MAC address, mostly. */
  private receiver(bytes: Buffer): string {
    const { random, world } = this
    const target = addressOf(bytes, 'dst')
    const own = world.mac ?? ''
    if (random.chance(0.03)) return random.pick(['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '02:00:00:00:00:bb'])
    if (!world.groups[this.family].includes(target)) return own
    return target.endsWith('255') ? 'ff:ff:ff:ff:ff:ff' : this.family === 4 ? '01:00:5e:00:00:01' : '33:33:00:00:00:01'
  }
}

/** True when the segment travels from the first end to the second. */
function isFrom(bytes: Buffer, route: Route, there: string): boolean {
  if (route.src !== route.dst) return addressOf(bytes, 'src') === route.src
  const port = Number(/:(\d+) > /.exec(there)?.[1] ?? 0)
  return bytes.readUInt16BE(bytes[0] >> 4 === 4 ? (bytes[0] & 15) * 4 : 40) === port
}
