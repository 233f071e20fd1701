/**
 * Kernel profiles: what differs between kernel versions, as data. In: `uname -r`, or `--kernel`. Out: the profile of
 * that version. Each change is listed with the kernel's source and the version from which it holds; where stable
 * releases took it over, that is the oldest line whose last release has it. 6.18 is compared with the running kernel,
 * the others with the source.
 *
 * Not told apart: SCTP's states up to 5.9 (an INIT began in COOKIE_WAIT, second paths were HEARTBEAT_ACKED), DCCP's
 * tracker up to 6.15 (it is generic here), and which SYN begins an end's window anew up to 5.16.
 */

/** Rules that older kernels did not have. */
export interface KernelRules {
  /** Two-way UDP is a stream only when it is alive two seconds after its first packet. */
  readonly udpStreamLater: boolean
  /** UDP is ASSURED when it is a stream, not with the first packet behind an answer. */
  readonly udpAssuredAsStream: boolean
  /** An ICMP error must go where packets of the direction that it quotes go. */
  readonly icmpErrorDestination: boolean
  /** A RST ends a connection that is being closed, or whose peer answers a new SYN, whatever its number is. */
  readonly tcpResetTrusted: boolean
  /** TCP segments that lag behind the window or overshoot it a little are let through without effect. */
  readonly tcpWindowIgnores: boolean
  /** FIN or RST of both sides, out of the window, shorten the timeout. */
  readonly tcpInvalidCloses: boolean
  /** A RST that answers a challenge ACK ends SYN_SENT. */
  readonly tcpChallengedSyn: boolean
  /** REJECT --reject-with tcp-reset closes the connection's entry. */
  readonly rejectCloses: boolean
  /** A RST that answers a SYN let through comes from the other side. */
  readonly tcpResetFromOtherSide: boolean
  /** A redirect of IPv6 is RELATED to the connection that it quotes. */
  readonly icmpv6RedirectRelated: boolean
  /** Multicast router discovery of IPv6 is UNTRACKED. */
  readonly icmpv6RoutersUntracked: boolean
}

/** Default timeouts that changed, in seconds. */
interface KernelTimeouts {
  readonly udpStream: number
  readonly sctpEstablished: number
}

/** What differs about conntrack's hash table. */
export interface KernelTableProfile {
  /** nf_conntrack_max for each bucket, when the kernel sizes the table itself. */
  readonly entriesPerBucket: number
  /** A chain may have `least` entries, and a random number below `spread` more; null: any number. */
  readonly chain: { readonly least: number; readonly spread: number } | null
  /** How the gc worker goes through the buckets: see src/dataplane/conntrack/gc-worker.ts. */
  readonly gc: 'average' | 'whole' | 'share'
}

export type KernelVersion = readonly [major: number, minor: number]

export interface KernelProfile {
  /** The version asked for, or the newest one known, where that is newer. */
  readonly version: KernelVersion
  /** CONFIG_HZ: jiffies a second, the grain of the kernel's timers. */
  readonly hz: number
  readonly timeouts: KernelTimeouts
  readonly rules: KernelRules
  /** The setting nf_conntrack_helper gives helpers to connections by their port. */
  readonly automaticHelpers: boolean
  /** There is a target CLUSTERIP. */
  readonly clusterIp: boolean
  readonly table: KernelTableProfile
}

interface Change {
  readonly since: KernelVersion
  /** File in net/netfilter, symbol. */
  readonly source: string
  readonly rules?: Partial<KernelRules>
  readonly timeouts?: Partial<KernelTimeouts>
  readonly table?: Partial<KernelTableProfile>
}

const OLDEST: KernelVersion = [4, 19]
const NEWEST: KernelVersion = [6, 18]
/** Kernel: nf_conntrack_helper.c, nf_ct_lookup_helper(), was removed. */
const NO_AUTOMATIC_HELPERS: KernelVersion = [6, 0]
/** Kernel: net/ipv4/netfilter/ipt_CLUSTERIP.c was removed. */
const NO_CLUSTERIP: KernelVersion = [6, 3]

/** As of the oldest version. */
const OLDEST_TIMEOUTS: KernelTimeouts = { udpStream: 180, sctpEstablished: 432000 }
const OLDEST_RULES: KernelRules = {
  udpStreamLater: false,
  udpAssuredAsStream: false,
  icmpErrorDestination: false,
  tcpResetTrusted: false,
  tcpWindowIgnores: false,
  tcpInvalidCloses: false,
  tcpChallengedSyn: false,
  rejectCloses: false,
  tcpResetFromOtherSide: false,
  icmpv6RedirectRelated: false,
  icmpv6RoutersUntracked: false,
}

const OLDEST_TABLE: KernelTableProfile = { entriesPerBucket: 4, chain: null, gc: 'share' }

/** Oldest first. */
const CHANGES: readonly Change[] = [
  { since: [5, 0], source: 'nf_conntrack_proto_udp.c, udp_timeouts[]', timeouts: { udpStream: 120 } },
  { since: [5, 0], source: 'nf_conntrack_proto_udp.c, stream_ts', rules: { udpStreamLater: true } },
  {
    since: [5, 1],
    source: 'nf_conntrack_proto_icmp.c, nf_conntrack_inet_error()',
    rules: { icmpErrorDestination: true },
  },
  // v5.17, and the last 5.4, 5.10 and 5.15.
  {
    since: [5, 4],
    source: 'nf_conntrack_proto_udp.c, nf_conntrack_udp_packet()',
    rules: { udpAssuredAsStream: true },
  },
  // v6.2, and the last 5.10, 5.15 and 6.1.
  { since: [5, 10], source: 'nf_conntrack_proto_sctp.c, sctp_timeouts[]', timeouts: { sctpEstablished: 210 } },
  {
    since: [5, 14],
    source: 'nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet(), case TCP_CONNTRACK_CLOSE',
    rules: { tcpResetTrusted: true },
  },
  { since: [5, 14], source: 'nf_conntrack_core.c, gc_worker(), GC_SCAN_INTERVAL', table: { gc: 'whole' } },
  { since: [5, 15], source: 'nf_conntrack_core.c, nf_conntrack_init_start()', table: { entriesPerBucket: 1 } },
  // 8 to 31 until v6.3, but not in the last 5.15 and 6.1.
  { since: [5, 15], source: 'nf_conntrack_core.c, MIN_CHAINLEN', table: { chain: { least: 50, spread: 30 } } },
  // v5.18; how a pass begins is v6.1's.
  { since: [5, 18], source: 'nf_conntrack_core.c, gc_worker(), avg_timeout', table: { gc: 'average' } },
  { since: [6, 1], source: 'nf_conntrack_proto_tcp.c, enum nf_ct_tcp_action', rules: { tcpWindowIgnores: true } },
  { since: [6, 1], source: 'nf_conntrack_proto_tcp.c, nf_tcp_handle_invalid()', rules: { tcpInvalidCloses: true } },
  // v6.2, and the last 6.1.
  { since: [6, 1], source: 'nf_conntrack_proto_tcp.c, last_ack in SYN_SENT', rules: { tcpChallengedSyn: true } },
  // v6.3, and the last 6.1.
  { since: [6, 1], source: 'nf_conntrack_proto_tcp.c, nf_conntrack_tcp_set_closing()', rules: { rejectCloses: true } },
  {
    since: [6, 2],
    source: 'nf_conntrack_proto_icmpv6.c, nf_conntrack_icmpv6_redirect()',
    rules: { icmpv6RedirectRelated: true },
  },
  {
    since: [6, 10],
    source: 'nf_conntrack_proto_icmpv6.c, noct_valid_new[]',
    rules: { icmpv6RoutersUntracked: true },
  },
  // Seen on 6.18.44; the source up to v6.17 does not ask which side it was.
  {
    since: [6, 18],
    source: 'nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet(), case TCP_CONNTRACK_CLOSE',
    rules: { tcpResetFromOtherSide: true },
  },
]

const DEFAULT_HZ = 250
/** CONFIG_HZ of kernels that tell by their release whose they are. */
const DISTRIBUTION_HZ: readonly { readonly release: RegExp; readonly since: KernelVersion; readonly hz: number }[] = [
  // Red Hat and what is made from it; Fedora.
  { release: /\.(?:el|fc)\d/, since: OLDEST, hz: 1000 },
  // Ubuntu, from 24.10 on.
  { release: /-generic\b/, since: [6, 11], hz: 1000 },
]

/** Why a text gives no profile: it begins with no version, or with one that is too old to be known. */
export type NoProfile = 'no version' | 'too old'

/** The profile for a release such as `6.1.0-28-amd64`; without one, the newest. */
export function profileOf(release: string | null): KernelProfile | NoProfile {
  const text = release ?? NEWEST.join('.')
  const found = /^\s*(\d+)\.(\d+)/.exec(text)
  if (found === null) return 'no version'
  const asked: KernelVersion = [Number(found[1]), Number(found[2])]
  if (!isSince(asked, OLDEST)) return 'too old'
  const changes = CHANGES.filter(({ since }) => isSince(asked, since))
  const distribution = DISTRIBUTION_HZ.find((each) => each.release.test(text) && isSince(asked, each.since))
  return {
    version: isSince(asked, NEWEST) ? NEWEST : asked,
    hz: distribution?.hz ?? DEFAULT_HZ,
    timeouts: Object.assign({}, OLDEST_TIMEOUTS, ...changes.map(({ timeouts }) => timeouts)),
    table: Object.assign({}, OLDEST_TABLE, ...changes.map(({ table }) => table)),
    rules: Object.assign({}, OLDEST_RULES, ...changes.map(({ rules }) => rules)),
    automaticHelpers: !isSince(asked, NO_AUTOMATIC_HELPERS),
    clusterIp: !isSince(asked, NO_CLUSTERIP),
  }
}

function isSince(version: KernelVersion, since: KernelVersion): boolean {
  return version[0] > since[0] || (version[0] === since[0] && version[1] >= since[1])
}
