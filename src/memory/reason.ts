/**
 * Why a packet was decided by something other than a rule: the data plane's `Reason`, and what people read of it.
 */
export enum Reason {
  None = 0,
  NotIp = 1,
  CutIpHeader = 2,
  LinkType = 3,
  OwnOutput = 4,
  OtherHost = 8,
  IpVersion = 9,
  IpHeaderLength = 10,
  IpChecksum = 11,
  IpTotalLength = 12,
  Ipv6PayloadLength = 13,
  Ipv6HopByHop = 14,
  Ipv6Address = 15,
  FragmentKept = 24,
  FragmentDropped = 25,
  MartianSource = 32,
  MartianDestination = 33,
  ReversePath = 34,
  NoRoute = 35,
  RouteBlackhole = 36,
  RouteUnreachable = 37,
  RouteProhibit = 38,
  NotForwarding = 39,
  TtlExceeded = 40,
  TooBig = 41,
  IpOptions = 42,
  MulticastNotJoined = 43,
  ForwardNotHost = 44,
  ConntrackFull = 56,
  ConntrackClash = 57,
}

/** Reasons below are settled before any hook; from here on routing, between the hooks. */
export const FIRST_ROUTE = 32
/** `Outcome.path` below this is a `Reason`; also the length of `Block.reasons`. */
export const REASON_COUNT = 64

/** One short phrase a reason, as reports print it. */
export const REASON_NAMES: Readonly<Record<Reason, string>> = {
  [Reason.None]: 'none',
  [Reason.NotIp]: 'not IP',
  [Reason.CutIpHeader]: 'IP header cut by the snap length',
  [Reason.LinkType]: 'unknown link type',
  [Reason.OwnOutput]: 'sent by the box on behalf of an earlier packet',
  [Reason.OtherHost]: 'for another host (link layer)',
  [Reason.IpVersion]: 'wrong IP version',
  [Reason.IpHeaderLength]: 'bad IP header length',
  [Reason.IpChecksum]: 'bad IP header checksum',
  [Reason.IpTotalLength]: 'bad IP total length',
  [Reason.Ipv6PayloadLength]: 'bad IPv6 payload length',
  [Reason.Ipv6HopByHop]: 'bad IPv6 hop-by-hop options',
  [Reason.Ipv6Address]: 'IPv6 address that may not arrive',
  [Reason.FragmentKept]: 'fragment kept until its datagram is whole',
  [Reason.FragmentDropped]: 'fragment dropped',
  [Reason.MartianSource]: 'martian source',
  [Reason.MartianDestination]: 'martian destination',
  [Reason.ReversePath]: 'reverse path filter',
  [Reason.NoRoute]: 'no route',
  [Reason.RouteBlackhole]: 'blackhole route',
  [Reason.RouteUnreachable]: 'unreachable route',
  [Reason.RouteProhibit]: 'prohibit route',
  [Reason.NotForwarding]: 'forwarding is off',
  [Reason.TtlExceeded]: 'TTL or hop limit exceeded',
  [Reason.TooBig]: 'longer than the MTU',
  [Reason.IpOptions]: 'IP options refused',
  [Reason.MulticastNotJoined]: 'multicast group not joined',
  [Reason.ForwardNotHost]: 'link-layer broadcast or multicast, not forwarded',
  [Reason.ConntrackFull]: 'conntrack table full',
  [Reason.ConntrackClash]: 'conntrack clash at confirmation',
}
