/**
 * Random conversations of every kind but TCP: their packets in order, each with the direction in which it travels.
 */
import { echo, fragmentsOf, icmp, icmpError, other, readEnds, udp, type IpOptions } from '../packets.js'
import type { Aim } from './aim.js'
import { PROTOCOLS } from './draw.js'
import type { Random } from './random.js'
import { sctpConversation } from './sctp-conversation.js'
import type { Network } from './world.js'

/** Who talks to whom; a network is null for the box itself. */
export interface Route {
  readonly src: string
  readonly dst: string
  readonly from: Network | null
  readonly to: Network | null
}

export interface Directed {
  readonly bytes: Buffer
  /** Travels from the route's source to its destination. */
  readonly there: boolean
}

/** Protocols that have conversations of their own. */
const CONVERSING = new Set<number>([1, 6, 17, 58, PROTOCOLS.sctp, PROTOCOLS.dccp])
/** Bytes of a DCCP packet's header without options: with acknowledgement, and without. */
const DCCP_HEADER = { REQUEST: 20, DATA: 16, other: 24 }

export class Conversations {
  constructor(
    private readonly random: Random,
    private readonly family: 4 | 6,
  ) {}

  /** Bytes of data that make the whole packet as long as the rule wants it. */
  private dataFor(aim: Aim, headers: number): number {
    const { random, family } = this
    const wanted = (aim.length ?? random.pick([40, 100, 600, 1300])) - headers - (family === 4 ? 20 : 40)
    return Math.max(0, Math.min(wanted, 1440))
  }

  udp(there: string, back: string, options: IpOptions, aim: Aim): Directed[] {
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

  /** Associations, whole and in parts. */
  sctp(there: string, back: string, isThere: (bytes: Buffer) => boolean): Directed[] {
    return sctpConversation(this.random, there, back).map((bytes) => ({ bytes, there: isThere(bytes) }))
  }

  /** Packets of every type, with options, one of them in full or not; the kernel tracks none of their states. */
  dccp(there: string, back: string, options: IpOptions): Directed[] {
    const { random } = this
    return Array.from({ length: random.int(1, 4) }, (_, index) => {
      const forth = index % 2 === 0
      return { bytes: this.dccpPacket(forth ? there : back, options), there: forth }
    })
  }

  private dccpPacket(ends: string, options: IpOptions): Buffer {
    const { random } = this
    const type = random.int(0, 9)
    const header = type === 0 ? DCCP_HEADER.REQUEST : type === 2 ? DCCP_HEADER.DATA : DCCP_HEADER.other
    const extra = random.pick([[], [1, 44, 3, 0], [44, 3, 9, 0], [37, 2, 0, 0], [44, 0, 0, 0]])
    const bytes = Buffer.alloc(header + extra.length)
    const { srcPort, dstPort } = readEnds(ends)
    bytes.writeUInt16BE(srcPort, 0)
    bytes.writeUInt16BE(dstPort, 2)
    bytes[4] = random.chance(0.9) ? bytes.length / 4 : random.pick([2, 15])
    bytes[8] = (type << 1) | 1
    Buffer.from(extra).copy(bytes, header)
    return other(ends, PROTOCOLS.dccp, bytes, options)
  }

  icmp(route: Route, options: IpOptions, aim: Aim): Directed[] {
    const { random, family } = this
    const forth = `${route.src} > ${route.dst}`
    const back = `${aim.answersFrom?.address ?? route.dst} > ${aim.answersTo?.address ?? route.src}`
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
  errors(route: Route, recent: readonly Buffer[]): Directed[] {
    const { random, family } = this
    if (recent.length === 0) return []
    const bytes = random.pick(recent)
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

  fragments(there: string, options: IpOptions): Directed[] {
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

  others(route: Route, options: IpOptions, aim: Aim): Directed[] {
    const { random } = this
    const known = aim.protocol === undefined || CONVERSING.has(aim.protocol)
    const protocol = known ? random.pick([47, 50, 89, 108]) : (aim.protocol ?? 0)
    const body = (): Buffer =>
      !known && aim.body !== undefined && random.chance(0.8)
        ? aim.body
        : Buffer.alloc(random.pick([0, 4, 8, 24, 100]), random.pick([0, 0, 1, 255]))
    return Array.from({ length: random.int(1, 3) }, (_, index) => {
      const there = index % 2 === 0
      const ends = there ? `${route.src} > ${route.dst}` : `${route.dst} > ${route.src}`
      return { bytes: other(ends, protocol, body(), options), there }
    })
  }

  /** A packet that somebody got wrong. */
  damaged(packet: Buffer): Buffer {
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
}

/** Text of an address of an IP packet; IPv6 in the short form that this project's worlds use. */
export function addressOf(packet: Buffer, field: 'src' | 'dst'): string {
  if (packet[0] >> 4 === 4) return [...packet.subarray(field === 'src' ? 12 : 16).subarray(0, 4)].join('.')
  const start = field === 'src' ? 8 : 24
  const words = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(start + 2 * index).toString(16))
  return words.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')
}
