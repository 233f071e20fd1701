/**
 * The packet under way, for everything that decides by looking at it: the data plane's `Skb` and `Descriptor` and
 * the header bytes themselves. One object per worker, moved from packet to packet; nothing is copied.
 */
import { DescriptorView } from './descriptor.js'
import { EntryView } from './entry.js'
import type { Memory } from './memory.js'
import type { NatRange } from './nat-range.js'
import { SkbView } from './skb.js'
import type { Tuple } from './tuple.js'

/** Kernel: enum ip_conntrack_info, include/uapi/linux/netfilter/nf_conntrack_common.h. */
export enum CtInfo {
  Established = 0,
  Related = 1,
  New = 2,
  EstablishedReply = 3,
  RelatedReply = 4,
  Untracked = 7,
}

/** The state bits that rules test. Kernel: xt_conntrack.h XT_CONNTRACK_STATE_*; 1 << (ctinfo % 3 + 1). */
export enum CtState {
  Invalid = 1,
  Established = 2,
  Related = 4,
  New = 8,
  SrcNat = 16,
  DstNat = 32,
  Untracked = 64,
}

/** How a rejected packet is answered. Kernel: enum ipt_reject_with, enum ip6t_reject_with. */
export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset'
  | 'icmp6-no-route'
  | 'icmp6-adm-prohibited'
  | 'icmp6-addr-unreachable'
  | 'icmp6-port-unreachable'
  | 'icmp6-policy-fail'
  | 'icmp6-reject-route'

export class Packet {
  readonly skb: SkbView
  readonly descriptor: DescriptorView
  readonly entry: EntryView

  /** The hook and the interfaces at which rules see it now; 0 is no interface. */
  hook = 0
  inInterface = 0
  outInterface = 0
  family: 4 | 6 = 4
  /** Offset of the transport header from the IP header, and the transport protocol. */
  transport = 0
  protocol = 0
  /** IPv4 fragment offset in bytes (0 for a whole datagram or its first fragment). */
  fragmentOffset = 0
  /** A match asks to drop the packet at once. Kernel: xt_action_param.hotdrop. */
  hotDrop = false
  /** REJECT asks for this answer. */
  answer: RejectWith | null = null
  /** A target of the table nat maps the connection so. */
  mapping: NatRange | null = null
  /** The router that it goes to next; null when that is its destination. */
  gateway: readonly number[] | null = null
  /** The match or target that was asked last answered as the user says, since a capture does not tell. */
  guessed = false
  /** The box changed addresses so that the checksums over them are wrong now, while one that was right stays so. */
  checksumBroken = false
  /** Its connection has a helper that is not modelled. */
  unhelped = false
  /** --vantage tap: as what the capture shows it leave the box, its addresses and ports; null when it does not. */
  departure: () => Tuple | null = () => null
  /** MTU of the way that the packet takes, where it has been routed; else 0. */
  routeMtu = 0
  /** Realms of that way, the source's << 16 | the destination's. */
  realm = 0
  /** Where a packet that a target makes longer finds room: 64 KiB; 0 when there is none. */
  room = 0
  /** It is the copy that comes back of what the box sends to many: no socket has it. */
  comesBack = false
  /** Sends a copy of it to another machine, by this interface or (0) any. */
  duplicate: (gateway: readonly number[], outInterface: number) => void = () => undefined
  /** Writes the tuple of its headers, in its template's zone, to a `Tuple`; false when it has none. */
  writeTuple: (at: number) => boolean = () => false
  /** Address of the confirmed entry that has the `Tuple` at `at` in one of its directions; 0 when there is none. */
  findEntry: (at: number) => number = () => 0
  /** A target changed the connection or another lasting thing, so this walk must not be remembered. */
  changedState = false

  constructor(
    readonly memory: Memory,
    skbAt: number,
  ) {
    this.skb = new SkbView(memory, skbAt)
    this.descriptor = new DescriptorView(memory)
    this.entry = new EntryView(memory)
  }

  /** Address of the IP header. */
  get at(): number {
    return this.skb.packet
  }

  /** skb->len: bytes from the IP header on, by the header's own word. */
  get length(): number {
    return this.skb.length
  }

  /** Bytes really there from the IP header on; reads beyond are not possible. */
  get captured(): number {
    return this.descriptor.captured
  }

  /** True when `size` bytes of the transport header were captured and belong to the packet. */
  hasTransport(size: number): boolean {
    return this.transport + size <= this.captured && this.transport + size <= this.length
  }

  /** IPv4 source address. */
  get src4(): number {
    return this.memory.be32(this.at + 12)
  }

  get dst4(): number {
    return this.memory.be32(this.at + 16)
  }

  /** Word 0 to 3 (most significant first) of the IPv6 source address. */
  src6(word: number): number {
    return this.memory.be32(this.at + 8 + 4 * word)
  }

  dst6(word: number): number {
    return this.memory.be32(this.at + 24 + 4 * word)
  }

  /** Conntrack's word on the packet: a CtState bit. Kernel: xt_conntrack.c, conntrack_mt(). */
  get ctState(): CtState {
    const { skb } = this
    if (skb.entry === 0) {
      if (skb.template !== 0) return CtState.New
      return skb.ctInfo === CtInfo.Untracked ? CtState.Untracked : CtState.Invalid
    }
    return 1 << ((skb.ctInfo % 3) + 1)
  }

  /**
   * The mark of its connection; of a template 0, null without both.
   * Differs from the kernel: what rules write into a template's mark, it forgets.
   */
  get ctMark(): number | null {
    return this.connection()?.ctMark ?? (this.skb.template === 0 ? null : 0)
  }

  /** Moves `entry` to the packet's conntrack entry; null when it has none. */
  connection(): EntryView | null {
    const at = this.skb.entry
    if (at === 0) return null
    this.entry.at = at
    return this.entry
  }
}
