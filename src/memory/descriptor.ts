/**
 * `Descriptor` seen from the control plane; src/dataplane/layout/descriptor.ts says what its fields mean.
 */
import type { Memory } from './memory.js'
import type { Tuple } from './tuple.js'

export const DESCRIPTOR_OFFSET = {
  packet: 0,
  record: 4,
  atNs: 8,
  hash: 16,
  length: 20,
  src: 24,
  dst: 28,
  srcPort: 32,
  dstPort: 34,
  seq: 36,
  ack: 40,
  window: 44,
  tcpFlags: 46,
  tcpHeader: 47,
  transport: 48,
  protocol: 50,
  tos: 51,
  boxInterface: 52,
  flags: 54,
  ttl: 56,
  packetType: 57,
  linkHeader: 58,
  captured: 60,
} as const
export const DESCRIPTOR_SIZE = 64

/** Bits of `DescriptorView.flags`, as in the data plane's `DescriptorFlag`. */
export enum DescriptorFlag {
  Ipv6 = 1,
  Output = 2,
  Options = 4,
  DontFragment = 8,
  Fragment = 16,
  Datagram = 32,
  Cut = 64,
  BadTransport = 128,
  BadChecksum = 256,
  IcmpError = 512,
  NoTransport = 1024,
  Sent = 2048,
}

/** Kernel: PACKET_*, include/uapi/linux/if_packet.h. */
export enum PacketType {
  Host = 0,
  Broadcast = 1,
  Multicast = 2,
  OtherHost = 3,
  Outgoing = 4,
  Loopback = 5,
}

export class DescriptorView {
  at = 0

  constructor(private readonly memory: Memory) {}

  get packet(): number {
    return this.memory.u32(this.at + DESCRIPTOR_OFFSET.packet)
  }

  get record(): number {
    return this.memory.u32(this.at + DESCRIPTOR_OFFSET.record)
  }

  get length(): number {
    return this.memory.u32(this.at + DESCRIPTOR_OFFSET.length)
  }

  get srcPort(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.srcPort)
  }

  get dstPort(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.dstPort)
  }

  get tcpFlags(): number {
    return this.memory.u8(this.at + DESCRIPTOR_OFFSET.tcpFlags)
  }

  get transport(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.transport)
  }

  get protocol(): number {
    return this.memory.u8(this.at + DESCRIPTOR_OFFSET.protocol)
  }

  get boxInterface(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.boxInterface)
  }

  get flags(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.flags)
  }
  set flags(bits: number) {
    this.memory.setU16(this.at + DESCRIPTOR_OFFSET.flags, bits)
  }

  set hash(value: number) {
    this.memory.setU32(this.at + DESCRIPTOR_OFFSET.hash, value)
  }

  /** It becomes a packet that came in by the interface, without a link header. */
  receive(boxInterface: number, ttl: number): void {
    this.flags &= ~(DescriptorFlag.Output | DescriptorFlag.Sent)
    this.memory.setU16(this.at + DESCRIPTOR_OFFSET.boxInterface, boxInterface)
    this.memory.setU8(this.at + DESCRIPTOR_OFFSET.ttl, ttl)
  }

  /** Addresses (IPv4) and ports become those of the tuple; the packet's own bytes are another matter. */
  setTuple({ family, source, destination, srcPort, dstPort }: Tuple): void {
    const { memory, at } = this
    if (family === 4) {
      memory.setU32(at + DESCRIPTOR_OFFSET.src, source[0])
      memory.setU32(at + DESCRIPTOR_OFFSET.dst, destination[0])
    }
    memory.setU16(at + DESCRIPTOR_OFFSET.srcPort, srcPort)
    memory.setU16(at + DESCRIPTOR_OFFSET.dstPort, dstPort)
  }

  get ttl(): number {
    return this.memory.u8(this.at + DESCRIPTOR_OFFSET.ttl)
  }

  get packetType(): number {
    return this.memory.u8(this.at + DESCRIPTOR_OFFSET.packetType)
  }

  get linkHeader(): number {
    return this.memory.u16(this.at + DESCRIPTOR_OFFSET.linkHeader)
  }

  get captured(): number {
    return this.memory.u32(this.at + DESCRIPTOR_OFFSET.captured)
  }
}
