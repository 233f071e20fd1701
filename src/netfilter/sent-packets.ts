/**
 * --vantage tap: packets that the box was seen sending, and NAT had changed before. In: such a packet, whose connection
 * the data plane does not know, or knows as translated. Out: whether the box made it; then it is what it was when it
 * came to OUTPUT.
 */
import { isLoopback4, isLoopback6, type Words } from '../box/address.js'
import type { Box } from '../box/box.js'
import type { DataPlane } from '../memory/data-plane.js'
import { DescriptorFlag } from '../memory/descriptor.js'
import { EntryView } from '../memory/entry.js'
import type { Packet } from '../memory/packet.js'
import { PathFlag } from '../memory/path.js'
import { REPLAY_AT, REPLAY_OFFSET } from '../memory/replay.js'
import { TUPLE_SIZE, type Tuple, writeTuple } from '../memory/tuple.js'
import type { Family } from '../ruleset/ruleset.js'
import { changedChecksum } from './checksum.js'
import type { NatTrial } from './nat-trial.js'
import { invertTuple, originalTuple, replyTuple } from './nat-tuple.js'
import { rewritePacket, tupleIn, tupleOf } from './packet-tuple.js'
import { icmpSum, quotedPacket } from './translate-error.js'
import { translate } from './translate.js'

const REPLY_BIT = 1
const ICMP_HEADER = 8

export class SentPackets {
  private readonly entry: EntryView
  private readonly scratch: number

  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
    private readonly box: Box,
    /** Of families with a table nat. */
    private readonly trials: ReadonlyMap<Family, NatTrial>,
  ) {
    this.entry = new EntryView(plane.memory)
    this.scratch = plane.allocate(TUPLE_SIZE, 'a tuple')
  }

  /** PathFlag bits when the box made the packet, null when it forwarded it. The packet is as it was before NAT. */
  restore(): PathFlag | null {
    const { packet, entry, plane } = this
    const found = plane.exports.findConnection(packet.skb.shard, packet.skb.descriptor) >>> 0
    if (found !== 0) {
      entry.at = (found & ~REPLY_BIT) >>> 0
      // The reverse of what leaves in the original direction is the reply's tuple.
      const made = (found & REPLY_BIT) === 0 ? replyTuple(entry) : originalTuple(entry)
      if (entry.translated) rewritePacket(plane, packet, made, this.scratch)
      return this.isOwn(made) ? PathFlag.None : null
    }
    const { flags } = packet.descriptor
    const own = (flags & DescriptorFlag.Output) !== 0 ? PathFlag.None : null
    if ((flags & DescriptorFlag.IcmpError) !== 0) {
      if (own !== null) this.restoreQuoted()
      return own
    }
    if ((flags & (DescriptorFlag.NoTransport | DescriptorFlag.BadTransport)) !== 0) return own
    const original = this.trials.get(packet.family)?.original(tupleOf(packet)) ?? null
    if (original === null) return own
    rewritePacket(plane, packet, original.tuple, this.scratch)
    return (original.ambiguous ? PathFlag.Ambiguous : 0) | (original.portUnknown ? PathFlag.PortUnknown : 0)
  }

  /** Whether what the box receives by the interface is in the capture. */
  isCaptured(inInterface: number): boolean {
    const { memory } = this.plane
    const count = memory.u32(REPLAY_AT + REPLAY_OFFSET.portCount)
    if (inInterface === 0 || inInterface >= count) return true
    return memory.u8(memory.u32(REPLAY_AT + REPLAY_OFFSET.captured) + inInterface) !== 0
  }

  /** The packet, which the box has forwarded, is as it came in by the interface. */
  receive(inInterface: number): void {
    const { packet } = this
    const { memory, at, family, descriptor } = packet
    const ttl = at + (family === 4 ? 8 : 7)
    if (memory.u8(ttl) < 255) {
      const before = memory.be16(at + 8)
      memory.setU8(ttl, memory.u8(ttl) + 1)
      if (family === 4) memory.setBe16(at + 10, changedChecksum(memory.be16(at + 10), before, memory.be16(at + 8)))
    }
    descriptor.receive(inInterface, memory.u8(ttl))
  }

  /** An error of the box's own quotes the packet as it was on its way through the box. */
  private restoreQuoted(): void {
    const { packet, entry, plane } = this
    const { memory, at, transport } = packet
    const end = at + Math.min(packet.captured, packet.length)
    const whole = packet.captured >= packet.length
    const quoted = { ...quotedPacket(packet, at + transport + ICMP_HEADER, end), whole }
    if (quoted.at + quoted.transport > end) return
    writeTuple(memory, this.scratch, tupleIn(memory, quoted))
    const found = plane.exports.findTuple(packet.skb.shard, this.scratch, packet.skb.nowNs) >>> 0
    if (found === 0) return
    entry.at = (found & ~REPLY_BIT) >>> 0
    if (!entry.translated) return
    const onTheWay = invertTuple((found & REPLY_BIT) === 0 ? replyTuple(entry) : originalTuple(entry))
    translate(plane, quoted, onTheWay, 'source')
    translate(plane, quoted, onTheWay, 'destination')
    if (whole) {
      memory.setBe16(at + transport + 2, 0)
      memory.setBe16(at + transport + 2, icmpSum(packet))
    }
    writeTuple(memory, this.scratch, onTheWay)
    packet.descriptor.hash = plane.exports.hashTuple(this.scratch)
  }

  private isOwn({ family, source }: Tuple): boolean {
    return this.box.isOwnAddress(family, source) || isLoopback(family, source)
  }
}

function isLoopback(family: Family, address: Words): boolean {
  return family === 4 ? isLoopback4(address[0]) : isLoopback6(address)
}
