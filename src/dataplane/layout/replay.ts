/**
 * What every worker reads and none changes once the replay runs: the settings, and where the shards, the blocks
 * and the tables lie. It stands at a fixed address; all else in the shared memory is handed out behind it.
 */

/** Address of the one `Replay`: everything below belongs to the module's own static data. */
export const REPLAY_AT: usize = 0x100000

/** Bits of `Replay.flags`. */
export namespace ReplayFlag {
  /** A rule needs connection tracking, IPv4. Kernel: nf_ct_netns_get(). */
  export const TRACK_IPV4: u32 = 1
  export const TRACK_IPV6: u32 = 2
  /** Verify transport checksums of received packets. Kernel: net.netfilter.nf_conntrack_checksum. */
  export const CHECKSUM: u32 = 4
  /** Kernel: net.netfilter.nf_conntrack_tcp_loose. */
  export const TCP_LOOSE: u32 = 8
  /** Kernel: net.netfilter.nf_conntrack_tcp_be_liberal. */
  export const TCP_BE_LIBERAL: u32 = 16
  /** Kernel: net.netfilter.nf_conntrack_tcp_ignore_invalid_rst. */
  export const TCP_IGNORE_INVALID_RST: u32 = 32
  /** Entries remember paths; off: every packet is walked. */
  export const REMEMBER: u32 = 64
  /** The capture was taken on the box's own interfaces: packets have a direction. */
  export const TAP: u32 = 128
  /** Keep one `Outcome` a packet in the block. */
  export const OUTCOMES: u32 = 256
  /** The family has a table nat. */
  export const NAT_IPV4: u32 = 512
  export const NAT_IPV6: u32 = 1024
  /** Connections may have conntrack helpers. */
  export const HELPERS: u32 = 2048
  /** A rule looks at marks of connections, or gives them. */
  export const CT_MARKS: u32 = 4096
}

/**
 * Bits of `Replay.oldRules`: what a kernel does that is older than the newest one known. The version from which each
 * one no longer holds stands in src/box/profile.ts.
 */
export namespace OldRule {
  /** Two-way UDP is a stream with the first packet behind an answer. */
  export const UDP_STREAM_AT_ONCE: u32 = 1
  /** UDP is ASSURED with the first packet behind an answer. */
  export const UDP_ASSURED_AT_ONCE: u32 = 2
  /** An ICMP error may go anywhere. */
  export const ICMP_ERROR_ANYWHERE: u32 = 4
  /** The number of a RST is checked in any state, even when its peer answers a new SYN. */
  export const TCP_RESET_CHECKED: u32 = 8
  /** What is out of the window is INVALID. */
  export const TCP_WINDOW_STRICT: u32 = 16
  /** FIN and RST out of the window leave the timeout alone. */
  export const TCP_INVALID_STAYS: u32 = 32
  /** A RST that answers a challenge ACK in SYN_SENT has to be in the window. */
  export const TCP_CHALLENGE_UNKNOWN: u32 = 64
  /** REJECT leaves the connection's entry as it is. */
  export const REJECT_LEAVES: u32 = 128
  /** Any side's RST may answer a SYN that was let through. */
  export const TCP_RESET_ANY_SIDE: u32 = 256
  /** A redirect of IPv6 is no error. */
  export const ICMPV6_REDIRECT_UNKNOWN: u32 = 512
  /** Multicast router discovery of IPv6 is tracked, and INVALID. */
  export const ICMPV6_ROUTERS_TRACKED: u32 = 1024
}

/** Indexes into the timeout table, each a u64 of nanoseconds. Kernel: net.netfilter.nf_conntrack_*_timeout*. */
export namespace Timeout {
  export const TCP_SYN_SENT: u32 = 1 // the TCP ones are indexed by TcpState
  export const TCP_SYN_RECV: u32 = 2
  export const TCP_ESTABLISHED: u32 = 3
  export const TCP_FIN_WAIT: u32 = 4
  export const TCP_CLOSE_WAIT: u32 = 5
  export const TCP_LAST_ACK: u32 = 6
  export const TCP_TIME_WAIT: u32 = 7
  export const TCP_CLOSE: u32 = 8
  export const TCP_SYN_SENT2: u32 = 9
  export const TCP_MAX_RETRANS: u32 = 10
  export const TCP_UNACKNOWLEDGED: u32 = 11
  export const UDP: u32 = 12
  export const UDP_STREAM: u32 = 13
  export const ICMP: u32 = 14
  export const ICMPV6: u32 = 15
  export const GENERIC: u32 = 16
  export const GRE: u32 = 17
  export const GRE_STREAM: u32 = 18
  export const IPV4_FRAGMENT: u32 = 19
  export const IPV6_FRAGMENT: u32 = 20
  export const SCTP_CLOSED: u32 = 21 // by SctpState, from CLOSED on
  export const SCTP_COOKIE_WAIT: u32 = 22
  export const SCTP_COOKIE_ECHOED: u32 = 23
  export const SCTP_ESTABLISHED: u32 = 24
  export const SCTP_SHUTDOWN_SENT: u32 = 25
  export const SCTP_SHUTDOWN_RECD: u32 = 26
  export const SCTP_SHUTDOWN_ACK_SENT: u32 = 27
  export const SCTP_HEARTBEAT_SENT: u32 = 28
  export const COUNT: u32 = 32
}

@unmanaged
export class Replay {
  /** Next free byte, 16-byte steps; taken with an atomic add. A u64: it may pass 4 GiB, which is out of memory. */
  allocated: u64
  flags: u32
  /** Number of shards, a power of two. */
  shardCount: u32
  /** Array of `shardCount` addresses of `Shard`. */
  shards: usize
  /** Array of `blockCount` addresses of `Block`. */
  blocks: usize
  blockCount: u32
  /** Array of `Timeout.COUNT` u64 nanoseconds. */
  timeouts: usize
  /** net.netfilter.nf_conntrack_tcp_max_retrans. */
  tcpMaxRetrans: u32
  /** Array of `CaptureInterface`, indexed by `Record.captureInterface`. */
  captureInterfaces: usize
  /** The box's own addresses: an open-addressing set, see box-address.ts. */
  localAddresses: usize
  /** Where a packet's classes come from, see signature.ts. */
  signature: usize
  /** Seed of every hash. */
  seed: u32
  /** net.ipv4.ipfrag_high_thresh and net.netfilter.nf_conntrack_frag6_high_thresh, bytes. */
  ipv4FragmentBytes: u32
  ipv6FragmentBytes: u32
  /** Datagrams being put together, see conntrack/fragment-arena.ts; 0 until the first fragment. */
  fragments: usize
  /** --vantage tap: KERNEL_INDEXES u16, the box's interface for each number that its kernel gives; or 0. */
  kernelIndexes: usize
  /** OldRule bits. */
  oldRules: u32
  /** `FlowClasses` of each family; 0: its flows are not cut. */
  flowClasses4: usize
  flowClasses6: usize
  /** The box's loopback interface. */
  loopback: u32
  /** --vantage tap: u16 for each of the box's interfaces, from 0: the bridge or bond that it is a port of; or 0. */
  portsOf: usize
  /** --vantage tap: u8 for each of the box's interfaces, from 0: whether what passes it is in the capture. */
  captured: usize
  /** Elements of both. */
  portCount: u32
  /** --vantage tap: for each shard what is compared, see layout/expected.ts; or 0. */
  comparisons: usize
  /** Bytes of each. */
  comparisonBytes: u32
  /** For each family that NAT translates: a bit for each port, set where its rules name it; else 0. See flow-hash.ts. */
  namedPorts4: usize
  namedPorts6: usize
  /** Of several shards with NAT: which of them mapped which sources, see conntrack/coupling.ts; else 0. */
  sourceShards: usize
  /** 1 once a shard may have depended on another one. Shared by all shards: atomic. */
  coupled: u32
}

/** Interfaces with higher numbers are unknown to captures that name interfaces by number. */
export const KERNEL_INDEXES: u32 = 65536

@inline
export function replay(): Replay {
  return changetype<Replay>(REPLAY_AT)
}

/**
 * Takes `size` bytes of zeroed memory, aligned to 64, from the shared memory; 0 when it is used up.
 * Any thread may call it.
 */
export function allocate(size: usize): usize {
  const at = atomic.add<u64>(REPLAY_AT + offsetof<Replay>('allocated'), ((<u64>size + 63) >> 6) << 6)
  return at + <u64>size + 64 > 0x1_0000_0000 ? 0 : <usize>at
}
