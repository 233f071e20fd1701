/**
 * From a link type to its reader. Numbers are LINKTYPE_ values of the pcap registry (www.tcpdump.org/linktypes.html).
 * Fills `Frame`: where the IP header is, and what the link says of the packet.
 */
import { Reason } from '../layout/reason'
import { readEthernet } from './ethernet'
import { Frame } from './frame'
import { readPppFrame } from './ppp'
import { readSll, readSll2 } from './sll'

/** Numbers of raw IP: DLT_RAW of two systems, and LINKTYPE_RAW. */
const RAW_BSD: u32 = 12
const RAW_OPENBSD: u32 = 14
export namespace LinkType {
  export const NULL: u32 = 0
  export const ETHERNET: u32 = 1
  export const PPP: u32 = 9
  export const RAW: u32 = 101
  export const LOOP: u32 = 108
  export const LINUX_SLL: u32 = 113
  export const IPV4: u32 = 228
  export const IPV6: u32 = 229
  export const LINUX_SLL2: u32 = 276
}

/** Finds the IP header in the `captured` bytes at `at`; `Reason.NONE`, or why there is none. */
export function readLink(linkType: u32, at: usize, captured: u32, ownMac: u64): u32 {
  switch (linkType) {
    case LinkType.ETHERNET:
      return readEthernet(at, captured, ownMac)
    case LinkType.LINUX_SLL:
      return readSll(at, captured)
    case LinkType.LINUX_SLL2:
      return readSll2(at, captured)
    case LinkType.RAW:
    case RAW_BSD:
    case RAW_OPENBSD:
      return Reason.NONE
    case LinkType.IPV4:
      Frame.family = 4
      return Reason.NONE
    case LinkType.IPV6:
      Frame.family = 6
      return Reason.NONE
    case LinkType.NULL:
    case LinkType.LOOP:
      return readAddressFamily(at, captured)
    case LinkType.PPP:
      return readPppFrame(at, captured)
    default:
      return Reason.LINK_TYPE
  }
}

/** BSD loopback: AF_ value of the capturing system, in its byte order (NULL) or in network order (LOOP). */
function readAddressFamily(at: usize, captured: u32): u32 {
  if (captured < 4) return Reason.CUT_IP_HEADER
  const word = load<u32>(at)
  Frame.header = 4
  switch (word > 0xffff ? bswap<u32>(word) : word) {
    case 2:
      Frame.family = 4
      return Reason.NONE
    case 10: // Linux
    case 23: // Windows
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      Frame.family = 6
      return Reason.NONE
    default:
      return Reason.NOT_IP
  }
}
