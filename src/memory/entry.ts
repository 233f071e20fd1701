/**
 * `Entry` seen from the control plane; src/dataplane/layout/entry.ts says what its fields mean.
 */
import type { Memory } from './memory.js'
import { REPLAY_AT, REPLAY_OFFSET, ReplayFlag } from './replay.js'

export const ENTRY_OFFSET = {
  src: 0,
  dst: 4,
  srcPort: 8,
  dstPort: 10,
  protocol: 12,
  family: 13,
  status: 14,
  expiryNs: 16,
  hash: 24,
  way0: 28,
  way1: 30,
  bytes0: 32,
  bytes1: 40,
  packets0: 48,
  packets1: 52,
  id: 56,
  state: 64,
  zoneDirections: 65,
  zone: 66,
} as const
export const ENTRY_SIZE = 68

export const ENTRY_EXTRA_OFFSET = {
  ctMark: 0,
  nextSource: 4,
  replySrc: 8,
  replyDst: 12,
  replySrcPort: 16,
  replyDstPort: 18,
} as const
export const ENTRY_EXTRA_SIZE = 20

export const ENTRY_ADDRESSES_OFFSET = { srcHigh: 0, srcLow: 8, dstHigh: 16, dstLow: 24 } as const
export const ENTRY_ADDRESSES_SIZE = 32
/** Where the addresses of an IPv6 entry stand, from the start of the entry. */
export const ENTRY_ADDRESSES = 128
/** And those of a translated entry's reply direction. */
const REPLY_ADDRESSES = 192
/** Of what NAT and marks need. */
const EXTRA_IPV4 = 128
const EXTRA_IPV6 = 160
/** Of the first `TcpPeer`: its `masqueradeInterface`; and its `end`. */
const PEER = 68
const MASQUERADE_INTERFACE = PEER + 18
/** Of `TcpLast`. */
const HELPERS = 127

/** The number of packets: below, and above the bytes. */
const PACKETS_LOW_BITS = 32n
const BYTES_BITS = 56n

/** Bits of `EntryView.status`. Kernel: enum ip_conntrack_status. */
export enum EntryStatus {
  Expected = 1,
  SeenReply = 2,
  Assured = 4,
  Confirmed = 8,
  SrcNat = 16,
  DstNat = 32,
  SeqAdjust = 64,
  SrcNatDone = 128,
  DstNatDone = 256,
  Dying = 512,
  FixedTimeout = 1024,
}

/** `EntryView.state` of a TCP connection. Kernel: enum tcp_conntrack. */
export enum TcpState {
  None = 0,
  SynSent = 1,
  SynRecv = 2,
  Established = 3,
  FinWait = 4,
  CloseWait = 5,
  LastAck = 6,
  TimeWait = 7,
  Close = 8,
  SynSent2 = 9,
}

const ICMP = 1
const ICMPV6 = 58
/** Request and answer types, both ways. Kernel: invmap[], nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c. */
const ICMP_ANSWER: Readonly<Record<number, number>> = { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 }
const ICMPV6_ANSWER: Readonly<Record<number, number>> = { 128: 129, 129: 128, 139: 140, 140: 139 }

/** What NAT has done to one direction: then the reply is not the mirror of the original. */
const NAT_STATUS = EntryStatus.SrcNat | EntryStatus.DstNat

/** The type of the answer to an ICMP query in `dstPort`'s form (type << 8 | code), and of the query to an answer. */
export function icmpAnswer(protocol: number, dstPort: number): number {
  const answers = protocol === ICMP ? ICMP_ANSWER : ICMPV6_ANSWER
  return (answers[dstPort >> 8] << 8) | (dstPort & 255)
}

/**
 * A connection. Its original direction is that of the packet that made it; the reply direction mirrors it unless the
 * connection is translated.
 */
export class EntryView {
  at = 0

  constructor(readonly memory: Memory) {}

  get family(): 4 | 6 {
    return this.memory.u8(this.at + ENTRY_OFFSET.family) === 6 ? 6 : 4
  }

  get protocol(): number {
    return this.memory.u8(this.at + ENTRY_OFFSET.protocol)
  }

  /** IPv4 source address of the original direction. */
  get src4(): number {
    return this.memory.u32(this.at + ENTRY_OFFSET.src)
  }

  get dst4(): number {
    return this.memory.u32(this.at + ENTRY_OFFSET.dst)
  }

  /** Word 0 to 3 (most significant first) of the IPv6 source address of the original direction. */
  src6(word: number): number {
    return this.memory.be32(this.at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.srcHigh + 4 * word)
  }

  dst6(word: number): number {
    return this.memory.be32(this.at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.dstHigh + 4 * word)
  }

  /** Source port of the original direction; for ICMP the id, for protocols without ports 0. */
  get srcPort(): number {
    return this.memory.u16(this.at + ENTRY_OFFSET.srcPort)
  }

  /** Destination port of the original direction; for ICMP type << 8 | code. */
  get dstPort(): number {
    return this.memory.u16(this.at + ENTRY_OFFSET.dstPort)
  }

  /** True when the reply direction is not the mirror of the original. */
  get translated(): boolean {
    return (this.status & NAT_STATUS) !== 0
  }

  /** Addresses of the reply direction, where its packets come from and go to. */
  get replySrc4(): number {
    return this.translated ? this.memory.u32(this.extra + ENTRY_EXTRA_OFFSET.replySrc) : this.dst4
  }

  get replyDst4(): number {
    return this.translated ? this.memory.u32(this.extra + ENTRY_EXTRA_OFFSET.replyDst) : this.src4
  }

  replySrc6(word: number): number {
    if (!this.translated) return this.dst6(word)
    return this.memory.be32(this.at + REPLY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.srcHigh + 4 * word)
  }

  replyDst6(word: number): number {
    if (!this.translated) return this.src6(word)
    return this.memory.be32(this.at + REPLY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.dstHigh + 4 * word)
  }

  /** Source port of the reply direction; for ICMP the id. */
  get replySrcPort(): number {
    if (this.translated) return this.memory.u16(this.extra + ENTRY_EXTRA_OFFSET.replySrcPort)
    return this.isIcmp ? this.srcPort : this.dstPort
  }

  /** Destination port of the reply direction; for ICMP the answer's type << 8 | code. */
  get replyDstPort(): number {
    if (this.translated) return this.memory.u16(this.extra + ENTRY_EXTRA_OFFSET.replyDstPort)
    return this.isIcmp ? icmpAnswer(this.protocol, this.dstPort) : this.srcPort
  }

  /**
   * Gives an unconfirmed entry another reply direction; `status` says which of its ends NAT changed.
   * Kernel: nf_conntrack_alter_reply().
   */
  alterReply(source: readonly number[], destination: readonly number[], ports: readonly [number, number]): void {
    const { memory, at, extra } = this
    if (this.family === 4) {
      memory.setU32(extra + ENTRY_EXTRA_OFFSET.replySrc, source[0])
      memory.setU32(extra + ENTRY_EXTRA_OFFSET.replyDst, destination[0])
    } else {
      const addresses = at + REPLY_ADDRESSES
      source.forEach((word, i) => memory.setBe32(addresses + ENTRY_ADDRESSES_OFFSET.srcHigh + 4 * i, word))
      destination.forEach((word, i) => memory.setBe32(addresses + ENTRY_ADDRESSES_OFFSET.dstHigh + 4 * i, word))
    }
    memory.setU16(extra + ENTRY_EXTRA_OFFSET.replySrcPort, ports[0])
    memory.setU16(extra + ENTRY_EXTRA_OFFSET.replyDstPort, ports[1])
  }

  /** The interface whose address MASQUERADE took; 0 for none. */
  get masqueradeInterface(): number {
    return this.memory.u16(this.at + MASQUERADE_INTERFACE)
  }
  set masqueradeInterface(id: number) {
    this.memory.setU16(this.at + MASQUERADE_INTERFACE, id)
  }

  /** Of a TCP connection: the highest sequence number that the original direction sent, plus data. */
  get originalEnd(): number {
    return this.memory.u32(this.at + PEER)
  }

  /** EntryStatus bits. */
  get status(): number {
    return this.memory.u16(this.at + ENTRY_OFFSET.status)
  }
  set status(bits: number) {
    this.memory.setU16(this.at + ENTRY_OFFSET.status, bits)
  }

  /** Of a TCP connection its TcpState, of an SCTP association its tracker's state; of other protocols, 0. */
  get state(): TcpState {
    return this.memory.u8(this.at + ENTRY_OFFSET.state)
  }

  /** Number of its conntrack helper; 0 none. Kernel: nf_conn_help.helper. */
  get helper(): number {
    return this.memory.u8(this.at + HELPERS) & 15
  }
  set helper(number: number) {
    this.memory.setU8(this.at + HELPERS, (this.masterHelper << 4) | number)
  }

  /** Number of the helper that foresaw it; 0 none. Kernel: that of nf_conn.master. */
  get masterHelper(): number {
    return this.memory.u8(this.at + HELPERS) >> 4
  }
  set masterHelper(number: number) {
    this.memory.setU8(this.at + HELPERS, (number << 4) | this.helper)
  }

  /** Trace time at which it dies; before it is confirmed, nanoseconds from the confirmation. */
  get expiryNs(): bigint {
    return this.memory.u64(this.at + ENTRY_OFFSET.expiryNs)
  }
  set expiryNs(time: bigint) {
    this.memory.setU64(this.at + ENTRY_OFFSET.expiryNs, time)
  }

  /** 0 where no rule looks at marks of connections. */
  get ctMark(): number {
    return this.isMarked ? this.memory.u32(this.extra + ENTRY_EXTRA_OFFSET.ctMark) : 0
  }
  set ctMark(value: number) {
    if (!this.isMarked) throw new Error(`entry ${this.at} has no room for mark ${value}`)
    this.memory.setU32(this.extra + ENTRY_EXTRA_OFFSET.ctMark, value >>> 0)
  }

  get zone(): number {
    return this.memory.u16(this.at + ENTRY_OFFSET.zone)
  }

  /** Directions for which the zone counts: 1 original, 2 reply, 3 both; 0 when no zone was given. */
  get zoneDirections(): number {
    return this.memory.u8(this.at + ENTRY_OFFSET.zoneDirections)
  }

  /** The zone of the original direction's tuple. Kernel: nf_ct_zone_id(). */
  get originalZone(): number {
    return (this.zoneDirections & 1) === 0 ? 0 : this.zone
  }

  /** Number of the packet that made it. */
  get id(): bigint {
    return this.memory.u64(this.at + ENTRY_OFFSET.id)
  }

  /** Packets of the original direction that its tracker counted. */
  get packets0(): bigint {
    return this.packets(ENTRY_OFFSET.packets0, ENTRY_OFFSET.bytes0)
  }

  /** Packets of the reply direction. */
  get packets1(): bigint {
    return this.packets(ENTRY_OFFSET.packets1, ENTRY_OFFSET.bytes1)
  }

  /** Sum of skb->len, original direction. */
  get bytes0(): bigint {
    return BigInt.asUintN(Number(BYTES_BITS), this.memory.u64(this.at + ENTRY_OFFSET.bytes0))
  }

  get bytes1(): bigint {
    return BigInt.asUintN(Number(BYTES_BITS), this.memory.u64(this.at + ENTRY_OFFSET.bytes1))
  }

  private packets(low: number, bytes: number): bigint {
    const high = this.memory.u64(this.at + bytes) >> BYTES_BITS
    return (high << PACKETS_LOW_BITS) | BigInt(this.memory.u32(this.at + low))
  }

  /** Address of its `EntryExtra`, if it has one. */
  private get extra(): number {
    return this.at + (this.family === 6 ? EXTRA_IPV6 : EXTRA_IPV4)
  }

  private get isMarked(): boolean {
    return (this.memory.u32(REPLAY_AT + REPLAY_OFFSET.flags) & ReplayFlag.CtMarks) !== 0
  }

  private get isIcmp(): boolean {
    const { protocol } = this
    return protocol === ICMP || protocol === ICMPV6
  }
}
