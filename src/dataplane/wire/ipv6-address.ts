/**
 * Addresses in an IPv6 header, RFC 8200 section 3, and the kinds of them that ip6_rcv tells apart, RFC 4291.
 */
/** Offsets of the two addresses from the start of the IPv6 header. */
export const IPV6_SRC: usize = 8
export const IPV6_DST: usize = 24

const SCOPE_RESERVED: u8 = 0
const SCOPE_INTERFACE_LOCAL: u8 = 1

@inline
function isMulticast(at: usize): bool {
  return load<u8>(at) == 0xff
}

@inline
function isLoopback(at: usize): bool {
  return load<u64>(at) == 0 && load<u64>(at, 8) == 0x0100000000000000
}

/** fe80::/10 */
@inline
export function isLinkLocal(at: usize): bool {
  return (load<u16>(at) & 0xc0ff) == 0x80fe
}

/**
 * True when a packet with these addresses may arrive from outside.
 * Kernel: ip6_rcv_core(), net/ipv6/ip6_input.c.
 */
@inline
export function mayArrive(src: usize, dst: usize): bool {
  if (isMulticast(src) || isLoopback(src) || isLoopback(dst)) return false
  if (!isMulticast(dst)) return true
  const scope = load<u8>(dst, 1) & 15
  return scope != SCOPE_RESERVED && scope != SCOPE_INTERFACE_LOCAL
}
