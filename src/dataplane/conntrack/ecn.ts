/**
 * Explicit congestion notification when fragments are put together, RFC 3168 section 5.3.
 * Kernel: ip_frag_ecn_table[], net/ipv4/inet_fragment.c.
 */
const NOT_ECT: u8 = 1 << 0
const CE: u8 = 1 << 3
/** Both ECN bits of a TOS or traffic class. */
const ECN_CE: u8 = 3

/** What `joinEcn` returns when the fragments contradict each other. */
export const ECN_CONTRADICTION: u8 = 0xff

/** The bit for one fragment's TOS. */
@inline
export function ecnBit(tos: u8): u8 {
  return <u8>(1 << (tos & 3))
}

/** Bits to set in the whole datagram's TOS. `seen` has a bit for each ECN field among the fragments. */
export function joinEcn(seen: u8): u8 {
  if ((seen & NOT_ECT) != 0) return seen == NOT_ECT ? 0 : ECN_CONTRADICTION
  return (seen & CE) != 0 && seen != CE ? ECN_CE : 0
}
