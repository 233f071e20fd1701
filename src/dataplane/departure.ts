/**
 * --vantage tap: as what a received packet is seen leaving the box, for what the kernel chose at random on its way:
 * the next record that may be it. A shard replays a block only when the next one lies ready, so that it can look on.
 */
import { Block, BlockStage } from './layout/block'
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { Protocol } from './layout/protocol'
import { replay } from './layout/replay'

/** Packets of the shard, time, and captured bytes, that are looked through: less than a block holds. */
const HORIZON_PACKETS: u32 = 1024
const HORIZON_BYTES: u32 = 1 << 20
const HORIZON_NS: u64 = 1_000_000_000
/** Bytes of payload that are compared. */
const PAYLOAD: u32 = 64
const TCP_WITHOUT_OPTIONS: u32 = 20
const IPV4_ID: usize = 4

/** Where this worker is: the block and the packet's place in the shard's run. */
export namespace Place {
  export let block: usize = 0
  export let shard: u32 = 0
  export let index: u32 = 0
}

/** The descriptor of the packet's departure, which no other packet gets then; 0 when it is not seen. */
export function findDeparture(descriptorAt: usize): usize {
  const packet = changetype<Descriptor>(descriptorAt)
  let block = changetype<Block>(Place.block)
  let index = Place.index + 1
  let bytes: u32 = 0
  for (let looked: u32 = 0; looked < HORIZON_PACKETS && bytes < HORIZON_BYTES; looked++, index++) {
    while (index == runEnd(block)) {
      const next = blockBehind(block)
      if (next == 0) return 0
      block = changetype<Block>(next)
      index = runStart(block)
    }
    const other = changetype<Descriptor>(block.runs + <usize>index * offsetof<Descriptor>())
    if (other.atNs - packet.atNs > HORIZON_NS) return 0
    bytes += other.captured
    if ((other.flags & DescriptorFlag.SENT) == 0 || (other.flags & DescriptorFlag.CLAIMED) != 0) continue
    if (!mayBe(packet, other)) continue
    other.flags |= DescriptorFlag.CLAIMED
    return changetype<usize>(other)
  }
  return 0
}

@inline
function runStart(block: Block): u32 {
  return load<u32>(block.runStarts + (<usize>Place.shard << 2))
}

@inline
function runEnd(block: Block): u32 {
  return load<u32>(block.runStarts + (<usize>Place.shard << 2), 4)
}

/** The next block of the capture; 0 behind the last one, and behind the one after the block that is replayed. */
function blockBehind(block: Block): usize {
  if (changetype<usize>(block) != Place.block) return 0
  const sequence = block.sequence + 1
  const next = load<u32>(replay().blocks + (<usize>(sequence % replay().blockCount) << 2))
  const found = changetype<Block>(<usize>next)
  const ready = atomic.load<u32>(<usize>next, offsetof<Block>('stage')) == BlockStage.SCATTERED
  return ready && found.sequence == sequence ? <usize>next : 0
}

/** True when they differ in what a router and NAT change, and in nothing else. */
function mayBe(packet: Descriptor, other: Descriptor): bool {
  const kind = DescriptorFlag.IPV6 | DescriptorFlag.ICMP_ERROR | DescriptorFlag.NO_TRANSPORT
  if (((packet.flags ^ other.flags) & kind) != 0) return false
  if (packet.protocol != other.protocol || packet.length != other.length) return false
  if (packet.transport != other.transport || <u32>packet.ttl != <u32>other.ttl + 1) return false
  const one: usize = packet.packet
  const two: usize = other.packet
  if ((packet.flags & DescriptorFlag.IPV6) == 0 && load<u16>(one, IPV4_ID) != load<u16>(two, IPV4_ID)) return false
  const transport = <u32>packet.transport
  let payload = transport
  switch (packet.protocol) {
    case Protocol.TCP:
      if (packet.seq != other.seq || packet.ack != other.ack || packet.tcpHeader != other.tcpHeader) return false
      payload += max(<u32>packet.tcpHeader, TCP_WITHOUT_OPTIONS)
      break
    case Protocol.UDP:
    case Protocol.UDPLITE:
      payload += 8
      break
    case Protocol.ICMP:
    case Protocol.ICMPV6:
      // The id may change; the sequence number stands behind it.
      if (packet.dstPort != other.dstPort) return false
      payload += 6
      break
    case Protocol.SCTP:
      payload += 4
      break
    default:
      break
  }
  const end = min(payload + PAYLOAD, min(packet.captured, other.captured))
  return end <= payload || memory.compare(one + payload, two + payload, end - payload) == 0
}
