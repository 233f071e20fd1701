/**
 * --vantage tap: what a capture that was taken on the box itself says of the packet that is about to be walked, and what
 * is compared with it. In: the packet as it was captured. Out: the packet as the box received or made it.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { DescriptorFlag, DescriptorView } from '../memory/descriptor.js'
import { DifferenceKind } from '../memory/expected.js'
import type { Packet } from '../memory/packet.js'
import { PathFlag, PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import type { Tuple } from '../memory/tuple.js'
import type { AwaitedAnswers } from './awaited-answers.js'
import type { Leg } from './leg.js'
import { describedBytes, tupleIn, tupleOf } from './packet-tuple.js'
import type { Routing } from './routing.js'
import type { SentPackets } from './sent-packets.js'

/** TCP flag. */
const RST = 4

export class SeenOnBox {
  /** The packet under way was received unseen; its departure is all that the capture has of it. */
  private unseen = false

  /** `awaited`: answers that the capture will show; null where it was not taken on the box. */
  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
    private readonly routing: Routing,
    private readonly sent: SentPackets,
    private readonly awaited: AwaitedAnswers | null,
  ) {}

  /** True when the captured packet is an answer of REJECT's. */
  isAnswer(): boolean {
    const { packet, awaited } = this
    if (awaited === null) return false
    const { skb, descriptor } = packet
    if ((descriptor.flags & (DescriptorFlag.Output | DescriptorFlag.Sent)) === 0) return false
    const mayBe = (descriptor.flags & DescriptorFlag.IcmpError) !== 0 || (descriptor.tcpFlags & RST) !== 0
    const answer = mayBe ? awaited.take(packet) : null
    if (answer === null) return false
    skb.path = answer.path
    skb.mark = answer.mark
    this.plane.exports.countPath(answer.path, skb.length)
    return true
  }

  /** What leaves the box is seen as such, what is received is looked for when somebody asks. */
  expectDeparture(): void {
    const { packet, plane } = this
    if ((packet.descriptor.flags & DescriptorFlag.Sent) !== 0) {
      const seen = tupleOf(packet)
      packet.departure = () => seen
      return
    }
    let known: Tuple | null | undefined
    const { descriptor: received } = packet.skb
    const descriptor = new DescriptorView(plane.memory)
    packet.departure = () => {
      if (known === undefined) {
        descriptor.at = plane.exports.findDeparture(received) >>> 0
        known = descriptor.at === 0 ? null : tupleIn(plane.memory, describedBytes(descriptor))
      }
      return known
    }
  }

  /**
   * Flags of its path for a packet to be walked; null for one that the box is said to have forwarded, though the replay
   * did not. Of what it forwarded from where nothing was captured, what it received is made.
   */
  findOrigin(leg: Leg): PathFlag | null {
    const { packet, sent } = this
    const { skb, descriptor } = packet
    this.unseen = false
    if ((descriptor.flags & DescriptorFlag.Sent) === 0) return PathFlag.None
    const flags = sent.restore()
    if (flags !== null) {
      descriptor.flags = (descriptor.flags & ~DescriptorFlag.Sent) | DescriptorFlag.Output
      return flags
    }
    const inInterface = this.routing.interfaceBack(packet)
    if (!sent.isCaptured(inInterface)) {
      sent.receive(inInterface)
      this.unseen = true
      return PathFlag.None
    }
    // What goes out in pieces again is not compared.
    if ((descriptor.flags & DescriptorFlag.Datagram) === 0) {
      this.plane.exports.noteDifference(skb.shard, DifferenceKind.Unexpected, 0n, skb.number)
    }
    leg.reset()
    leg.recorder.stop(PathVerdict.None, Reason.OwnOutput, null)
    skb.path = leg.recorder.finish(skb.shard, packet.family, skb.length, PathFlag.None)
    return null
  }

  /** What the box was seen sending of its own should not be dropped. */
  compareOwn({ recorder }: Leg): void {
    const { packet, plane } = this
    if (this.awaited === null) return
    const { skb, descriptor } = packet
    if ((descriptor.flags & DescriptorFlag.Output) === 0 || recorder.verdict === PathVerdict.Accept) return
    if (recorder.verdict === PathVerdict.Stolen) return
    plane.exports.noteDifference(skb.shard, DifferenceKind.Dropped, 0n, skb.number)
  }

  /** A received packet that leaves in one piece is looked for in the capture. */
  isCompared(mtu: number): boolean {
    const { packet } = this
    const pieces = DescriptorFlag.Output | DescriptorFlag.Fragment | DescriptorFlag.Datagram
    if (this.awaited === null || this.unseen) return false
    return (packet.descriptor.flags & pieces) === 0 && packet.length <= mtu
  }
}
