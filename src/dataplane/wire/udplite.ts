/**
 * UDP-Lite header, RFC 3828: UDP's, with the checksum's coverage in place of the length.
 */
import { UDP_HEADER } from './udp'

const COVERAGE: usize = 4
const CHECKSUM: usize = 6

/** Kernel: udplite_error(), net/netfilter/nf_conntrack_proto_udp.c. */
export function checkUdpLite(at: usize, captured: u32, length: u32): bool {
  if (captured < UDP_HEADER || length < UDP_HEADER) return false
  const covered = coverage(at, length)
  return covered >= UDP_HEADER && covered <= length && load<u16>(at, CHECKSUM) != 0
}

/** Bytes that the checksum covers; 0 in the header means all. Requires a captured header. */
export function coverage(at: usize, length: u32): u32 {
  const covered = <u32>bswap<u16>(load<u16>(at, COVERAGE))
  return covered == 0 ? length : covered
}
