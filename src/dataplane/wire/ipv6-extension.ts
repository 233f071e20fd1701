/**
 * The chain of IPv6 extension headers between the IPv6 header and the transport header, RFC 8200 section 4.
 * Kernel: ipv6_skip_exthdr(), net/ipv6/exthdrs_core.c; find_prev_fhdr(), net/ipv6/netfilter/nf_conntrack_reasm.c.
 */

/** Next header values of extension headers. */
export namespace NextHeader {
  export const HOP_BY_HOP: u8 = 0
  export const ROUTING: u8 = 43
  export const FRAGMENT: u8 = 44
  export const AUTHENTICATION: u8 = 51
  export const NONE: u8 = 59
  export const DESTINATION: u8 = 60
}

/** What the last walk along a chain found. Each worker has its own. */
export namespace Extension {
  /** Where the chain ends: offset of the transport header, or of what could not be read. */
  export let offset: u32 = 0
  /** The protocol there. */
  export let protocol: u8 = 0
  /** Offset of the fragment header, or 0; and of the byte in front of it that announces it. */
  export let fragment: u32 = 0
  export let announces: u32 = 0
  /** The fragment header's offset and flags field, as loaded from memory. */
  export let fragmentField: u16 = 0
}

/** The bits of a fragment's offset in `Extension.fragmentField`. */
const FRAGMENT_OFFSET_BITS: u16 = 0xf8ff

/**
 * Walks from `offset`, where a header of kind `next` stands, in the `end` bytes at `at`. Each step moves on by at
 * least eight bytes. False when there is no transport header: the chain is broken or cut, ends in NONE, or this is
 * a later fragment.
 */
export function walkExtensions(at: usize, offset: u32, end: u32, next: u8): bool {
  // Where `next` was announced: in the IPv6 header, until a header of the chain has been passed.
  let announced: u32 = 6
  let whole = true
  Extension.fragment = 0
  Extension.fragmentField = 0
  while (isExtension(next)) {
    if (next == NextHeader.NONE || offset + 2 > end) {
      whole = false
      break
    }
    const header = at + offset
    let length: u32 = 0
    if (next == NextHeader.FRAGMENT) {
      if (Extension.fragment == 0) {
        Extension.fragment = offset
        Extension.announces = announced
      }
      if (offset + 4 > end) {
        whole = false
        break
      }
      Extension.fragmentField = load<u16>(header, 2)
      length = 8
    } else if (next == NextHeader.AUTHENTICATION) {
      length = (<u32>load<u8>(header, 1) + 2) << 2
    } else {
      length = (<u32>load<u8>(header, 1) + 1) << 3
    }
    const isFragment = next == NextHeader.FRAGMENT
    announced = offset
    next = load<u8>(header)
    offset += length
    if (isFragment && (Extension.fragmentField & FRAGMENT_OFFSET_BITS) != 0) {
      whole = false
      break
    }
  }
  Extension.offset = offset
  Extension.protocol = next
  return whole
}

@inline
function isExtension(next: u8): bool {
  return (
    next == NextHeader.HOP_BY_HOP ||
    next == NextHeader.ROUTING ||
    next == NextHeader.FRAGMENT ||
    next == NextHeader.AUTHENTICATION ||
    next == NextHeader.NONE ||
    next == NextHeader.DESTINATION
  )
}
