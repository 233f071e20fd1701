/**
 * A conntrack entry: both directions of one connection. The first line of 64 bytes is what an established packet
 * touches. IPv4 entries end before the IPv6 addresses.
 * Kernel: struct nf_conn, include/net/netfilter/nf_conntrack.h; struct ip_ct_tcp, nf_conntrack_tcp.h.
 */

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
  export const DYING: u16 = 512
  export const FIXED_TIMEOUT: u16 = 1024
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

/** One end's view of the TCP window; 20 bytes. Kernel: struct ip_ct_tcp_state. */
@unmanaged
export class TcpPeer {
  /** Highest sequence number sent, plus data. */
  end: u32
  /** Highest end that the other side's window allows. */
  maxEnd: u32
  /** Largest window it announced, scaled. */
  maxWindow: u32
  /** Highest acknowledgement it sent. */
  maxAck: u32
  scale: u8
  flags: u8
  unused: u16
}

@unmanaged
export class Entry {
  /** Original direction. IPv4 addresses; of IPv6 ones, a fold that differs where the addresses differ mostly. */
  src: u32
  dst: u32
  srcPort: u16
  dstPort: u16
  protocol: u8
  state: u8
  status: u16
  /** Trace time at which it dies; before it is confirmed: nanoseconds from the confirmation. */
  expiryNs: u64
  /** Paths remembered, one a direction; 0 none. */
  path0: u32
  path1: u32
  /** Signature of the packets that the paths hold for. */
  signature0: u64
  signature1: u64
  /** Kernel: nf_conn->mark. */
  ctMark: u32
  /** 4 or 6. */
  family: u8
  unused: u8
  zone: u16
  // Second line.
  /** UDP: trace time from which on two-way traffic is a stream. Kernel: nf_conn->proto.udp.stream_ts. */
  streamNs: u64
  /** Number of the packet that made it. */
  id: u64
  packets0: u64
  packets1: u64
  bytes0: u64
  bytes1: u64
  /** skb->mark after the remembered walk, one a direction. */
  mark0: u32
  mark1: u32
  // Third line: TCP. Each peer is a TcpPeer.
  peer0: u64
  peer0b: u64
  peer0c: u32
  peer1a: u32
  peer1b: u64
  peer1c: u64
  lastSeq: u32
  lastAck: u32
  lastEnd: u32
  lastWindow: u16
  lastDirection: u8
  retransmissions: u8
  lastIndex: u8
  lastScale: u8
  lastFlags: u8
  unused2: u8
  unused3: u32
  // Fourth line, IPv6 only.
  srcHigh: u64
  srcLow: u64
  dstHigh: u64
  dstLow: u64
}
