/**
 * UDP header, RFC 768: ports, length, checksum. Offsets in bytes from its start.
 */
const LENGTH: usize = 4
const CHECKSUM: usize = 6
export const UDP_HEADER: u32 = 8

/**
 * True when the header was captured, and its length is at least its own and fits into the `length` bytes that IP
 * carries. Kernel: udp_error(), net/netfilter/nf_conntrack_proto_udp.c.
 */
@inline
export function checkUdp(at: usize, captured: u32, length: u32): bool {
  if (captured < UDP_HEADER || length < UDP_HEADER) return false
  const claimed = <u32>bswap<u16>(load<u16>(at, LENGTH))
  return claimed >= UDP_HEADER && claimed <= length
}

/** True when the sender did not compute a checksum. Requires checkUdp(). */
@inline
export function isUnchecked(at: usize): bool {
  return load<u16>(at, CHECKSUM) == 0
}
