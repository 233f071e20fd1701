/**
 * Random TCP conversations: whole ones and parts of them, with what goes wrong on real networks and on purpose.
 */
import { tcp, tcpOptions, type TcpOptions } from '../packets.js'
import type { Random } from './random.js'

interface Side {
  seq: number
  /** What it has acknowledged of the other side. */
  ack: number
  window: number
  readonly scale: number
  readonly ends: string
  /** The last segment with data, for retransmissions. */
  last: Buffer | null
}

const MODULUS = 0x1_0000_0000

/** The segments of one conversation in order; `options` go into every packet of the first direction. */
export function tcpConversation(
  random: Random,
  there: string,
  back: string,
  options: TcpOptions,
  oddFlags: string,
  mss: number | undefined,
): Buffer[] {
  const scaled = random.chance(0.5)
  const make = (ends: string): Side => ({
    seq: random.chance(0.1) ? MODULUS - random.int(1, 3000) : random.word(),
    ack: 0,
    window: random.pick([0, 500, 8192, 65_535]),
    scale: scaled ? random.int(0, 9) : 0,
    ends,
    last: null,
  })
  return new Conversation(random, make(there), make(back), options, oddFlags, scaled, mss).run()
}

class Conversation {
  private readonly packets: Buffer[] = []

  constructor(
    private readonly random: Random,
    private readonly client: Side,
    private readonly server: Side,
    private readonly options: TcpOptions,
    private readonly oddFlags: string,
    private readonly scaled: boolean,
    private readonly mss: number | undefined,
  ) {}

  run(): Buffer[] {
    const { random } = this
    const begin = random.weighted([
      [12, 'handshake'],
      [3, 'unanswered'],
      [2, 'refused'],
      [3, 'middle'],
      [1, 'answer first'],
      [1, 'both at once'],
      [2, 'odd'],
    ] as const)
    switch (begin) {
      case 'handshake':
        this.handshake()
        break
      case 'unanswered':
        for (let left = random.int(1, 3); left > 0; left--)
          this.send(this.client, this.server, 'S', 0, this.synOptions())
        return this.packets
      case 'refused':
        this.send(this.client, this.server, 'S', 0, this.synOptions())
        this.client.seq += 1
        this.server.seq = 0
        this.server.ack = this.client.seq
        this.send(this.server, this.client, 'RA', 0)
        return this.packets
      case 'odd':
        this.send(this.client, this.server, this.oddFlags, random.pick([0, 0, 20]))
        if (random.chance(0.5)) return this.packets
        break
      case 'both at once':
        this.send(this.client, this.server, 'S', 0, this.synOptions())
        this.send(this.server, this.client, 'S', 0, this.synOptions())
        this.settle()
        this.send(this.client, this.server, 'SA', 0)
        this.send(this.server, this.client, 'SA', 0)
        break
      case 'answer first':
        this.settle()
        this.send(this.server, this.client, 'SA', 0)
        break
      case 'middle':
        this.settle()
    }
    for (let left = random.int(0, 8); left > 0; left--) this.talk()
    this.end()
    return this.packets
  }

  private handshake(): void {
    const { client, server, random } = this
    const options = this.synOptions()
    this.send(client, server, random.chance(0.15) ? 'SEC' : 'S', 0, options)
    if (random.chance(0.1)) this.send(client, server, 'S', 0, options)
    client.seq += 1
    server.ack = client.seq
    this.send(server, client, 'SA', 0, this.synOptions())
    if (random.chance(0.1)) this.send(server, client, 'SA', 0, options)
    server.seq += 1
    client.ack = server.seq
    if (random.chance(0.93)) this.send(client, server, 'A', 0)
  }

  /** Both sides know each other's numbers, as behind a handshake that was not seen. */
  private settle(): void {
    this.client.ack = this.server.seq
    this.server.ack = this.client.seq
  }

  private talk(): void {
    const { random, client, server } = this
    const [from, to] = random.chance(0.5) ? [client, server] : [server, client]
    const size = random.pick([1, 10, 100, 536, 1400])
    const what = random.weighted([
      [10, 'data'],
      [4, 'ack'],
      [3, 'again'],
      [2, 'future'],
      [2, 'past'],
      [1, 'wrong ack'],
      [1, 'sack'],
      [1, 'reset'],
      [1, 'syn'],
      [1, 'odd'],
      [1, 'window'],
    ] as const)
    switch (what) {
      case 'data':
        this.data(from, to, size)
        if (random.chance(0.7)) this.acknowledge(to, from)
        break
      case 'ack':
        this.acknowledge(from, to)
        break
      case 'again':
        if (from.last !== null) this.packets.push(from.last)
        break
      case 'future':
        this.shifted(from, to, random.pick([1, 2000, 70_000, 10_000_000]), size)
        break
      case 'past':
        this.shifted(from, to, -random.pick([1, 2000, 70_000, 10_000_000]), size)
        break
      case 'wrong ack': {
        const right = from.ack
        from.ack += random.pick([-100_000, -1, 1, 5000, 100_000])
        this.send(from, to, 'A', 0)
        from.ack = right
        break
      }
      case 'sack': {
        const edge = from.ack + random.pick([10, 1000, 200_000])
        this.send(from, to, 'A', 0, tcpOptions(['nop', 'nop', { sack: [[edge, edge + 100]] }]))
        break
      }
      case 'reset':
        this.shifted(from, to, random.pick([0, 1, -1, 3000, -200_000]), 0, random.pick(['R', 'RA']))
        break
      case 'syn':
        this.shifted(from, to, random.pick([0, -1, 50_000]), 0, random.pick(['S', 'SA']))
        break
      case 'odd':
        this.send(from, to, this.oddFlags, 0)
        break
      case 'window':
        from.window = random.pick([0, 1, 500, 65_535])
        this.send(from, to, 'A', 0)
    }
  }

  private end(): void {
    const { random, client, server } = this
    const [first, second] = random.chance(0.5) ? [client, server] : [server, client]
    const how = random.weighted([
      [6, 'fin'],
      [2, 'half'],
      [2, 'both'],
      [3, 'reset'],
      [3, 'nothing'],
      [2, 'again'],
    ] as const)
    if (how === 'nothing') return
    if (how === 'reset') {
      this.send(first, second, random.pick(['R', 'RA']), 0)
      if (random.chance(0.3)) this.send(second, first, 'R', 0)
      return
    }
    this.send(first, second, 'FA', 0)
    first.seq += 1
    if (how === 'half') return
    if (how !== 'both') this.acknowledge(second, first)
    this.send(second, first, 'FA', 0)
    second.seq += 1
    second.ack = first.seq
    this.acknowledge(first, second)
    if (how === 'again') {
      this.client.seq = random.word()
      this.server.seq = random.word()
      this.handshake()
    }
  }

  private data(from: Side, to: Side, size: number): void {
    this.send(from, to, this.random.chance(0.5) ? 'PA' : 'A', size)
    from.last = this.packets[this.packets.length - 1]
    from.seq += size
  }

  private acknowledge(from: Side, to: Side): void {
    from.ack = to.seq
    this.send(from, to, 'A', 0)
  }

  /** A segment that is not where it should be; nothing moves on. */
  private shifted(from: Side, to: Side, by: number, size: number, flags = 'A'): void {
    const right = from.seq
    from.seq += by
    this.send(from, to, flags, size)
    from.seq = right
  }

  private send(from: Side, _to: Side, flags: string, data: number, extra?: Buffer): void {
    const { client, options } = this
    const own = from === client ? options : { ttl: 64 }
    const acks = flags.includes('A')
    this.packets.push(
      tcp(from.ends, flags, {
        ...own,
        seq: ((from.seq % MODULUS) + MODULUS) % MODULUS,
        ack: acks ? ((from.ack % MODULUS) + MODULUS) % MODULUS : 0,
        window: from.window >>> (flags.includes('S') ? 0 : Math.min(from.scale, 4)),
        data,
        ...(extra === undefined ? {} : { tcpOptions: extra }),
      }),
    )
  }

  private synOptions(): Buffer {
    const { random } = this
    const options: Parameters<typeof tcpOptions>[0] = [
      { mss: this.mss ?? random.pick([1460, 1460, 1400, 536]) },
      ...(random.chance(0.7) ? (['sackok'] as const) : []),
      ...(this.scaled ? [{ wscale: this.client.scale }] : []),
    ]
    return random.chance(0.8) ? tcpOptions(options) : Buffer.alloc(0)
  }
}
