/**
 * The signature of a packet: everything that differs between packets of one direction of a connection and that the
 * walk may depend on, in 64 bits. Two packets of one entry and direction with equal signatures take the same path.
 */
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import { Entry, entryExtra } from './layout/entry'
import { replay } from './layout/replay'
import { SignatureSpec } from './layout/signature'
import { NO_ENTRY } from './layout/skb'

/** Packets of these kinds are always walked: they differ in more than a signature holds. */
export const ALWAYS_WALKED: u16 =
  DescriptorFlag.OPTIONS |
  DescriptorFlag.FRAGMENT |
  DescriptorFlag.DATAGRAM |
  DescriptorFlag.BAD_TRANSPORT |
  DescriptorFlag.BAD_CHECKSUM |
  DescriptorFlag.NO_TRANSPORT |
  DescriptorFlag.SENT

/** The part that the packet alone decides. */
export function packetSignature(descriptor: Descriptor): u64 {
  const spec = changetype<SignatureSpec>(replay().signature)
  const flags = <u64>descriptor.flags
  let signature: u64 =
    ((flags & DescriptorFlag.OUTPUT) >> 1) |
    ((flags & DescriptorFlag.DONT_FRAGMENT) >> 2) |
    (<u64>(descriptor.packetType & 7) << 2) |
    ((flags & DescriptorFlag.ICMP_ERROR) >> 4)
  if (spec.interfaceClasses != 0) {
    signature |= classOf(spec.interfaceClasses, descriptor.boxInterface) << spec.interfaceShift
  }
  if (spec.tcpFlagClasses != 0) signature |= classOf(spec.tcpFlagClasses, descriptor.tcpFlags) << spec.tcpFlagShift
  if (spec.tosClasses != 0) signature |= classOf(spec.tosClasses, descriptor.tos) << spec.tosShift
  if (spec.ttlClasses != 0) signature |= classOf(spec.ttlClasses, descriptor.ttl) << spec.ttlShift
  if (spec.lengthClasses != 0) {
    signature |= classOf(spec.lengthClasses, min<u32>(descriptor.length, 65535)) << spec.lengthShift
  }
  return signature
}

/** The part that the connection decides, once the packet has been tracked. */
export function connectionSignature(entry: Entry, ctInfo: u8): u64 {
  const spec = changetype<SignatureSpec>(replay().signature)
  let signature = <u64>ctInfo << spec.stateShift
  if (spec.statusMask != 0) signature |= <u64>(entry.status & <u16>spec.statusMask) << spec.statusShift
  if (spec.ctMarkMask != 0) signature |= <u64>(entryExtra(entry).ctMark & spec.ctMarkMask) << spec.ctMarkShift
  return signature
}

/** The same for a packet that has none, though it has been tracked. */
export function noConnectionSignature(): u64 {
  return <u64>NO_ENTRY << changetype<SignatureSpec>(replay().signature).stateShift
}

@inline
function classOf(table: u32, value: u32): u64 {
  return load<u16>(<usize>table + (<usize>value << 1))
}
