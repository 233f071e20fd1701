/**
 * Random traffic aimed at the rules of a ruleset: conversations whose addresses, ports, flags, lengths and the like
 * are taken from a rule each, so that rules match and just do not match; several at a time, their packets mixed.
 */
import { echo, ethernet, fragmentsOf, icmp, icmpError, other, udp, type IpOptions } from '../packets.js'
import type { PlacedPacket } from '../scenario.js'
import type { Aim } from './aim.js'
import { PORTS } from './matches.js'
import type { Random } from './random.js'
import { tcpConversation } from './tcp-conversation.js'
import { PEER_MACS, type Network, type World } from './world.js'

/** Who talks to whom; a network is null for the box itself. */
interface Route {
  readonly src: string
  readonly dst: string
  readonly from: Network | null
  readonly to: Network | null
}

interface Directed {
  readonly bytes: Buffer
  /** Travels from the route's source to its destination. */
  readonly there: boolean
}

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
  private recent: { readonly bytes: Buffer; readonly route: Route; readonly there: boolean }[] = []

  constructor(
    private readonly random: Random,
    private readonly world: World,
    private readonly family: 4 | 6,
    private readonly aims: readonly Aim[],
  ) {}

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
      this.recent.push({ bytes: next.bytes, route, there: next.there })
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

  private foreign(address: string | undefined): string | undefined {
    return address === undefined || this.world.own[this.family].includes(address) ? undefined : address
  }

  private conversation(route: Route, aim: Aim): Directed[] {
    const { random, family } = this
    const icmpNumber = family === 4 ? 1 : 58
    const kind = random.weighted([
      [aim.protocol === 6 ? 40 : 8, 'tcp'],
      [aim.protocol === 17 ? 40 : 6, 'udp'],
      [aim.protocol === icmpNumber ? 30 : 3, 'icmp'],
      [2, 'error'],
      [2, 'fragments'],
      [aim.protocol === 50 || aim.protocol === 89 || aim.protocol === 2 ? 30 : 1, 'other'],
      [1, 'odd'],
    ] as const)
    const options = this.ipOptions(aim)
    const [there, back] = this.ends(route, aim)
    switch (kind) {
      case 'tcp': {
        const odd = aim.flags ?? random.pick(['', 'F', 'SF', 'FPU', 'SR', 'SA', 'A', 'U', 'PA', 'SEC'])
        const segments = tcpConversation(random, there, back, options, odd)
        return segments.map((bytes) => ({ bytes, there: isFrom(bytes, route, there) }))
      }
      case 'udp':
        return this.udpConversation(there, back, options, aim)
      case 'icmp':
        return this.icmpConversation(route, options, aim)
      case 'error':
        return this.errors(route)
      case 'fragments':
        // What the box sends to itself is never cut: lo takes it whole.
        return this.maySplit(route) ? this.fragments(there, options) : []
      case 'other':
        return this.others(route, options, aim)
      case 'odd':
        return [{ bytes: this.damaged(udp(there, random.int(0, 50), options)), there: true }]
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
    const [left, right] = [wrap(route.src, srcPort), wrap(route.dst, dstPort)]
    return [`${left} > ${right}`, `${right} > ${left}`]
  }

  private ipOptions(aim: Aim): IpOptions {
    const { random, family } = this
    const record = family === 4 && random.chance(0.03) ? { options: Buffer.from([7, 7, 4, 0, 0, 0, 0, 0]) } : {}
    const extensions =
      family === 6 && random.chance(0.06)
        ? { extensions: random.sample(['hop-by-hop', 'destination'] as const, random.int(1, 2)) }
        : {}
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

  /** Bytes of data that make the whole packet as long as the rule wants it. */
  private dataFor(aim: Aim, headers: number): number {
    const { random, family } = this
    const wanted = (aim.length ?? random.pick([40, 100, 600, 1300])) - headers - (family === 4 ? 20 : 40)
    return Math.max(0, Math.min(wanted, 1440))
  }

  private udpConversation(there: string, back: string, options: IpOptions, aim: Aim): Directed[] {
    const { random } = this
    const packets: Directed[] = []
    for (let left = random.int(1, 6); left > 0; left--) {
      const forth = packets.length === 0 || random.chance(0.5)
      const size = this.dataFor(aim, 8)
      const badChecksum = random.chance(0.03)
      packets.push({ bytes: udp(forth ? there : back, size, { ...(forth ? options : {}), badChecksum }), there: forth })
    }
    return packets
  }

  private icmpConversation(route: Route, options: IpOptions, aim: Aim): Directed[] {
    const { random, family } = this
    const forth = `${route.src} > ${route.dst}`
    const back = `${route.dst} > ${route.src}`
    const type = aim.icmpType
    if (type !== undefined && ![0, 8, 128, 129].includes(type) && random.chance(0.7)) {
      const rest = Buffer.alloc(random.pick([4, 20, 36]))
      // Neighbour discovery is only taken from its own link.
      const ttl = type >= 130 && type <= 137 ? { ttl: random.pick([255, 255, 64]) } : {}
      return [{ bytes: icmp(forth, type, aim.icmpCode ?? 0, rest, { ...options, ...ttl }), there: true }]
    }
    const id = random.int(1, 5)
    const packets: Directed[] = []
    if (random.chance(0.15)) packets.push({ bytes: echo(back, 'reply', id, 0), there: false })
    for (let sequence = 1; sequence <= random.int(1, 4); sequence++) {
      packets.push({ bytes: echo(forth, 'request', id, sequence, options), there: true })
      if (random.chance(0.7)) packets.push({ bytes: echo(back, 'reply', id, sequence), there: false })
    }
    if (family === 4 && random.chance(0.2)) {
      packets.push({ bytes: icmp(forth, random.pick([13, 15, 17]), 0, Buffer.alloc(16), options), there: true })
    }
    return packets
  }

  /** Errors about packets seen a moment ago, from their receiver, from a router in between, or from nowhere. */
  private errors(route: Route): Directed[] {
    const { random, family } = this
    if (this.recent.length === 0) return []
    const { bytes } = random.pick(this.recent)
    const target = addressOf(bytes, 'src')
    const reporter = random.weighted([
      [3, addressOf(bytes, 'dst')],
      [2, route.src],
      [1, route.dst],
    ])
    const [type, code] =
      family === 4
        ? random.pick([
            [3, 0],
            [3, 1],
            [3, 3],
            [3, 4],
            [11, 0],
            [4, 0],
            [5, 1],
            [12, 0],
          ] as const)
        : random.pick([
            [1, 0],
            [1, 4],
            [2, 0],
            [3, 0],
            [4, 0],
          ] as const)
    const quoted = random.weighted([
      [8, 28],
      [2, 68],
      [1, 20],
      [1, 24],
    ])
    return [{ bytes: icmpError(`${reporter} > ${target}`, type, code, bytes, quoted, 1400), there: true }]
  }

  /** Fragments on their way back into the box are not compared. */
  private maySplit({ from, to }: Route): boolean {
    return from !== null || (to !== null && this.world.ownWhole !== true)
  }

  private fragments(there: string, options: IpOptions): Directed[] {
    const { random } = this
    const whole = udp(there, random.int(100, 1800), { ...options, dontFragment: false })
    if (this.family === 6 && options.extensions !== undefined) return [{ bytes: whole, there: true }]
    const parts = fragmentsOf(whole, random.pick([64, 256, 512]), random.int(1, 0xffff))
    const how = random.weighted([
      [6, 'in order'],
      [2, 'reversed'],
      [2, 'one lost'],
      [1, 'one twice'],
      [1, 'shuffled'],
    ] as const)
    if (how === 'reversed') parts.reverse()
    if (how === 'one lost') parts.splice(random.int(0, parts.length - 1), 1)
    if (how === 'one twice') parts.splice(random.int(0, parts.length - 1), 0, random.pick(parts))
    if (how === 'shuffled') parts.sort(() => random.int(-1, 1))
    return parts.map((bytes) => ({ bytes, there: true }))
  }

  private others(route: Route, options: IpOptions, aim: Aim): Directed[] {
    const { random } = this
    const protocol = aim.protocol !== undefined && aim.protocol > 17 && aim.protocol !== 58 ? aim.protocol : 50
    return Array.from({ length: random.int(1, 3) }, (_, index) => {
      const there = index % 2 === 0
      const ends = there ? `${route.src} > ${route.dst}` : `${route.dst} > ${route.src}`
      return { bytes: other(ends, protocol, Buffer.alloc(random.pick([8, 24, 100])), options), there }
    })
  }

  /** A packet that somebody got wrong. */
  private damaged(packet: Buffer): Buffer {
    const { random, family } = this
    const copy = Buffer.from(packet)
    if (family === 6) {
      copy.writeUInt16BE(copy.readUInt16BE(4) + 8, 4)
      return copy
    }
    const [at, value] = random.pick([
      [10, copy[10] ^ 0x55],
      [0, 0x44],
      [2, 0xff],
    ] as const)
    copy[at] = value
    return copy
  }

  private place({ bytes, there }: Directed, route: Route, aim: Aim): PlacedPacket {
    const { random, world } = this
    const network = there ? route.from : route.to
    // Seldom, it comes in where it should not.
    const strayed = random.chance(0.02) ? random.pick(world.networks) : network
    const name = (strayed ?? random.pick(world.networks)).name
    const cut = random.chance(0.02) && bytes.length > 120 ? { snap: 100 } : {}
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

/** Text of an address of an IP packet; IPv6 in the short form that this project's worlds use. */
function addressOf(packet: Buffer, field: 'src' | 'dst'): string {
  if (packet[0] >> 4 === 4) return [...packet.subarray(field === 'src' ? 12 : 16).subarray(0, 4)].join('.')
  const start = field === 'src' ? 8 : 24
  const words = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(start + 2 * index).toString(16))
  return words.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')
}
