/**
 * PPP, RFC 1661 and 1662: a protocol field of two bytes, or one when compressed, with or without the HDLC address
 * and control bytes in front. Fills `Frame`.
 */
import { Reason } from '../layout/reason'
import { Frame } from './frame'

const PROTOCOL_IPV4: u32 = 0x0021
const PROTOCOL_IPV6: u32 = 0x0057
/** Address and control of an HDLC frame, as they lie in memory. */
const ALL_STATIONS_UNNUMBERED: u16 = 0x03ff

/** A frame that may begin with address and control bytes. */
export function readPppFrame(at: usize, captured: u32): u32 {
  const hdlc = captured >= 2 && load<u16>(at) == ALL_STATIONS_UNNUMBERED
  return readPpp(at, captured, hdlc ? 2 : 0)
}

/** Reads on from the protocol field at `offset`. */
export function readPpp(at: usize, captured: u32, offset: u32): u32 {
  if (offset + 1 > captured) return Reason.CUT_IP_HEADER
  let protocol = <u32>load<u8>(at + offset++)
  // Protocol numbers end in an odd byte: when the first one is odd, it is the only one.
  if ((protocol & 1) == 0) {
    if (offset + 1 > captured) return Reason.CUT_IP_HEADER
    protocol = (protocol << 8) | load<u8>(at + offset++)
  }
  Frame.header = offset
  if (protocol == PROTOCOL_IPV4) Frame.family = 4
  else if (protocol == PROTOCOL_IPV6) Frame.family = 6
  else return Reason.NOT_IP
  return Reason.NONE
}
