/**
 * The reply direction of an entry: the mirror of the original, unless NAT made another of it.
 */
import { hashIpv4, hashIpv6 } from '../flow-hash'
import { Entry, entryAddresses, entryExtra, EntryExtra, isOdd, isTranslated, replyAddresses } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { icmpKind } from '../wire/icmp'
import { icmpv6Kind } from '../wire/icmpv6'
import { invertPorts } from './tuple'
import { entryZone, inZone } from './zone'

/** The two ports of the reply's tuple. */
@inline
export function replyPorts(entry: Entry): u32 {
  if (isTranslated(entry)) return translatedPorts(entry)
  return <u32>invertPorts(entry.protocol, load<u32>(changetype<usize>(entry), offsetof<Entry>('srcPort')))
}

/** IPv4: where replies come from. */
@inline
export function replySource(entry: Entry): u32 {
  return isTranslated(entry) ? entryExtra(entry).replySrc : entry.dst
}

@inline
export function replyDestination(entry: Entry): u32 {
  return isTranslated(entry) ? entryExtra(entry).replyDst : entry.src
}

/** IPv6: address of the 16 bytes of the reply's source. */
@inline
export function replySource6(entry: Entry): usize {
  return isTranslated(entry) ? changetype<usize>(replyAddresses(entry)) : changetype<usize>(entryAddresses(entry)) + 16
}

@inline
export function replyDestination6(entry: Entry): usize {
  return isTranslated(entry) ? changetype<usize>(replyAddresses(entry)) + 16 : changetype<usize>(entryAddresses(entry))
}

/** The flow hash of packets in the reply direction, in its zone; that of the original unless the entry is odd. */
export function replyHash(entry: Entry): u32 {
  if (!isOdd(entry)) return entry.hash
  const zone = entryZone(entry, 1)
  if (!isTranslated(entry)) return inZone(inZone(entry.hash, entryZone(entry, 0)), zone)
  return inZone(translatedHash(entry), zone)
}

/** The flow hash of the replies of a translated entry, whatever their zone. */
export function translatedHash(entry: Entry): u32 {
  const ports = translatedPorts(entry)
  const extra = entryExtra(entry)
  if (entry.family == 4) return tupleHash4(extra.replySrc, extra.replyDst, ports, entry.protocol)
  const addresses = changetype<usize>(replyAddresses(entry))
  return tupleHash6(addresses, addresses + 16, ports, entry.protocol)
}

/** The flow hash of a packet with this tuple, as indexing computes it from its headers. */
export function tupleHash4(src: u32, dst: u32, ports: u32, protocol: u8): u32 {
  return hashIpv4(src, dst, hashedSrcPort(ports, protocol), hashedDstPort(ports, protocol), kindOf(ports, protocol))
}

/** As `tupleHash4`, with the addresses' bytes at `src` and `dst`. */
export function tupleHash6(src: usize, dst: usize, ports: u32, protocol: u8): u32 {
  return hashIpv6(src, dst, hashedSrcPort(ports, protocol), hashedDstPort(ports, protocol), kindOf(ports, protocol))
}

@inline
function translatedPorts(entry: Entry): u32 {
  return load<u32>(changetype<usize>(entryExtra(entry)), offsetof<EntryExtra>('replySrcPort'))
}

@inline
function kindOf(ports: u32, protocol: u8): u32 {
  if (protocol == Protocol.ICMP) return icmpKind(<u8>(ports >> 24))
  return protocol == Protocol.ICMPV6 ? icmpv6Kind(<u8>(ports >> 24)) : protocol
}

/** GRE's keys are part of its tuple, but not of the hash. */
@inline
function hashedSrcPort(ports: u32, protocol: u8): u32 {
  return protocol == Protocol.GRE ? 0 : ports & 0xffff
}

/** ICMP has its id for both. */
@inline
function hashedDstPort(ports: u32, protocol: u8): u32 {
  if (protocol == Protocol.ICMP || protocol == Protocol.ICMPV6) return ports & 0xffff
  return protocol == Protocol.GRE ? 0 : ports >> 16
}
