/**
 * Conversations that made captures consist of: each gives its packets one by one, until it is over.
 */
import type { Packet } from './frame.js'
import type { Random } from './random.js'

/** Two ends; the client begins. */
export interface Ends {
  readonly ipv6: boolean
  readonly client: number
  readonly clientPort: number
  readonly server: number
  readonly serverPort: number
}

export interface Conversation {
  /** The next packet; null when it is over. */
  next(): Packet | null
}

const FIN = 1
const SYN = 2
const PSH = 8
const ACK = 16
/** Packets of a connection without data: handshake, both FINs, the last acknowledgement. */
const WITHOUT_DATA = 6

function from(ends: Ends, client: boolean): Pick<Packet, 'ipv6' | 'src' | 'dst' | 'srcPort' | 'dstPort'> {
  const { ipv6, client: a, clientPort, server: b, serverPort } = ends
  return client
    ? { ipv6, src: a, srcPort: clientPort, dst: b, dstPort: serverPort }
    : { ipv6, src: b, srcPort: serverPort, dst: a, dstPort: clientPort }
}

/** A TCP connection: handshake, data both ways, both ends closed. */
export class Connection implements Conversation {
  private step = 0
  private readonly last: number
  /** Next sequence number of each end, the client's first. */
  private readonly seq: [number, number]

  constructor(
    private readonly ends: Ends,
    private readonly random: Random,
  ) {
    this.last = WITHOUT_DATA + 2 * random.below(20) - 1
    this.seq = [random.below(1 << 30), random.below(1 << 30)]
  }

  next(): Packet | null {
    const { ends, random, seq, step, last } = this
    if (step > last) return null
    this.step++
    const fromClient = step % 2 === 0
    const [own, other] = fromClient ? [0, 1] : [1, 0]
    const flags = this.flagsOf(step)
    const dataBytes = (flags & PSH) === 0 ? 0 : random.below(1400) + 1
    const tcp = { seq: seq[own], ack: step === 0 ? 0 : seq[other], flags }
    seq[own] = (seq[own] + dataBytes + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0
    return { ...from(ends, fromClient), protocol: 'tcp', dataBytes, tcp }
  }

  private flagsOf(step: number): number {
    if (step === 0) return SYN
    if (step === 1) return SYN | ACK
    if (step === 2 || step === this.last) return ACK
    return step >= this.last - 2 ? FIN | ACK : PSH | ACK
  }
}

/** One SYN that nobody answers. */
export class LoneSyn implements Conversation {
  private over = false

  constructor(
    private readonly ends: Ends,
    private readonly random: Random,
  ) {}

  next(): Packet | null {
    if (this.over) return null
    this.over = true
    const tcp = { seq: this.random.word(), ack: 0, flags: SYN }
    return { ...from(this.ends, true), protocol: 'tcp', dataBytes: 0, tcp }
  }
}

/** A question and its answer. */
export class Query implements Conversation {
  private step = 0

  constructor(
    private readonly ends: Ends,
    private readonly protocol: 'udp' | 'echo',
  ) {}

  next(): Packet | null {
    const { ends, protocol, step } = this
    if (step > 1) return null
    this.step++
    const asks = step === 0
    const packet = { ...from(ends, asks), dataBytes: asks ? 40 : 120 }
    if (protocol === 'udp') return { ...packet, protocol }
    return { ...packet, protocol: asks ? 'echo-request' : 'echo-reply', srcPort: ends.clientPort }
  }
}
