/**
 * Indexing: the records of one block become descriptors, then one run per shard. Any worker takes any block; only
 * what fragments need of one another waits for the block's turn (conntrack/defragment.ts).
 * In: bytes and records. Out: runs and reasons, stage SCATTERED; or descriptors in record order, stage INDEXED.
 */
import { isLocalIpv4, isLocalIpv6 } from './box-address'
import { resetDatagrams } from './conntrack/datagram'
import { countShard, resetShardCounts, scatterBlock } from './scatter'
import { Block, BlockStage } from './layout/block'
import { Descriptor, DescriptorFlag, PacketType } from './layout/descriptor'
import { Outcome } from './layout/outcome'
import { Reason } from './layout/reason'
import { CaptureInterface, Direction, Record } from './layout/record'
import { KERNEL_INDEXES, replay, ReplayFlag } from './layout/replay'
import { interfaceOf, ownMac } from './wire/capture-interface'
import { describePlain } from './wire/plain-packet'
import { ANY_FAMILY, Frame, resetFrame } from './wire/frame'
import { describeIpv4, IPV4_DST, IPV4_HEADER, IPV4_SRC } from './wire/ipv4'
import { IPV6_DST, IPV6_SRC } from './wire/ipv6-address'
import { describeIpv6, IPV6_HEADER, isJumbogram } from './wire/ipv6'
import { readLink } from './wire/link'

/** What the origin of a packet comes to, where it is not a `Reason` or received: this and flags of the descriptor. */
const ORIGIN_BOX: u32 = 0x10000

/** Parses the block's records. Publishes the block as SCATTERED, or as INDEXED when fragments wait for its turn. */
export function indexBlock(blockAt: usize): void {
  const block = changetype<Block>(blockAt)
  const mask = replay().shardCount - 1
  const counts = block.runStarts
  memory.fill(block.reasons, 0, (<usize>Reason.COUNT) << 2)
  resetShardCounts(block)
  resetDatagrams(block)
  let fragments: u32 = 0
  let record = block.records
  let descriptor = block.descriptors
  for (let number: u32 = 0; number < block.recordCount; number++, record += offsetof<Record>()) {
    const found = changetype<Descriptor>(descriptor)
    if (!describePlain(found, changetype<Record>(record), number)) {
      const reason = describeRecord(found, changetype<Record>(record))
      if (reason != Reason.NONE) {
        settle(block, number, reason)
        continue
      }
      found.record = number
      fragments += <u32>isWaiting(found)
    }
    countShard(counts, found.hash & mask)
    descriptor += 64
  }
  block.descriptorCount = <u32>((descriptor - block.descriptors) >> 6)
  block.fragmentCount = fragments
  if (fragments == 0) scatterBlock(block)
  else atomic.store<u32>(blockAt, BlockStage.INDEXED, offsetof<Block>('stage'))
}

/** Books a record that no shard sees. */
export function settle(block: Block, record: u32, reason: u32): void {
  const count = block.reasons + ((<usize>reason) << 2)
  store<u32>(count, load<u32>(count) + 1)
  if (block.outcomes == 0) return
  const outcome = changetype<Outcome>(block.outcomes + <usize>record * offsetof<Outcome>())
  outcome.path = reason
  outcome.mark = 0
  outcome.ctId = 0
}

/** True for a fragment that conntrack will put together with others. */
@inline
export function isWaiting(descriptor: Descriptor): bool {
  const flags = descriptor.flags
  if ((flags & DescriptorFlag.FRAGMENT) == 0) return false
  if ((flags & DescriptorFlag.IPV6) == 0) return (replay().flags & ReplayFlag.TRACK_IPV4) != 0
  return (replay().flags & ReplayFlag.TRACK_IPV6) != 0 && !isJumbogram(descriptor.packet)
}

/** The whole way from the link header on; `Reason.NONE` when the descriptor is filled. */
function describeRecord(descriptor: Descriptor, record: Record): u32 {
  const captureInterface = interfaceOf(record)
  resetFrame(record.direction)
  const reason = readLink(captureInterface.linkType, record.bytes, record.captured, ownMac(captureInterface))
  if (reason != Reason.NONE) return reason
  const wireBytes = max(record.original, record.captured)
  if (Frame.header >= record.captured) {
    return Frame.header >= wireBytes ? Reason.IP_HEADER_LENGTH : Reason.CUT_IP_HEADER
  }
  const at: usize = <usize>record.bytes + Frame.header
  const captured = record.captured - Frame.header
  const wire = wireBytes - Frame.header
  const family: u32 = Frame.family == ANY_FAMILY ? load<u8>(at) >> 4 : Frame.family
  if (family != 4 && family != 6) return Reason.IP_VERSION
  const header: u32 = family == 4 ? IPV4_HEADER : IPV6_HEADER
  if (captured < header) return wire < header ? Reason.IP_HEADER_LENGTH : Reason.CUT_IP_HEADER
  const onInterface = boxInterface(captureInterface)
  // A capture of all interfaces shows what passes a port on the bridge as well.
  if (Frame.kernelIndex != 0 && isPort(onInterface)) return Reason.PORT
  const origin = originOf(at, family, onInterface)
  if (origin != Reason.NONE && origin < ORIGIN_BOX) return origin
  clear(descriptor)
  descriptor.atNs = record.atNs
  if (origin >= ORIGIN_BOX) {
    descriptor.flags = <u16>origin
  } else {
    descriptor.packetType = Frame.packetType == PacketType.OTHERHOST ? PacketType.HOST : Frame.packetType
    descriptor.linkHeader = <u16>Frame.linkHeader
    descriptor.boxInterface = onInterface
  }
  const described =
    family == 4
      ? describeIpv4(descriptor, at, captured, wire)
      : describeIpv6(descriptor, at, captured, wire, true)
  // Fragments in another's name came in as fragments: no connection can tell more of them.
  const foreignFragment = origin == (ORIGIN_BOX | DescriptorFlag.SENT) && (descriptor.flags & DescriptorFlag.FRAGMENT) != 0
  return described == Reason.NONE && foreignFragment ? Reason.OWN_OUTPUT : described
}

/**
 * NONE: received. Where the capture was taken on the box, its direction counts first; what its interface would have
 * passed over is not offered. From afar every packet is offered, whomever its link header names. Loopback is seen
 * once, as received: what has two own addresses is sent.
 */
function originOf(at: usize, family: u32, onInterface: u16): u32 {
  const local = family == 4 ? isLocalIpv4(bswap<u32>(load<u32>(at, IPV4_SRC))) : isLocalIpv6(at + IPV6_SRC)
  if ((replay().flags & ReplayFlag.TAP) != 0 && Frame.direction != Direction.UNKNOWN) {
    if (Frame.direction == Direction.OUT) return local ? ownOrigin(family) : ORIGIN_BOX | DescriptorFlag.SENT
    const onLoopback = onInterface == 0 || <u32>onInterface == replay().loopback
    if (local && onLoopback && isLocalDestination(at, family)) return ownOrigin(family)
  } else if (local) {
    return ownOrigin(family)
  }
  const forAnother = Frame.packetType == PacketType.OTHERHOST && (replay().flags & ReplayFlag.TAP) != 0
  return forAnother ? Reason.OTHER_HOST : Reason.NONE
}

/** Of a packet with one of the box's addresses: another's may be hidden behind it. */
@inline
function ownOrigin(family: u32): u32 {
  const both: u32 = ReplayFlag.TAP | (family == 4 ? ReplayFlag.NAT_IPV4 : ReplayFlag.NAT_IPV6)
  return ORIGIN_BOX | ((replay().flags & both) == both ? DescriptorFlag.FROM_BOX : DescriptorFlag.OUTPUT)
}

@inline
function isLocalDestination(at: usize, family: u32): bool {
  return family == 4 ? isLocalIpv4(bswap<u32>(load<u32>(at, IPV4_DST))) : isLocalIpv6(at + IPV6_DST)
}

/** Two tags name no interface: the table knows the outer ids alone. */
function boxInterface(captureInterface: CaptureInterface): u16 {
  if (!Frame.onInterface) return 0
  // Id 0 is a priority tag: the frame belongs to no VLAN.
  if (Frame.tags == 0 || (Frame.tags == 1 && Frame.vlan == 0)) {
    return Frame.kernelIndex == 0 ? <u16>captureInterface.boxInterface : interfaceOfIndex(Frame.kernelIndex)
  }
  if (Frame.tags > 1 || captureInterface.vlans == 0) return 0
  return load<u16>(<usize>captureInterface.vlans + ((<usize>Frame.vlan) << 1))
}

@inline
function isPort(onInterface: u16): bool {
  return <u32>onInterface < replay().portCount && load<u16>(replay().portsOf + ((<usize>onInterface) << 1)) != 0
}

/** The box's interface that its kernel numbers so; 0 when the box does not say. */
function interfaceOfIndex(kernelIndex: u32): u16 {
  const table: usize = replay().kernelIndexes
  return table == 0 || kernelIndex >= KERNEL_INDEXES ? 0 : load<u16>(table + (<usize>kernelIndex << 1))
}

@inline
function clear(descriptor: Descriptor): void {
  const at = changetype<usize>(descriptor)
  v128.store(at, i64x2.splat(0))
  v128.store(at, i64x2.splat(0), 16)
  v128.store(at, i64x2.splat(0), 32)
  v128.store(at, i64x2.splat(0), 48)
}
