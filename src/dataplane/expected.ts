/**
 * --vantage tap: compares what the replay sends with what the capture shows leaving. A forwarded packet waits here,
 * as it left the walk or its remembered path, until one like it is seen.
 */
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { Entry, entryAddresses, entryExtra, isTranslated, replyAddresses } from './layout/entry'
import {
  Comparison,
  Difference,
  DifferenceKind,
  EXAMPLES,
  EXAMPLES_AT,
  Expected,
  HEADER_BYTES,
  ROWS,
  ROWS_AT,
  SLOT_BYTES,
  WAYS,
} from './layout/expected'
import { Path } from './layout/path'
import { Protocol } from './layout/protocol'
import { allocate, replay, ReplayFlag } from './layout/replay'
import { Shard } from './layout/shard'
import { CtInfo, Skb } from './layout/skb'
import { replyPorts } from './conntrack/reply-tuple'
import { invertPorts } from './conntrack/tuple'

const PAYLOAD: u32 = 16
/** What was received within this time before the end need not have been seen leaving. */
const GRACE_NS: u64 = 1_000_000_000

/** This worker's copies of headers: the packet as received, and one more; 0 until they are needed. */
let original: usize = 0
let other: usize = 0
let originalBytes: u32 = 0
/** The packet under way leaves as something that its connection alone does not tell. */
let mangled: bool = false

@inline
function comparisonOf(shard: Shard): usize {
  return replay().comparisons + <usize>shard.number * replay().comparisonBytes
}

@inline
function isCaptured(outInterface: u32): bool {
  return outInterface < replay().portCount && load<u8>(replay().captured + outInterface) != 0
}

/** Keeps the headers of a received packet before rules change them; false when memory is used up. */
export function keepOriginal(descriptor: Descriptor): bool {
  if (original == 0) {
    original = allocate(HEADER_BYTES)
    other = allocate(HEADER_BYTES)
    if (original == 0 || other == 0) return false
  }
  mangled = false
  originalBytes = headerBytes(descriptor)
  memory.copy(original, <usize>descriptor.packet, originalBytes)
  return true
}

/** True when the walk left the packet as something that a remembered path would not make of it. */
@inline
export function wasMangled(): bool {
  return mangled
}

/** The packet of `skb` leaves by the interface, as its bytes are now. */
export function expectDeparture(skbAt: usize, outInterface: u32): void {
  const skb = changetype<Skb>(skbAt)
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  const bytes = min(originalBytes, skb.length)
  memory.copy(other, <usize>skb.packet, bytes)
  forward(original, descriptor, skb)
  blankChecksums(original, descriptor, bytes)
  blankChecksums(other, descriptor, bytes)
  mangled = memory.compare(original, other, bytes) != 0
  if (isCaptured(outInterface)) add(changetype<Shard>(<usize>skb.shard), skb, descriptor, outInterface, other, bytes)
}

/** The packet has taken a remembered path. */
export function expectOnPath(shard: Shard, skb: Skb, descriptor: Descriptor, path: Path): void {
  const outInterface = <u32>path.outInterface
  if (outInterface == 0 || !isCaptured(outInterface) || !keepOriginal(descriptor)) return
  forward(original, descriptor, skb)
  blankChecksums(original, descriptor, originalBytes)
  add(shard, skb, descriptor, outInterface, original, originalBytes)
}

/** True when the replay has sent the packet that was seen leaving; how they differ is counted. */
export function wasExpected(shard: Shard, descriptor: Descriptor, number: u64): bool {
  const bytes = headerBytes(descriptor)
  if (!keepOriginal(descriptor)) return false
  blankChecksums(original, descriptor, bytes)
  const key = keyOf(descriptor)
  const row = rowOf(shard, key)
  let best: usize = 0
  let differs: u32 = 0
  for (let way: u32 = 0; way < WAYS; way++) {
    const at = row + <usize>way * SLOT_BYTES
    const expected = changetype<Expected>(at)
    if (expected.key != key) continue
    const kinds = differences(expected, descriptor, min(bytes, <u32>expected.headerBytes))
    const older = best != 0 && changetype<Expected>(best).number > expected.number
    if (best != 0 && (kinds != 0 || (differs == 0 && !older))) continue
    best = at
    differs = kinds
  }
  if (best == 0) return false
  const expected = changetype<Expected>(best)
  expected.key = 0
  if (differs == 0) changetype<Comparison>(comparisonOf(shard)).same++
  for (let kind = DifferenceKind.SOURCE; kind <= DifferenceKind.HEADERS; kind++) {
    if ((differs & (1 << kind)) != 0) note(shard, kind, expected.number, number)
  }
  return true
}

/** Counts a difference, and keeps it if it is one of the first. */
export function note(shard: Shard, kind: u32, received: u64, seen: u64): void {
  const comparison = comparisonOf(shard)
  const count = comparison + offsetof<Comparison>() + ((<usize>kind) << 3)
  store<u64>(count, load<u64>(count) + 1)
  const head = changetype<Comparison>(comparison)
  if (head.exampleCount == EXAMPLES) return
  const example = changetype<Difference>(comparison + EXAMPLES_AT + <usize>head.exampleCount * offsetof<Difference>())
  head.exampleCount++
  example.received = received
  example.seen = seen
  example.kind = kind
}

/** As `note`, by the shard's address, for the control plane. */
export function noteDifference(shardAt: usize, kind: u32, received: u64, seen: u64): void {
  note(changetype<Shard>(shardAt), kind, received, seen)
}

/** What was not seen leaving by the end of the trace. */
export function settleExpected(shardAt: usize, nowNs: u64): void {
  const shard = changetype<Shard>(shardAt)
  if (replay().comparisons == 0) return
  for (let slot: u32 = 0; slot < ROWS * WAYS; slot++) {
    const expected = changetype<Expected>(comparisonOf(shard) + ROWS_AT + <usize>slot * SLOT_BYTES)
    if (expected.key == 0) continue
    expected.key = 0
    if (expected.atNs + GRACE_NS < nowNs) note(shard, DifferenceKind.MISSING, expected.number, 0)
  }
}

@inline
function rowOf(shard: Shard, key: u64): usize {
  return comparisonOf(shard) + ROWS_AT + <usize>((key >> 32) % ROWS) * WAYS * SLOT_BYTES
}

/** In a free slot of the row, or in that of the oldest packet, which was not seen leaving then. */
function add(shard: Shard, skb: Skb, descriptor: Descriptor, outInterface: u32, headers: usize, bytes: u32): void {
  const key = keyOf(descriptor)
  const row = rowOf(shard, key)
  let at = row
  for (let way: u32 = 0; way < WAYS; way++) {
    const slot = row + <usize>way * SLOT_BYTES
    if (changetype<Expected>(slot).key == 0) {
      at = slot
      break
    }
    if (changetype<Expected>(slot).number < changetype<Expected>(at).number) at = slot
  }
  const expected = changetype<Expected>(at)
  if (expected.key != 0) note(shard, DifferenceKind.MISSING, expected.number, 0)
  expected.key = key
  expected.atNs = skb.nowNs
  expected.number = skb.number
  expected.outInterface = <u16>outInterface
  expected.headerBytes = <u16>bytes
  memory.copy(at + offsetof<Expected>(), headers, bytes)
}

/** Bits 1 << DifferenceKind: where the packet, its headers in `original`, is not what was expected. */
function differences(expected: Expected, descriptor: Descriptor, bytes: u32): u32 {
  const headers = changetype<usize>(expected) + offsetof<Expected>()
  let kinds: u32 = 0
  if (descriptor.boxInterface != 0 && descriptor.boxInterface != expected.outInterface) {
    kinds |= 1 << DifferenceKind.INTERFACE
  }
  if (memory.compare(headers, original, bytes) == 0) return kinds
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  const transport = <u32>descriptor.transport
  const addresses: u32 = isIpv6 ? 8 : 12
  const size: u32 = isIpv6 ? 16 : 4
  const ports = hasPorts(descriptor.protocol) && transport + 4 <= bytes
  const header: u32 = isIpv6 ? 40 : 20
  if (differ(headers, addresses, size) || (ports && differ(headers, transport, 2))) kinds |= 1 << DifferenceKind.SOURCE
  if (differ(headers, addresses + size, size) || (ports && differ(headers, transport + 2, 2))) {
    kinds |= 1 << DifferenceKind.DESTINATION
  }
  if (differ(headers, isIpv6 ? 7 : 8, 1)) kinds |= 1 << DifferenceKind.TTL
  if (isIpv6 ? differ(headers, 0, 2) : differ(headers, 1, 1)) kinds |= 1 << DifferenceKind.TOS
  const behind = ports ? transport + 4 : header
  const rest = differ(headers, isIpv6 ? 2 : 2, isIpv6 ? 5 : 6) || (behind < bytes && differ(headers, behind, bytes - behind))
  if (rest || kinds == 0) kinds |= 1 << DifferenceKind.HEADERS
  return kinds
}

@inline
function differ(headers: usize, offset: u32, size: u32): bool {
  return memory.compare(headers + offset, original + offset, size) != 0
}

/** What a router and NAT make of the packet whose headers stand at `headers`. */
function forward(headers: usize, descriptor: Descriptor, skb: Skb): void {
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  const ttl = headers + (isIpv6 ? 7 : 8)
  store<u8>(ttl, load<u8>(ttl) - 1)
  if (skb.entry == 0 || (descriptor.flags & DescriptorFlag.ICMP_ERROR) != 0) return
  const entry = changetype<Entry>(<usize>skb.entry)
  if (!isTranslated(entry)) return
  const reply = skb.ctInfo >= CtInfo.ESTABLISHED_REPLY
  const own = reply ? load<u32>(changetype<usize>(entry), offsetof<Entry>('srcPort')) : replyPorts(entry)
  const ports = <u32>invertPorts(entry.protocol, own)
  if (isIpv6) {
    const from = changetype<usize>(reply ? entryAddresses(entry) : replyAddresses(entry))
    memory.copy(headers + 8, from + 16, 16)
    memory.copy(headers + 24, from, 16)
  } else {
    store<u32>(headers, bswap<u32>(reply ? entry.dst : entryExtra(entry).replyDst), 12)
    store<u32>(headers, bswap<u32>(reply ? entry.src : entryExtra(entry).replySrc), 16)
  }
  const transport = headers + descriptor.transport
  if (<u32>descriptor.transport + 6 > originalBytes) return
  if (hasPorts(descriptor.protocol)) {
    store<u16>(transport, bswap<u16>(<u16>ports))
    store<u16>(transport, bswap<u16>(<u16>(ports >> 16)), 2)
  } else if (descriptor.protocol == Protocol.ICMP || descriptor.protocol == Protocol.ICMPV6) {
    store<u16>(transport, bswap<u16>(<u16>ports), 4)
  }
}

@inline
function hasPorts(protocol: u8): bool {
  return (
    protocol == Protocol.TCP || protocol == Protocol.UDP || protocol == Protocol.UDPLITE || protocol == Protocol.SCTP
  )
}

/** Bytes of IP and transport header that were captured and are compared. */
function headerBytes(descriptor: Descriptor): u32 {
  const transport = <u32>descriptor.transport
  let bytes = transport
  if ((descriptor.flags & (DescriptorFlag.NO_TRANSPORT | DescriptorFlag.BAD_TRANSPORT)) == 0) {
    if (descriptor.protocol == Protocol.TCP) bytes += descriptor.tcpHeader
    else if (hasPorts(descriptor.protocol) || descriptor.protocol == Protocol.ICMP || descriptor.protocol == Protocol.ICMPV6) bytes += 8
  }
  return min(min(bytes, HEADER_BYTES), min(descriptor.captured, descriptor.length))
}

/** Checksums of what a network card finishes are in no capture; the others follow from what is compared. */
function blankChecksums(headers: usize, descriptor: Descriptor, bytes: u32): void {
  if ((descriptor.flags & DescriptorFlag.IPV6) == 0) store<u16>(headers, 0, 10)
  const transport = <u32>descriptor.transport
  let offset: u32 = 0
  if (descriptor.protocol == Protocol.TCP) offset = 16
  else if (descriptor.protocol == Protocol.UDP || descriptor.protocol == Protocol.UDPLITE) offset = 6
  else if (descriptor.protocol == Protocol.ICMP || descriptor.protocol == Protocol.ICMPV6) offset = 2
  if (offset != 0 && transport + offset + 2 <= bytes) store<u16>(headers + transport + offset, 0)
}

/** A hash of what neither a router nor NAT changes; never 0. */
function keyOf(descriptor: Descriptor): u64 {
  const at: usize = descriptor.packet
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  let key = mix(<u64>descriptor.length | (<u64>descriptor.protocol << 32), isIpv6 ? 6 : 4)
  if (!isIpv6) key = mix(key, load<u16>(at, 4))
  const transport = <u32>descriptor.transport
  let payload = transport
  if (descriptor.protocol == Protocol.TCP) {
    return mix(key, <u64>descriptor.seq | (<u64>descriptor.ack << 32)) | 1
  }
  if (descriptor.protocol == Protocol.ICMP || descriptor.protocol == Protocol.ICMPV6) {
    key = mix(key, descriptor.dstPort)
    // Of the packet that an error quotes, addresses and ports may change, too.
    if ((descriptor.flags & DescriptorFlag.ICMP_ERROR) != 0) {
      return (isIpv6 || descriptor.captured < transport + 14 ? key : mix(key, load<u16>(at + transport, 12))) | 1
    }
    payload += 6
  } else if (hasPorts(descriptor.protocol)) {
    payload += descriptor.protocol == Protocol.SCTP ? 4 : 8
  }
  if (payload + PAYLOAD <= min(descriptor.captured, descriptor.length)) {
    key = mix(mix(key, load<u64>(at + payload)), load<u64>(at + payload, 8))
  }
  return key | 1
}

@inline
function mix(key: u64, value: u64): u64 {
  const mixed = (key ^ value) * 0x9e3779b97f4a7c15
  return (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9
}
