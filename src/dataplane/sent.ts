/**
 * --vantage tap: who made a packet that the box was seen sending. What was captured had been translated on its way out,
 * so it is the reverse of a tuple that its connection is known by: the other tuple is the packet's own. One whose own
 * source is the box's starts at OUTPUT, any other was forwarded.
 */
import { isLocalIpv4, isLocalIpv6 } from './box-address'
import { replySource, replySource6 } from './conntrack/reply-tuple'
import { invertPorts, IPV6_DST, IPV6_SRC, NO_TUPLE, tuplePorts } from './conntrack/tuple'
import { findIpv4, findIpv6, REPLY_BIT } from './conntrack/tuple-index'
import { Directions } from './conntrack/zone'
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { Entry, entryAddresses, isTranslated } from './layout/entry'
import { NO_COUNTER, Path } from './layout/path'
import { Reason } from './layout/reason'
import { allocate } from './layout/replay'
import { Shard } from './layout/shard'
import { countPath, internPath } from './path-table'

export namespace Maker {
  /** No connection knows it. */
  export const UNKNOWN: u32 = 0
  export const BOX: u32 = 1
  /** The box, and NAT has changed it since. */
  export const BOX_TRANSLATED: u32 = 2
  export const OTHER: u32 = 3
}

/** `PathVerdict.None`, src/memory/path.ts. */
const VERDICT_NONE: u8 = 7

/** This worker's room for a path; 0 until it is needed. */
let scratch: usize = 0

/** A `Maker`. Requires that the packet was seen leaving. */
export function makerOf(shard: Shard, descriptor: Descriptor): u32 {
  const found = findConnection(changetype<usize>(shard), changetype<usize>(descriptor))
  if (found == 0) return Maker.UNKNOWN
  const entry = changetype<Entry>(found & ~REPLY_BIT)
  if (!sourceIsLocal(entry, (found & REPLY_BIT) != 0)) return Maker.OTHER
  return isTranslated(entry) ? Maker.BOX_TRANSLATED : Maker.BOX
}

/** The entry of zone 0 that has the reverse of the packet's tuple, with REPLY_BIT where that is its reply; or 0. */
export function findConnection(shardAt: usize, descriptorAt: usize): usize {
  const shard = changetype<Shard>(shardAt)
  const descriptor = changetype<Descriptor>(descriptorAt)
  if ((descriptor.flags & (DescriptorFlag.ICMP_ERROR | DescriptorFlag.NO_TRANSPORT)) != 0) return 0
  const ports = tuplePorts(shard, descriptor)
  if (ports == NO_TUPLE) return 0
  const protocol = descriptor.protocol
  const reverse = invertPorts(protocol, <u32>ports)
  if (reverse == NO_TUPLE) return 0
  const now = descriptor.atNs
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) {
    return findIpv4(shard, descriptor.hash, descriptor.dst, descriptor.src, <u32>reverse, protocol, Directions.BOTH, now)
  }
  const packet: usize = descriptor.packet
  return findIpv6(shard, descriptor.hash, packet + IPV6_DST, packet + IPV6_SRC, <u32>reverse, protocol, Directions.BOTH, now)
}

/** Whether packets of the direction opposite to the tuple that was found come from the box. */
function sourceIsLocal(entry: Entry, isReplyTuple: bool): bool {
  if (entry.family == 4) return isLocalIpv4(isReplyTuple ? entry.src : replySource(entry))
  return isLocalIpv6(isReplyTuple ? changetype<usize>(entryAddresses(entry)) : replySource6(entry))
}

/** Counts the packet as what the box did with an earlier one, and returns the path that says so; 0: out of memory. */
export function countForwarded(shardAt: usize, isIpv6: bool, length: u32): u32 {
  if (scratch == 0) {
    scratch = allocate(offsetof<Path>())
    if (scratch == 0) return 0
    const path = changetype<Path>(scratch)
    path.where = NO_COUNTER
    path.verdict = VERDICT_NONE
    path.reason = <u8>Reason.OWN_OUTPUT
  }
  changetype<Path>(scratch).family = isIpv6 ? 6 : 4
  const path = internPath(shardAt, scratch)
  if (path != 0) countPath(path, length)
  return <u32>path
}
