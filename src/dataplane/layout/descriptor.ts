/**
 * A packet as the shards see it: what indexing read from its headers, so that replaying hardly looks at the
 * packet's own bytes. 64 bytes, one cache line. Numbers are in host order.
 *
 *   0        8        16   20     24  28  32    36   40   44     48        52     56        60
 *   packet#  atNs     hash length src dst ports seq  ack  window transport interface ttl type captured
 */

/** Bits of `Descriptor.flags`. */
export namespace DescriptorFlag {
  export const IPV6: u16 = 1
  /** Starts at OUTPUT: the box itself sent it. Otherwise it is received. */
  export const OUTPUT: u16 = 2
  /** IPv4 options, or IPv6 extension headers in front of the transport header. */
  export const OPTIONS: u16 = 4
  export const DONT_FRAGMENT: u16 = 8
  /** A fragment that was not put together (no conntrack for its family): see `fragment` in the IP header. */
  export const FRAGMENT: u16 = 16
  /** A datagram put together from fragments; `packet` is outside the capture's bytes. */
  export const DATAGRAM: u16 = 32
  /** The captured bytes end before the IP length does (snap length): reads beyond `captured` are not possible. */
  export const CUT: u16 = 64
  /** The transport header is not whole, or not valid (TCP data offset, UDP length): conntrack says INVALID. */
  export const BAD_TRANSPORT: u16 = 128
  /** The transport checksum was verified and is wrong. */
  export const BAD_CHECKSUM: u16 = 256
  /** An ICMP or ICMPv6 error: `hash` is that of the tuple inside. */
  export const ICMP_ERROR: u16 = 512
  /** No transport header to look for: a later fragment, or a broken chain of IPv6 extension headers. */
  export const NO_TRANSPORT: u16 = 1024
  /**
   * Seen leaving the box (--vantage tap), in whosever name. With OUTPUT: by one of its addresses, but NAT may have given
   * it that one, so that the connection tells whether the box made it.
   */
  export const SENT: u16 = 2048
  /** Seen leaving, and known to be what became of a certain received packet. */
  export const CLAIMED: u16 = 4096
  /** It was not received. */
  export const FROM_BOX: u16 = OUTPUT | SENT
}

/** `Descriptor.packetType`. Kernel: include/uapi/linux/if_packet.h. */
export namespace PacketType {
  export const HOST: u8 = 0
  export const BROADCAST: u8 = 1
  export const MULTICAST: u8 = 2
  export const OTHERHOST: u8 = 3
  export const OUTGOING: u8 = 4
  export const LOOPBACK: u8 = 5
}

@unmanaged
export class Descriptor {
  /** Address of the IP header in the shared memory. */
  packet: u32
  /** Record number in the block; the packet's number is block.firstPacket + record. */
  record: u32
  atNs: u64
  /** Symmetric hash of the five-tuple: the same in both directions. */
  hash: u32
  /** The kernel's skb->len: IPv4 total length, IPv6 payload length + 40. */
  length: u32
  /** IPv4 addresses; IPv6 ones are read from the packet. */
  src: u32
  dst: u32
  /** Ports of TCP, UDP, UDP-Lite, SCTP, DCCP. ICMP: source is the id, destination is type << 8 | code. Else 0. */
  srcPort: u16
  dstPort: u16
  /** TCP sequence and acknowledgement numbers. */
  seq: u32
  ack: u32
  /** TCP window, unscaled. */
  window: u16
  /** TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  tcpFlags: u8
  /** TCP header length in bytes. */
  tcpHeader: u8
  /** Offset of the transport header from the start of the IP header. */
  transport: u16
  /** The transport protocol: IPv6 after its extension headers. */
  protocol: u8
  /** IPv4 TOS or IPv6 traffic class. */
  tos: u8
  /** The box's interface it was captured on (VLAN resolved), 1 and up; 0 unknown: then routes lead back to it. */
  boxInterface: u16
  flags: u16
  /** IPv4 TTL or IPv6 hop limit. */
  ttl: u8
  packetType: u8
  /**
   * Bytes of Ethernet header in front of the IP header, VLAN tags included; 0 when the link has no MAC addresses. Of
   * a cooked capture's header as many that the sender's address stands six bytes from the start, as in Ethernet's.
   */
  linkHeader: u16
  /** Captured bytes from the IP header on, at most `length`. */
  captured: u32
}
