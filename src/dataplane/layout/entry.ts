/**
 * A conntrack entry: both directions of one connection. Parts one behind the other; the first line of 64 bytes is
 * what finding an established packet's way touches, the second one what its tracker keeps.
 *
 *   0       68            108       128              160          180    192           256
 *   | Entry | 2 TcpPeer   | TcpLast | EntryExtra     |            .      |             |
 *   |------ IPv4: 128 bytes --------|-- with an extra: 192 --------------|             |
 *   | Entry | 2 TcpPeer   | TcpLast | EntryAddresses | EntryExtra .      | the reply's |
 *   |------ IPv6: 192 bytes ---------------------------------------------|-- NAT: 256 -|
 *
 * Of other protocols, `UdpPart` or `SctpPart` stands in place of the first `TcpPeer`.
 * Kernel: struct nf_conn, include/net/netfilter/nf_conntrack.h; struct ip_ct_tcp, nf_conntrack_tcp.h.
 */
import { replay, ReplayFlag } from './replay'

/** Bits of `Entry.status`. Kernel: enum ip_conntrack_status, the same values. */
export namespace EntryStatus {
  export const EXPECTED: u16 = 1
  export const SEEN_REPLY: u16 = 2
  export const ASSURED: u16 = 4
  export const CONFIRMED: u16 = 8
  export const SRC_NAT: u16 = 16
  export const DST_NAT: u16 = 32
  export const SEQ_ADJUST: u16 = 64
  export const SRC_NAT_DONE: u16 = 128
  export const DST_NAT_DONE: u16 = 256
  /** Out of the index; kept only for the packet that still holds it. */
  export const DYING: u16 = 512
  export const FIXED_TIMEOUT: u16 = 1024
  /** Its directions are in different zones: the zone counts for one of them. No bit of the kernel's. */
  export const SPLIT_ZONE: u16 = 32768
}

/** `Entry.state` of a TCP connection. Kernel: enum tcp_conntrack, the same values. */
export namespace TcpState {
  export const NONE: u8 = 0
  export const SYN_SENT: u8 = 1
  export const SYN_RECV: u8 = 2
  export const ESTABLISHED: u8 = 3
  export const FIN_WAIT: u8 = 4
  export const CLOSE_WAIT: u8 = 5
  export const LAST_ACK: u8 = 6
  export const TIME_WAIT: u8 = 7
  export const CLOSE: u8 = 8
  export const SYN_SENT2: u8 = 9
}

/** `Entry.state` of an SCTP association. Kernel: enum sctp_conntrack, the same values. */
export namespace SctpState {
  export const NONE: u8 = 0
  export const CLOSED: u8 = 1
  export const COOKIE_WAIT: u8 = 2
  export const COOKIE_ECHOED: u8 = 3
  export const ESTABLISHED: u8 = 4
  export const SHUTDOWN_SENT: u8 = 5
  export const SHUTDOWN_RECD: u8 = 6
  export const SHUTDOWN_ACK_SENT: u8 = 7
  export const HEARTBEAT_SENT: u8 = 8
}

/** Bits of `SctpPart.flags`. Kernel: SCTP_FLAG_HEARTBEAT_VTAG_FAILED. */
export namespace SctpFlag {
  export const HEARTBEAT_TAG_FAILED: u8 = 1
}

/** Bits of `TcpPeer.flags` and `TcpLast.flags`. Kernel: IP_CT_TCP_FLAG_*, the same values. */
export namespace TcpFlag {
  export const WINDOW_SCALE: u8 = 1
  export const SACK_PERMITTED: u8 = 2
  /** This side sent the first FIN. */
  export const CLOSE_INIT: u8 = 4
  /** Picked up in the middle: its windows are not checked. */
  export const BE_LIBERAL: u8 = 8
  export const DATA_UNACKNOWLEDGED: u8 = 16
  export const MAX_ACK_SET: u8 = 32
  /** In TcpLast: a SYN was let through in LAST_ACK, an ACK may be its challenge (RFC 5961). */
  export const EXPECT_CHALLENGE_ACK: u8 = 64
  /** In TcpLast: both sides sent a SYN. */
  export const SIMULTANEOUS_OPEN: u8 = 128
}

@unmanaged
export class Entry {
  /** Original direction. IPv4 addresses; 0 for IPv6, whose addresses stand in `EntryAddresses`. */
  src: u32
  dst: u32
  /** ICMP: source is the id, destination is type << 8 | code. Protocols without ports: 0. */
  srcPort: u16
  dstPort: u16
  protocol: u8
  /** 4 or 6. */
  family: u8
  /** EntryStatus bits. */
  status: u16
  /** Trace time at which it dies; before it is confirmed: nanoseconds from the confirmation. */
  expiryNs: u64
  /** Flow hash of its packets, in its zone (conntrack/zone.ts); next entry of the free list when it is free. */
  hash: u32
  /** Numbers of the ways remembered (way-table.ts), one a direction; 0 none. */
  way0: u16
  way1: u16
  /** Sums of skb->len in the lower 56 bits; above them the upper 8 bits of the number of packets. */
  bytes0: u64
  bytes1: u64
  /** The lower 32 bits of the number of packets. */
  packets0: u32
  packets1: u32
  /** Number of the packet that made it. */
  id: u64
  // Second line.
  /** TcpState or SctpState; 0 for other protocols. */
  state: u8
  /** Directions for which the zone counts: 1 original, 2 reply, 3 both; 0 when none was given. */
  zoneDirections: u8
  /** Conntrack zone. */
  zone: u16
}

/** One more packet in the upper bits of `Entry.bytes0`. */
export const PACKETS_CARRY: u64 = 1 << 56

/** One end's view of the TCP window; 20 bytes. Kernel: struct ip_ct_tcp_state. */
@unmanaged
export class TcpPeer {
  /** Highest sequence number sent, plus data. */
  end: u32
  /** Highest end that the other side's window allows. */
  maxEnd: u32
  /** Largest window it announced, scaled; 0: nothing seen from it. */
  maxWindow: u32
  /** Highest acknowledgement it sent. */
  maxAck: u32
  /** Its window scale, up to 14. */
  scale: u8
  /** TcpFlag bits. */
  flags: u8
  /** The first one's, for every protocol: the interface whose address MASQUERADE took; 0 none. nf_conn_nat.masq_index. */
  masqueradeInterface: u16
}

/** What the TCP tracker noted of the last packet; 20 bytes. Kernel: struct ip_ct_tcp, last_* and retrans. */
@unmanaged
export class TcpLast {
  seq: u32
  ack: u32
  end: u32
  /** Unscaled. */
  window: u16
  /** TcpIndex of conntrack/tcp.ts. */
  index: u8
  direction: u8
  /** Times the packet was repeated; wraps around at 256, as the kernel's does. */
  retransmissions: u8
  scale: u8
  /** TcpFlag bits. */
  flags: u8
  /** For every protocol: the entry's own helper in the low half, the one that foresaw it in the high half; 0 none. */
  helpers: u8
}

/** What the UDP tracker knows, within the first `TcpPeer`; 8 bytes. */
@unmanaged
export class UdpPart {
  /** Trace time from which on two-way traffic is a stream. Kernel: nf_conn->proto.udp.stream_ts. */
  streamNs: u64
}

/** What the SCTP tracker knows, within the first `TcpPeer`; 12 bytes. Kernel: struct ip_ct_sctp. */
@unmanaged
export class SctpPart {
  /** Verification tags of the original and of the reply direction's packets, as they stand there; 0 unknown. */
  tag0: u32
  tag1: u32
  /** 1: this direction sent an INIT. */
  init0: u8
  init1: u8
  /** Direction of the last heartbeat with a new tag. */
  lastDirection: u8
  flags: u8
}

/** Addresses of one direction of an IPv6 entry, as the 16 bytes stand in the packet. */
@unmanaged
export class EntryAddresses {
  srcHigh: u64
  srcLow: u64
  dstHigh: u64
  dstLow: u64
}

/** What only NAT and marks of connections need; 20 bytes. See `entryBytes` for which entries have it. */
@unmanaged
export class EntryExtra {
  /** Kernel: nf_conn->mark. */
  ctMark: u32
  /** The next entry whose original source has the same hash, see conntrack/nat-source.ts. */
  nextSource: u32
  /**
   * Reply direction, where NAT made it another than the mirror of the original: SRC_NAT or DST_NAT is set. IPv4
   * addresses; those of IPv6 stand behind, at ENTRY_REPLY_ADDRESSES.
   */
  replySrc: u32
  replyDst: u32
  replySrcPort: u16
  replyDstPort: u16
}

/** Where the parts behind `Entry` start. */
export const ENTRY_PEERS: usize = 68
/** Aligned to its u64. */
export const ENTRY_UDP: usize = 72
export const ENTRY_LAST: usize = 108
/** What is behind the second line: of IPv6 the addresses and then the extra, of IPv4 the extra at once. */
export const ENTRY_ADDRESSES: usize = 128
export const ENTRY_EXTRA_IPV4: usize = 128
export const ENTRY_EXTRA_IPV6: usize = 160
export const ENTRY_REPLY_ADDRESSES: usize = 192

/** Bytes of an entry of family 4 or 6, a multiple of 64: all of a replay are alike, by what its rules can make of them. */
@inline
export function entryBytes(family: u8): u32 {
  const flags = replay().flags
  if (family == 6) return (flags & ReplayFlag.NAT_IPV6) != 0 ? 256 : 192
  return (flags & (ReplayFlag.NAT_IPV4 | ReplayFlag.CT_MARKS)) != 0 ? 192 : 128
}

/** Requires an IPv6 entry, or a replay with NAT or marks of connections. */
@inline
export function entryExtra(entry: Entry): EntryExtra {
  const offset = entry.family == 6 ? ENTRY_EXTRA_IPV6 : ENTRY_EXTRA_IPV4
  return changetype<EntryExtra>(changetype<usize>(entry) + offset)
}

/** One end of a TCP connection: 0 the side that opened it, 1 the other. */
@inline
export function tcpPeer(entry: Entry, direction: u32): TcpPeer {
  return changetype<TcpPeer>(changetype<usize>(entry) + ENTRY_PEERS + <usize>direction * offsetof<TcpPeer>())
}

@inline
export function sctpPart(entry: Entry): SctpPart {
  return changetype<SctpPart>(changetype<usize>(entry) + ENTRY_PEERS)
}

@inline
export function tcpLast(entry: Entry): TcpLast {
  return changetype<TcpLast>(changetype<usize>(entry) + ENTRY_LAST)
}

@inline
export function udpPart(entry: Entry): UdpPart {
  return changetype<UdpPart>(changetype<usize>(entry) + ENTRY_UDP)
}

/** Requires an IPv6 entry. */
@inline
export function entryAddresses(entry: Entry): EntryAddresses {
  return changetype<EntryAddresses>(changetype<usize>(entry) + ENTRY_ADDRESSES)
}

/** Requires an IPv6 entry whose reply direction is not the mirror of the original. */
@inline
export function replyAddresses(entry: Entry): EntryAddresses {
  return changetype<EntryAddresses>(changetype<usize>(entry) + ENTRY_REPLY_ADDRESSES)
}

/** True for a connection in the table, and false for one that ended, a new one, and memory that no entry uses. */
@inline
export function isAlive(entry: Entry): bool {
  return (entry.status & (EntryStatus.CONFIRMED | EntryStatus.DYING)) == EntryStatus.CONFIRMED
}

/** True when the two directions have hashes of their own: translated, or in a zone of one direction. */
@inline
export function isOdd(entry: Entry): bool {
  return (entry.status & (EntryStatus.SRC_NAT | EntryStatus.DST_NAT | EntryStatus.SPLIT_ZONE)) != 0
}

@inline
export function isSplit(entry: Entry): bool {
  return (entry.status & EntryStatus.SPLIT_ZONE) != 0
}

/** True when the reply direction is not the mirror of the original. */
@inline
export function isTranslated(entry: Entry): bool {
  return (entry.status & (EntryStatus.SRC_NAT | EntryStatus.DST_NAT)) != 0
}
