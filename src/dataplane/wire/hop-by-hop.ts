/**
 * IPv6 hop-by-hop options, RFC 8200 section 4.3: read for every received packet that has them, before PREROUTING.
 * Kernel: ipv6_parse_hopopts(), ip6_parse_tlv(), net/ipv6/exthdrs.c.
 */

/** What `readHopByHop` returns when the packet must be dropped. */
export const BAD_OPTIONS: u32 = 0xffffffff

const IPV6_HEADER: u32 = 40
const PAYLOAD: usize = 4
const NEXT_HEADER: usize = 6

namespace Option {
  export const PAD1: u8 = 0
  export const PADN: u8 = 1
  export const ROUTER_ALERT: u8 = 5
  export const CALIPSO: u8 = 7
  export const IOAM: u8 = 0x31
  export const JUMBO: u8 = 0xc2
}

/** Kernel: IP6_DEFAULT_MAX_HBH_OPTS_CNT. */
const MAX_OPTIONS: u32 = 8
/** Padding in a row, in bytes. */
const MAX_PADDING: u32 = 7
const MAX_PAYLOAD: u32 = 65535

/**
 * The packet's length: `length`, or what a jumbo payload option says; BAD_OPTIONS when it must be dropped. Of
 * options that the snap length cut off (`captured`), nothing is said.
 */
export function readHopByHop(at: usize, captured: u32, length: u32): u32 {
  if (IPV6_HEADER + 8 > length) return BAD_OPTIONS
  if (IPV6_HEADER + 8 > captured) return length
  const end = IPV6_HEADER + ((<u32>load<u8>(at, IPV6_HEADER + 1) + 1) << 3)
  if (end > length) return BAD_OPTIONS
  if (end > captured) return length
  let offset = IPV6_HEADER + 2
  let padding: u32 = 0
  let options: u32 = 0
  while (offset < end) {
    const option = at + offset
    const type = load<u8>(option)
    if (type == Option.PAD1) {
      if (++padding > MAX_PADDING) return BAD_OPTIONS
      offset++
      continue
    }
    if (offset + 2 > end) return BAD_OPTIONS
    const size = <u32>load<u8>(option, 1) + 2
    if (offset + size > end) return BAD_OPTIONS
    if (type == Option.PADN) {
      padding += size
      if (padding > MAX_PADDING || !isZero(option + 2, size - 2)) return BAD_OPTIONS
    } else {
      if (++options > MAX_OPTIONS) return BAD_OPTIONS
      padding = 0
      if (type == Option.JUMBO) {
        length = jumboLength(at, offset, size, length)
        if (length == BAD_OPTIONS) return BAD_OPTIONS
      } else if (!isAcceptable(at, type, offset, size)) {
        return BAD_OPTIONS
      }
    }
    offset += size
  }
  return length
}

/** False when the IPv6 packet, of which `captured` bytes are there, has hop-by-hop options with which none may arrive. */
export function mayArriveWithOptions(at: usize, captured: u32, length: u32): bool {
  return load<u8>(at, NEXT_HEADER) != 0 || readHopByHop(at, captured, length) != BAD_OPTIONS
}

function isZero(at: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(at + i) != 0) return false
  return true
}

/** Requires the whole option. Kernel: ipv6_hop_jumbo(). */
function jumboLength(at: usize, offset: u32, size: u32, length: u32): u32 {
  if (size != 6 || (offset & 3) != 2 || load<u16>(at, PAYLOAD) != 0) return BAD_OPTIONS
  const payload = bswap<u32>(load<u32>(at + offset, 2))
  return payload <= MAX_PAYLOAD || payload > length - IPV6_HEADER ? BAD_OPTIONS : payload + IPV6_HEADER
}

/**
 * Differs from the kernel: of a CALIPSO label only the lengths are checked, not whether its domain is configured;
 * IOAM counts as not enabled on the interface, the kernel's default.
 * Kernel: ipv6_hop_ra(), ipv6_hop_ioam(), ipv6_hop_calipso(), ip6_tlvopt_unknown().
 */
function isAcceptable(at: usize, type: u8, offset: u32, size: u32): bool {
  switch (type) {
    case Option.ROUTER_ALERT:
      return size == 4
    case Option.IOAM:
      return (offset & 3) == 0
    case Option.CALIPSO:
      return size >= 10 && <u32>load<u8>(at + offset, 6) * 4 + 10 <= size
    default:
      // The two highest bits say what to do with an option that is not known: 0 is skip it.
      return type >> 6 == 0
  }
}
