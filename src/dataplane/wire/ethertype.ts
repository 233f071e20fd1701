/**
 * What stands behind an EtherType: VLAN tags, PPPoE sessions, and at last an IP header. Ethernet and both kinds of
 * Linux cooked captures end here. Fills `Frame`.
 */
import { Reason } from '../layout/reason'
import { Frame } from './frame'
import { readPpp } from './ppp'

// EtherTypes as they lie in memory, so that none is swapped.
const TYPE_IPV4: u16 = 0x0008
const TYPE_IPV6: u16 = 0xdd86
const TYPE_8021Q: u16 = 0x0081
const TYPE_8021AD: u16 = 0xa888
/** QinQ before it was a standard. */
const TYPE_QINQ: u16 = 0x0091
const TYPE_PPPOE_SESSION: u16 = 0x6488

const MAX_TAGS: u32 = 4
/** Version and type, code, session id, length. RFC 2516 section 4. */
const PPPOE_HEADER: u32 = 6
const PPPOE_VERSION_AND_SESSION: u16 = 0x0011

/** Reads on from `offset`, behind an EtherType of `type`, in the `captured` bytes at `at`. */
export function readEtherType(type: u16, at: usize, captured: u32, offset: u32): u32 {
  while (type == TYPE_8021Q || type == TYPE_8021AD || type == TYPE_QINQ) {
    if (Frame.tags == MAX_TAGS) return Reason.NOT_IP
    if (offset + 4 > captured) return Reason.CUT_IP_HEADER
    Frame.vlan = (<u32>bswap<u16>(load<u16>(at + offset))) & 0xfff
    Frame.tags++
    type = load<u16>(at + offset, 2)
    offset += 4
    if (Frame.linkHeader != 0) Frame.linkHeader += 4
  }
  Frame.header = offset
  if (type == TYPE_IPV4) {
    Frame.family = 4
    return Reason.NONE
  }
  if (type == TYPE_IPV6) {
    Frame.family = 6
    return Reason.NONE
  }
  return type == TYPE_PPPOE_SESSION ? readPppoe(at, captured, offset) : Reason.NOT_IP
}

/** The packet comes out of a session: of the link around it, the box's firewall sees neither interface nor MACs. */
function readPppoe(at: usize, captured: u32, offset: u32): u32 {
  if (offset + PPPOE_HEADER > captured) return Reason.CUT_IP_HEADER
  if (load<u16>(at + offset) != PPPOE_VERSION_AND_SESSION) return Reason.NOT_IP
  Frame.linkHeader = 0
  Frame.onInterface = false
  return readPpp(at, captured, offset + PPPOE_HEADER)
}
