/**
 * What a connection is called: the protocol's name and the state, as /proc/net/nf_conntrack has them.
 * Kernel: l4proto_name() in net/netfilter/nf_conntrack_standalone.c; tcp_conntrack_names[] in
 * nf_conntrack_proto_tcp.c; sctp_conntrack_names[] in nf_conntrack_proto_sctp.c.
 */

import { CensusState } from '../memory/shard.js'

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
}

/** By `TcpState`. */
const TCP_STATE_NAMES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
]

/** By the data plane's `SctpState`. */
const SCTP_STATE_NAMES = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
]

const PROGRESS_NAMES: Readonly<Record<CensusState, string>> = {
  [CensusState.Unreplied]: 'UNREPLIED',
  [CensusState.Replied]: 'REPLIED',
  [CensusState.Assured]: 'ASSURED',
}

const TCP = 6
const SCTP = 132

export function protocolName(protocol: number): string {
  return PROTOCOL_NAMES[protocol] ?? 'unknown'
}

/** The state that the protocol's tracker keeps; null for protocols without. */
export function trackerState(protocol: number, state: number): string | null {
  if (protocol === TCP) return TCP_STATE_NAMES[state]
  return protocol === SCTP ? SCTP_STATE_NAMES[state] : null
}

/** What reports group connections by: the tracker's state, or how far others got (`CensusState`). */
export function connectionState(protocol: number, state: number): string {
  return trackerState(protocol, state) ?? PROGRESS_NAMES[state as CensusState]
}
