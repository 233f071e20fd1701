/**
 * TCP header, RFC 9293 section 3.1. Offsets in bytes from its start.
 */
import { Descriptor } from '../layout/descriptor'

const SEQ: usize = 4
const ACK: usize = 8
const DATA_OFFSET: usize = 12
const FLAGS: usize = 13
const WINDOW: usize = 14
export const TCP_HEADER: u32 = 20

/**
 * True when the whole header without options was captured, and its length fits into the `length` bytes of the
 * segment. Kernel: tcp_error(), net/netfilter/nf_conntrack_proto_tcp.c.
 */
@inline
export function checkTcp(at: usize, captured: u32, length: u32): bool {
  if (captured < TCP_HEADER) return false
  const header = tcpHeader(at)
  return header >= TCP_HEADER && header <= length
}

/** Requires checkTcp(). */
@inline
export function describeTcp(descriptor: Descriptor, at: usize): void {
  descriptor.seq = bswap<u32>(load<u32>(at, SEQ))
  descriptor.ack = bswap<u32>(load<u32>(at, ACK))
  descriptor.window = bswap<u16>(load<u16>(at, WINDOW))
  descriptor.tcpFlags = load<u8>(at, FLAGS)
  descriptor.tcpHeader = <u8>tcpHeader(at)
}

/** Header length in bytes. */
@inline
export function tcpHeader(at: usize): u32 {
  return (<u32>(load<u8>(at, DATA_OFFSET) >> 4)) << 2
}
