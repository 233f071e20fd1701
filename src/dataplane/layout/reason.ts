/**
 * Why a packet was decided by something other than a rule. Reasons below `FIRST_ROUTE` are settled before any
 * hook; the others are routing's. The control plane's names for them stand in src/memory/reason.ts.
 */
export namespace Reason {
  export const NONE: u32 = 0
  // Not offered to the box at all.
  /** The link layer carries something other than IPv4 or IPv6 (ARP, LLDP ...). */
  export const NOT_IP: u32 = 1
  /** The captured bytes end before the IP header does. */
  export const CUT_IP_HEADER: u32 = 2
  /** A link type that hookline does not read. */
  export const LINK_TYPE: u32 = 3
  /** --vantage tap: what the box sent of a packet that it forwarded or answered itself. */
  export const OWN_OUTPUT: u32 = 4
  /** --vantage tap: seen on a port of a bridge or bond, beneath the interface that the IP layer sees. */
  export const PORT: u32 = 5
  // ip_rcv, ipv6_rcv: dropped before PREROUTING.
  export const OTHER_HOST: u32 = 8 // PACKET_OTHERHOST
  export const IP_VERSION: u32 = 9
  export const IP_HEADER_LENGTH: u32 = 10 // ihl < 5, or the header is longer than the packet
  export const IP_CHECKSUM: u32 = 11
  export const IP_TOTAL_LENGTH: u32 = 12 // total length beyond the packet, or below the header length
  export const IPV6_PAYLOAD_LENGTH: u32 = 13
  export const IPV6_HOP_BY_HOP: u32 = 14 // bad hop-by-hop options
  export const IPV6_ADDRESS: u32 = 15 // ipv6_rcv: ::1 from outside, multicast source, interface-local scope ...
  /** A fragment that is kept until its datagram is whole: verdict STOLEN. */
  export const FRAGMENT_KEPT: u32 = 24
  /** A fragment that defragmentation throws away (overlap, too long, bad length). */
  export const FRAGMENT_DROPPED: u32 = 25
  // Routing, between the hooks: verdict ROUTE.
  export const FIRST_ROUTE: u32 = 32
  export const MARTIAN_SOURCE: u32 = 32
  export const MARTIAN_DESTINATION: u32 = 33
  export const REVERSE_PATH: u32 = 34
  export const NO_ROUTE: u32 = 35
  export const ROUTE_BLACKHOLE: u32 = 36
  export const ROUTE_UNREACHABLE: u32 = 37
  export const ROUTE_PROHIBIT: u32 = 38
  export const NOT_FORWARDING: u32 = 39
  export const TTL_EXCEEDED: u32 = 40
  export const TOO_BIG: u32 = 41 // longer than the MTU, and may not be fragmented
  export const IP_OPTIONS: u32 = 42 // source route and the like refused
  export const MULTICAST_NOT_JOINED: u32 = 43
  export const FORWARD_NOT_HOST: u32 = 44 // link-layer broadcast or multicast is not forwarded
  /** Conntrack: the table is full, or the entry clashed when it was confirmed. */
  export const CONNTRACK_FULL: u32 = 56
  export const CONNTRACK_CLASH: u32 = 57
  /** NAT: MASQUERADE took another interface's address; an ICMP error with a bad checksum, or a redirect; bad GRE. */
  export const NAT_INTERFACE: u32 = 58
  export const NAT_ICMP_ERROR: u32 = 59
  /** A helper cannot go on with it: half a command, no room for what it expects; or TCP options that are broken. */
  export const HELPER: u32 = 60
  export const SEQUENCE_ADJUST: u32 = 61
  export const NAT_TRANSPORT: u32 = 62
  /** Conntrack: a chain of the kernel's table would have grown too long. */
  export const CONNTRACK_CHAIN: u32 = 63
  export const COUNT: u32 = 64
}
