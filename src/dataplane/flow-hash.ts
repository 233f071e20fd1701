/**
 * The flow hash: 32 bits from both endpoints and the protocol, the same in both directions, seeded. Everything that
 * belongs to one conntrack tuple has one hash, so a packet's shard holds its connection.
 *
 *   shard: hash & (shardCount - 1)      the tuple index of a shard mixes all 32 bits anew
 *
 * Where NAT translates, the two tuples of a connection differ, and must still have one shard. So the lowest bits come
 * from its ports alone there, which NAT leaves as they are as a rule: from the higher one, most often the client's.
 * Ports that rules of NAT name, and may make of one another, do not count.
 */
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { replay } from './layout/replay'
import { IPV6_DST, IPV6_SRC } from './wire/ipv6-address'

const M0: u64 = 0x9e3779b97f4a7c15
const M1: u64 = 0xbf58476d1ce4e5b9
const M2: u64 = 0x94d049bb133111eb
/** As many bits as make the number of a shard, at most. */
const PORT_BITS: u32 = 4

/** Addresses and ports in host order. `kind` is the protocol, for ICMP also the class of its type. */
@inline
export function hashIpv4(src: u32, dst: u32, srcPort: u32, dstPort: u32, kind: u32): u32 {
  const hash = combine(((<u64>src) << 16) | srcPort, ((<u64>dst) << 16) | dstPort, kind)
  const named = replay().namedPorts4
  return named == 0 ? hash : byPorts(hash, named, srcPort, dstPort)
}

/** As `hashIpv4`, with 16 bytes of address at `src` and at `dst`. */
export function hashIpv6(src: usize, dst: usize, srcPort: u32, dstPort: u32, kind: u32): u32 {
  const hash = combine(endpointIpv6(src, srcPort), endpointIpv6(dst, dstPort), kind)
  const named = replay().namedPorts6
  return named == 0 ? hash : byPorts(hash, named, srcPort, dstPort)
}

/** The hash of the packet's own addresses with the given ports. */
export function flowHash(descriptor: Descriptor, srcPort: u32, dstPort: u32, kind: u32): u32 {
  const packet: usize = descriptor.packet
  return descriptor.flags & DescriptorFlag.IPV6
    ? hashIpv6(packet + IPV6_SRC, packet + IPV6_DST, srcPort, dstPort, kind)
    : hashIpv4(descriptor.src, descriptor.dst, srcPort, dstPort, kind)
}

@inline
function byPorts(hash: u32, named: usize, srcPort: u32, dstPort: u32): u32 {
  const port = max(unnamed(named, srcPort), unnamed(named, dstPort))
  return (hash & (<u32>-1 << PORT_BITS)) | ((port * 0x9e3779b1) >> (32 - PORT_BITS))
}

/** The port, or 0 where a rule names it. */
@inline
function unnamed(named: usize, port: u32): u32 {
  return (<u32>load<u8>(named + (port >> 3)) >> (port & 7)) & 1 ? 0 : port
}

@inline
function endpointIpv6(address: usize, port: u32): u64 {
  let x = (load<u64>(address) ^ replay().seed) * M1
  x ^= x >> 32
  x = (x + load<u64>(address, 8)) * M2
  x ^= x >> 29
  return x + port
}

@inline
function combine(a: u64, b: u64, kind: u32): u32 {
  const low = select(a, b, a < b)
  const high = select(b, a, a < b)
  let x = (low ^ ((<u64>replay().seed) << 24)) * M0
  x ^= x >> 32
  x = (x + high + ((<u64>kind) << 48)) * M1
  x ^= x >> 29
  return <u32>((x * M2) >> 32)
}
