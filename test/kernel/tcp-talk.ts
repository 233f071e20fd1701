/**
 * A TCP connection that two ends talk over, for scenarios: sequence numbers are kept, also where NAT on the way makes
 * what one end says longer or shorter for the other.
 */
import { tcp, type TcpOptions } from './packets.js'
import { on, type PlacedPacket } from './scenario.js'

interface End {
  /** `address:port > address:port`, as its packets have it. */
  readonly ends: string
  /** The interface on which they are captured; null where the routes lead back to. */
  readonly on: string | null
  /** Behind what it has said, in its own numbers, and by how many bytes NAT has lengthened that. */
  said: number
  lengthened: number
}

export class TcpTalk {
  private readonly client: End
  private readonly server: End

  constructor(client: string, server: string, clientOn: string | null = null, serverOn: string | null = null) {
    this.client = { ends: client, on: clientOn, said: 1000, lengthened: 0 }
    this.server = { ends: server, on: serverOn, said: 5000, lengthened: 0 }
  }

  open(): PlacedPacket[] {
    const { client, server } = this
    const syn = place(client, 'S', { seq: client.said++ })
    const answer = place(server, 'SA', { seq: server.said++, ack: client.said })
    return [syn, answer, this.acknowledge('client')]
  }

  /** `lengthened`: by how much NAT will lengthen it. */
  say(by: 'client' | 'server', data: string, lengthened = 0): PlacedPacket {
    const [own, other] = this.sides(by)
    const packet = place(own, 'PA', { seq: own.said, ack: other.said + other.lengthened, data })
    own.said += data.length
    own.lengthened += lengthened
    return packet
  }

  /** Says the last `data` again. */
  repeat(by: 'client' | 'server', data: string): PlacedPacket {
    const [own, other] = this.sides(by)
    return place(own, 'PA', { seq: own.said - data.length, ack: other.said + other.lengthened, data })
  }

  acknowledge(by: 'client' | 'server', options: TcpOptions = {}): PlacedPacket {
    const [own, other] = this.sides(by)
    return place(own, 'A', { seq: own.said, ack: other.said + other.lengthened, ...options })
  }

  /** The client breaks it off. */
  reset(): PlacedPacket {
    return place(this.client, 'R', { seq: this.client.said })
  }

  /** Both ends close it. */
  close(): PlacedPacket[] {
    const { client, server } = this
    const ended = place(client, 'FA', { seq: client.said++, ack: server.said + server.lengthened })
    const answered = place(server, 'FA', { seq: server.said++, ack: client.said + client.lengthened })
    return [ended, answered, this.acknowledge('client')]
  }

  private sides(by: 'client' | 'server'): readonly [End, End] {
    return by === 'client' ? [this.client, this.server] : [this.server, this.client]
  }
}

function place(end: End, flags: string, options: TcpOptions): PlacedPacket {
  const bytes = tcp(end.ends, flags, options)
  return end.on === null ? { bytes } : on(end.on, bytes)
}
