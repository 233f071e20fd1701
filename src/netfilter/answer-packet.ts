/**
 * Builds what REJECT sends back: a RST or an ICMP error, in scratch memory, with the descriptor that conntrack and
 * rules look at. In: the rejected packet. Out: a packet of the box.
 * Kernel: nf_reject_ip_tcphdr_put(), net/ipv4/netfilter/nf_reject_ipv4.c; __icmp_send(), net/ipv4/icmp.c;
 * icmp6_send(), net/ipv6/icmp.c (v6.18).
 *
 * Differs from the kernel: the IP id of an ICMP error is 0, not random, and so is its IPv6 flow label.
 */
import type { Words } from '../box/address.js'
import { DESCRIPTOR_OFFSET, DESCRIPTOR_SIZE, DescriptorFlag, PacketType } from '../memory/descriptor.js'
import type { Memory } from '../memory/memory.js'
import type { Packet, RejectWith } from '../memory/packet.js'
import { addWords, foldChecksum, pseudoHeader } from './checksum.js'
import type { EchoedOptions } from './echoed-options.js'

/** Bytes of scratch memory that an answer takes: descriptor and packet. */
export const ANSWER_BYTES = 2048

const ICMP = 1
const TCP = 6
const ICMPV6 = 58
const IPV4_HEADER = 20
const IPV6_HEADER = 40
const TCP_HEADER = 20
const ICMP_HEADER = 8
/** RFC 1812: an ICMP error is at most this long; RFC 4443: or as long as the smallest IPv6 MTU. */
const ICMP_BYTES = 576
const ICMPV6_BYTES = 1280
const NO_OPTIONS = new Uint8Array(0)
const DONT_FRAGMENT = 0x4000
const ACK = 16
const RST = 4
const SYN = 2
const FIN = 1

/** Type and code of the ICMP error. Kernel: reject_tg(), ipt_REJECT.c; reject_tg6(), ip6t_REJECT.c. */
const ICMP_ERRORS: Readonly<Record<Exclude<RejectWith, 'tcp-reset'>, readonly [number, number]>> = {
  'icmp-net-unreachable': [3, 0],
  'icmp-host-unreachable': [3, 1],
  'icmp-proto-unreachable': [3, 2],
  'icmp-port-unreachable': [3, 3],
  'icmp-net-prohibited': [3, 9],
  'icmp-host-prohibited': [3, 10],
  'icmp-admin-prohibited': [3, 13],
  'icmp6-no-route': [1, 0],
  'icmp6-adm-prohibited': [1, 1],
  'icmp6-addr-unreachable': [1, 3],
  'icmp6-port-unreachable': [1, 4],
  'icmp6-policy-fail': [1, 5],
  'icmp6-reject-route': [1, 6],
}

/** One answer under way; several when a rule rejects an answer. */
export class AnswerPacket {
  readonly descriptor: number
  /** Address of its IP header. */
  readonly at: number
  length = 0
  /** Bytes of its IP header. */
  private header = 0

  constructor(
    private readonly memory: Memory,
    scratch: number,
  ) {
    this.descriptor = scratch
    this.at = scratch + DESCRIPTOR_SIZE
  }

  /** A RST to the TCP packet, from its destination. */
  reset(packet: Packet, hopLimit: number): void {
    const { memory } = this
    const offender = packet.at + packet.transport
    const tcp = this.begin(packet, TCP, TCP_HEADER, 0, hopLimit)
    this.writeAddresses(packet, 'swapped')
    const flags = memory.u8(offender + 13)
    const bytes = packet.length - packet.transport - (memory.u8(offender + 12) >>> 4) * 4
    const acknowledged = (flags & ACK) !== 0
    const end = memory.be32(offender + 4) + bit(flags, SYN) + bit(flags, FIN) + bytes
    const seq = acknowledged ? memory.be32(offender + 8) : 0
    const ack = acknowledged ? 0 : end >>> 0
    memory.setBe16(tcp, memory.be16(offender + 2))
    memory.setBe16(tcp + 2, memory.be16(offender))
    memory.setBe32(tcp + 4, seq)
    memory.setBe32(tcp + 8, ack)
    memory.setU8(tcp + 12, (TCP_HEADER / 4) << 4)
    memory.setU8(tcp + 13, acknowledged ? RST : RST | ACK)
    this.finish(packet, TCP, DescriptorFlag.DontFragment)
    memory.setBe16(tcp + 16, this.transportChecksum(packet.family, TCP, TCP_HEADER))
    const { descriptor } = this
    memory.setU16(descriptor + DESCRIPTOR_OFFSET.srcPort, memory.be16(tcp))
    memory.setU16(descriptor + DESCRIPTOR_OFFSET.dstPort, memory.be16(tcp + 2))
    memory.setU32(descriptor + DESCRIPTOR_OFFSET.seq, seq)
    memory.setU32(descriptor + DESCRIPTOR_OFFSET.ack, ack)
    memory.setU8(descriptor + DESCRIPTOR_OFFSET.tcpFlags, memory.u8(tcp + 13))
    memory.setU8(descriptor + DESCRIPTOR_OFFSET.tcpHeader, TCP_HEADER)
  }

  /**
   * An ICMP error from `source`, which quotes as much of the packet as fits `mtu` and the protocol's limit; false when
   * nothing does.
   */
  unreachable(
    packet: Packet,
    kind: Exclude<RejectWith, 'tcp-reset'>,
    source: Words,
    mtu: number,
    hopLimit: number,
    options: EchoedOptions,
  ): boolean {
    const { memory } = this
    const v4 = packet.family === 4
    const protocol = v4 ? ICMP : ICMPV6
    const limit = v4 ? Math.min(mtu, ICMP_BYTES) - IPV4_HEADER - options.bytes.length : ICMPV6_BYTES - IPV6_HEADER
    const room = limit - ICMP_HEADER
    if (room <= IPV4_HEADER) return false
    const quoted = Math.min(packet.length, room)
    // Precedence internetwork control; the rest of the TOS as it was. IPv6 errors have class 0.
    const tos = v4 ? (memory.u8(packet.at + 1) & 0x1e) | 0xc0 : 0
    const icmp = this.begin(packet, protocol, ICMP_HEADER + quoted, tos, hopLimit, options.bytes)
    for (const at of options.addressesAt) memory.setBe32(this.at + IPV4_HEADER + at, source[0])
    this.writeAddresses(packet, source)
    const [type, code] = ICMP_ERRORS[kind]
    memory.setU8(icmp, type)
    memory.setU8(icmp + 1, code)
    const there = Math.min(quoted, packet.captured)
    memory.bytes.copyWithin(icmp + ICMP_HEADER, packet.at, packet.at + there)
    memory.bytes.fill(0, icmp + ICMP_HEADER + there, icmp + ICMP_HEADER + quoted)
    this.finish(packet, protocol, DescriptorFlag.IcmpError)
    memory.setBe16(icmp + 2, this.transportChecksum(packet.family, protocol, ICMP_HEADER + quoted))
    memory.setU16(this.descriptor + DESCRIPTOR_OFFSET.dstPort, (type << 8) | code)
    return true
  }

  /** The IP header but for addresses and checksum, behind it zeroed room. Returns where the transport header goes. */
  private begin(
    packet: Packet,
    protocol: number,
    bytes: number,
    tos: number,
    hopLimit: number,
    options: Uint8Array = NO_OPTIONS,
  ): number {
    const { memory, at } = this
    const header = packet.family === 4 ? IPV4_HEADER + options.length : IPV6_HEADER
    this.header = header
    this.length = header + bytes
    memory.bytes.fill(0, this.descriptor, at + header + Math.min(bytes, TCP_HEADER))
    if (packet.family === 4) {
      memory.setU8(at, 0x40 | (header / 4))
      memory.bytes.set(options, at + IPV4_HEADER)
      memory.setU8(at + 1, tos)
      memory.setBe16(at + 2, this.length)
      memory.setBe16(at + 6, protocol === TCP ? DONT_FRAGMENT : 0)
      memory.setU8(at + 8, hopLimit)
      memory.setU8(at + 9, protocol)
    } else {
      memory.setU8(at, 0x60)
      memory.setBe16(at + 4, bytes)
      memory.setU8(at + 6, protocol)
      memory.setU8(at + 7, hopLimit)
    }
    return at + header
  }

  /** To the packet's source; from its destination, or from `source`. */
  private writeAddresses(packet: Packet, source: Words | 'swapped'): void {
    const { memory, at } = this
    const v4 = packet.family === 4
    const bytes = v4 ? 4 : 16
    const first = v4 ? 12 : 8
    const theirs = packet.at + first
    memory.bytes.copyWithin(at + first + bytes, theirs, theirs + bytes)
    if (source === 'swapped') memory.bytes.copyWithin(at + first, theirs + bytes, theirs + 2 * bytes)
    else source.forEach((word, index) => memory.setBe32(at + first + 4 * index, word))
    if (v4) memory.setBe16(at + 10, foldChecksum(addWords(memory, at, this.header, 0)))
  }

  private finish(packet: Packet, protocol: number, flags: number): void {
    const { memory, at, descriptor } = this
    const v4 = packet.family === 4
    const from = packet.descriptor.at
    const set32 = (offset: number, value: number): void => memory.setU32(descriptor + offset, value)
    const set16 = (offset: number, value: number): void => memory.setU16(descriptor + offset, value)
    const set8 = (offset: number, value: number): void => memory.setU8(descriptor + offset, value)
    set32(DESCRIPTOR_OFFSET.packet, at)
    set32(DESCRIPTOR_OFFSET.record, packet.descriptor.record)
    memory.setU64(descriptor + DESCRIPTOR_OFFSET.atNs, memory.u64(from + DESCRIPTOR_OFFSET.atNs))
    // The same connection: a RST has its tuple the other way round, an ICMP error has it inside.
    set32(DESCRIPTOR_OFFSET.hash, memory.u32(from + DESCRIPTOR_OFFSET.hash))
    set32(DESCRIPTOR_OFFSET.length, this.length)
    if (v4) {
      set32(DESCRIPTOR_OFFSET.src, memory.be32(at + 12))
      set32(DESCRIPTOR_OFFSET.dst, memory.be32(at + 16))
    }
    set16(DESCRIPTOR_OFFSET.transport, this.header)
    set8(DESCRIPTOR_OFFSET.protocol, protocol)
    set8(DESCRIPTOR_OFFSET.tos, v4 ? memory.u8(at + 1) : 0)
    set8(DESCRIPTOR_OFFSET.ttl, memory.u8(at + (v4 ? 8 : 7)))
    set8(DESCRIPTOR_OFFSET.packetType, PacketType.Host)
    set16(DESCRIPTOR_OFFSET.flags, flags | DescriptorFlag.Output | this.headerFlags(v4))
    set32(DESCRIPTOR_OFFSET.captured, this.length)
  }

  private headerFlags(v4: boolean): number {
    if (!v4) return DescriptorFlag.Ipv6
    return this.header > IPV4_HEADER ? DescriptorFlag.Options : 0
  }

  private transportChecksum(family: 4 | 6, protocol: number, bytes: number): number {
    const { memory, at } = this
    const start = protocol === ICMP ? 0 : pseudoHeader(memory, at, family, protocol, bytes)
    return foldChecksum(addWords(memory, at + this.length - bytes, bytes, start))
  }
}

function bit(flags: number, flag: number): number {
  return (flags & flag) === 0 ? 0 : 1
}
