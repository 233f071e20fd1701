/**
 * TCP flags as conntrack looks at them: which combinations are legal, and the one event that a segment is.
 */

/** Bits of `Descriptor.tcpFlags`. */
export namespace TcpBit {
  export const FIN: u32 = 1
  export const SYN: u32 = 2
  export const RST: u32 = 4
  export const ACK: u32 = 16
  export const URG: u32 = 32
}

/** Kernel: enum tcp_bit_set, net/netfilter/nf_conntrack_proto_tcp.c. */
export namespace TcpIndex {
  export const SYN: u8 = 0
  export const SYN_ACK: u8 = 1
  export const FIN: u8 = 2
  export const ACK: u8 = 3
  export const RST: u8 = 4
  export const NONE: u8 = 5
}

/** PSH, ECE and CWR never matter. Kernel: tcp_valid_flags[], net/netfilter/nf_conntrack_proto_tcp.c. */
export function areLegal(tcpFlags: u8): bool {
  switch ((<u32>tcpFlags) & (TcpBit.FIN | TcpBit.SYN | TcpBit.RST | TcpBit.ACK | TcpBit.URG)) {
    case TcpBit.SYN:
    case TcpBit.SYN | TcpBit.URG:
    case TcpBit.SYN | TcpBit.ACK:
    case TcpBit.RST:
    case TcpBit.RST | TcpBit.ACK:
    case TcpBit.FIN | TcpBit.ACK:
    case TcpBit.FIN | TcpBit.ACK | TcpBit.URG:
    case TcpBit.ACK:
    case TcpBit.ACK | TcpBit.URG:
      return true
    default:
      return false
  }
}

/** Kernel: get_conntrack_index(). */
export function indexOf(tcpFlags: u8): u8 {
  const flags = <u32>tcpFlags
  if (flags & TcpBit.RST) return TcpIndex.RST
  if (flags & TcpBit.SYN) return flags & TcpBit.ACK ? TcpIndex.SYN_ACK : TcpIndex.SYN
  if (flags & TcpBit.FIN) return TcpIndex.FIN
  return flags & TcpBit.ACK ? TcpIndex.ACK : TcpIndex.NONE
}
