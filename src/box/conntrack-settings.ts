/**
 * The settings of connection tracking, net.netfilter.nf_conntrack_*, with the kernel's defaults.
 * Kernel: net/netfilter/nf_conntrack_standalone.c, and the timeout tables of the protocol trackers.
 */
import type { KernelProfile } from './profile.js'
import { type Sysctls, sysctlNumber } from './sysctl.js'

/** In seconds. */
export interface ConntrackTimeouts {
  readonly tcpSynSent: number
  readonly tcpSynRecv: number
  readonly tcpEstablished: number
  readonly tcpFinWait: number
  readonly tcpCloseWait: number
  readonly tcpLastAck: number
  readonly tcpTimeWait: number
  readonly tcpClose: number
  readonly tcpSynSent2: number
  readonly tcpMaxRetrans: number
  readonly tcpUnacknowledged: number
  readonly udp: number
  readonly udpStream: number
  readonly icmp: number
  readonly icmpv6: number
  readonly generic: number
  readonly gre: number
  readonly greStream: number
  readonly ipv4Fragment: number
  readonly ipv6Fragment: number
  readonly sctpClosed: number
  readonly sctpCookieWait: number
  readonly sctpCookieEchoed: number
  readonly sctpEstablished: number
  readonly sctpShutdownSent: number
  readonly sctpShutdownRecd: number
  readonly sctpShutdownAckSent: number
  readonly sctpHeartbeatSent: number
}

export interface ConntrackSettings {
  readonly timeouts: ConntrackTimeouts
  readonly tcpLoose: boolean
  readonly tcpBeLiberal: boolean
  readonly tcpIgnoreInvalidRst: boolean
  readonly tcpMaxRetrans: number
  /**
   * Verify transport checksums. Differs from the kernel: off unless the user asks for it, whatever the box says,
   * since captures taken at the sender hold checksums that the network card had still to fill in.
   */
  readonly checksum: boolean
  /** Entries at most; 0: the box does not say, or has no limit. */
  readonly max: number
  /** Connections get the helper of the port that they go to, without a rule. */
  readonly automaticHelpers: boolean
  /** Connections that helpers foresee at most. */
  readonly mostExpectations: number
  /** Chains of the hash table; where the box does not say, as many as its kernel would have made for `max`. */
  readonly buckets: number
  /** Bytes that incomplete datagrams may take. */
  readonly ipv4FragmentBytes: number
  readonly ipv6FragmentBytes: number
}

const FRAGMENT_BYTES = 4 << 20
/** With 262,144 buckets, as machines with more than 4 GiB have. Kernel: nf_conntrack_expect_init(). */
const MOST_EXPECTATIONS = 4096
const BUCKETS_PER_PAGE = 512

export function conntrackSettings(sysctls: Sysctls, profile: KernelProfile, checksum: boolean): ConntrackSettings {
  const number = (name: string, byDefault: number): number =>
    sysctlNumber(sysctls, `net.netfilter.nf_conntrack_${name}`, byDefault)
  const max = Math.max(0, number('max', 0))
  return {
    timeouts: {
      tcpSynSent: number('tcp_timeout_syn_sent', 120),
      tcpSynRecv: number('tcp_timeout_syn_recv', 60),
      tcpEstablished: number('tcp_timeout_established', 432000),
      tcpFinWait: number('tcp_timeout_fin_wait', 120),
      tcpCloseWait: number('tcp_timeout_close_wait', 60),
      tcpLastAck: number('tcp_timeout_last_ack', 30),
      tcpTimeWait: number('tcp_timeout_time_wait', 120),
      tcpClose: number('tcp_timeout_close', 10),
      // The kernel has no setting for a simultaneous open: it keeps the compiled 2 minutes.
      tcpSynSent2: 120,
      tcpMaxRetrans: number('tcp_timeout_max_retrans', 300),
      tcpUnacknowledged: number('tcp_timeout_unacknowledged', 300),
      udp: number('udp_timeout', 30),
      udpStream: number('udp_timeout_stream', profile.timeouts.udpStream),
      icmp: number('icmp_timeout', 30),
      icmpv6: number('icmpv6_timeout', 30),
      generic: number('generic_timeout', 600),
      gre: number('gre_timeout', 30),
      greStream: number('gre_timeout_stream', 180),
      ipv4Fragment: sysctlNumber(sysctls, 'net.ipv4.ipfrag_time', 30),
      ipv6Fragment: number('frag6_timeout', 60),
      sctpClosed: number('sctp_timeout_closed', 10),
      sctpCookieWait: number('sctp_timeout_cookie_wait', 3),
      sctpCookieEchoed: number('sctp_timeout_cookie_echoed', 3),
      sctpEstablished: number('sctp_timeout_established', profile.timeouts.sctpEstablished),
      sctpShutdownSent: number('sctp_timeout_shutdown_sent', 3),
      sctpShutdownRecd: number('sctp_timeout_shutdown_recd', 3),
      sctpShutdownAckSent: number('sctp_timeout_shutdown_ack_sent', 3),
      sctpHeartbeatSent: number('sctp_timeout_heartbeat_sent', 30),
    },
    tcpLoose: number('tcp_loose', 1) !== 0,
    tcpBeLiberal: number('tcp_be_liberal', 0) !== 0,
    tcpIgnoreInvalidRst: number('tcp_ignore_invalid_rst', 0) !== 0,
    tcpMaxRetrans: number('tcp_max_retrans', 3),
    checksum,
    max,
    buckets: Math.max(1, number('buckets', bucketsFor(max, profile))),
    automaticHelpers: profile.automaticHelpers && number('helper', 0) !== 0,
    mostExpectations: number('expect_max', MOST_EXPECTATIONS),
    ipv4FragmentBytes: sysctlNumber(sysctls, 'net.ipv4.ipfrag_high_thresh', FRAGMENT_BYTES),
    ipv6FragmentBytes: number('frag6_high_thresh', FRAGMENT_BYTES),
  }
}

/** Kernel: nf_conntrack_init_start(); nf_ct_alloc_hashtable() fills pages. */
function bucketsFor(max: number, profile: KernelProfile): number {
  return Math.ceil(max / profile.table.entriesPerBucket / BUCKETS_PER_PAGE) * BUCKETS_PER_PAGE
}
