/**
 * `Replay` as the control plane fills it before the first packet; src/dataplane/layout/replay.ts says what its
 * fields mean.
 */
import type { Memory } from './memory.js'

/** Address of the one `Replay`. */
export const REPLAY_AT = 0x100000

export const REPLAY_OFFSET = {
  allocated: 0,
  flags: 8,
  shardCount: 12,
  shards: 16,
  blocks: 20,
  blockCount: 24,
  timeouts: 28,
  tcpMaxRetrans: 32,
  captureInterfaces: 36,
  localAddresses: 40,
  signature: 44,
  seed: 48,
  ipv4FragmentBytes: 52,
  ipv6FragmentBytes: 56,
  fragments: 60,
  kernelIndexes: 64,
  oldRules: 68,
  flowClasses4: 72,
  flowClasses6: 76,
  loopback: 80,
  portsOf: 84,
  captured: 88,
  portCount: 92,
  comparisons: 96,
  comparisonBytes: 100,
  namedPorts4: 104,
  namedPorts6: 108,
  sourceShards: 112,
  coupled: 116,
} as const
export const REPLAY_SIZE = 120

/** Elements of the table of kernel indexes. */
export const KERNEL_INDEXES = 65536

/** Bits of `Replay.oldRules`: what older kernels do. */
export enum OldRule {
  UdpStreamAtOnce = 1,
  UdpAssuredAtOnce = 2,
  IcmpErrorAnywhere = 4,
  TcpResetChecked = 8,
  TcpWindowStrict = 16,
  TcpInvalidStays = 32,
  TcpChallengeUnknown = 64,
  RejectLeaves = 128,
  TcpResetAnySide = 256,
  Icmpv6RedirectUnknown = 512,
  Icmpv6RoutersTracked = 1024,
}

/** Bits of `Replay.flags`, as in the data plane's `ReplayFlag`. */
export enum ReplayFlag {
  TrackIpv4 = 1,
  TrackIpv6 = 2,
  Checksum = 4,
  TcpLoose = 8,
  TcpBeLiberal = 16,
  TcpIgnoreInvalidRst = 32,
  Remember = 64,
  Tap = 128,
  Outcomes = 256,
  NatIpv4 = 512,
  NatIpv6 = 1024,
  Helpers = 2048,
  CtMarks = 4096,
}

/** Indexes into the table of timeouts, as in the data plane's `Timeout`. */
export enum Timeout {
  TcpSynSent = 1,
  TcpSynRecv = 2,
  TcpEstablished = 3,
  TcpFinWait = 4,
  TcpCloseWait = 5,
  TcpLastAck = 6,
  TcpTimeWait = 7,
  TcpClose = 8,
  TcpSynSent2 = 9,
  TcpMaxRetrans = 10,
  TcpUnacknowledged = 11,
  Udp = 12,
  UdpStream = 13,
  Icmp = 14,
  Icmpv6 = 15,
  Generic = 16,
  Gre = 17,
  GreStream = 18,
  Ipv4Fragment = 19,
  Ipv6Fragment = 20,
  SctpClosed = 21,
  SctpCookieWait = 22,
  SctpCookieEchoed = 23,
  SctpEstablished = 24,
  SctpShutdownSent = 25,
  SctpShutdownRecd = 26,
  SctpShutdownAckSent = 27,
  SctpHeartbeatSent = 28,
}
/** Elements of the table of timeouts. */
export const TIMEOUT_COUNT = 32

/** Writes one u32 field of the replay. */
export function setReplayField(
  memory: Memory,
  field: Exclude<keyof typeof REPLAY_OFFSET, 'allocated'>,
  value: number,
): void {
  memory.setU32(REPLAY_AT + REPLAY_OFFSET[field], value)
}

/** True once a shard may have depended on another one. */
export function areCoupled(memory: Memory): boolean {
  return memory.u32(REPLAY_AT + REPLAY_OFFSET.coupled) !== 0
}

/** Writes one timeout into the table at `timeouts`. */
export function setTimeoutNs(memory: Memory, timeouts: number, timeout: Timeout, ns: bigint): void {
  memory.setU64(timeouts + 8 * timeout, ns)
}

/** One timeout of the running replay, in nanoseconds. */
export function timeoutNs(memory: Memory, timeout: Timeout): bigint {
  return memory.u64(memory.u32(REPLAY_AT + REPLAY_OFFSET.timeouts) + 8 * timeout)
}
