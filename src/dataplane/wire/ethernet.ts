/**
 * Ethernet, IEEE 802.3: destination, source, EtherType. Fills `Frame`, packet type and direction included.
 */
import { PacketType } from '../layout/descriptor'
import { Reason } from '../layout/reason'
import { Direction } from '../layout/record'
import { readEtherType } from './ethertype'
import { Frame } from './frame'

export const ETHERNET_HEADER: u32 = 14
const SRC: usize = 6
const TYPE: usize = 12
/** Smaller values of the type field are the length of an 802.3 frame. */
const FIRST_ETHERTYPE: u16 = 0x0600

/** The six bytes of a MAC address, as loaded from memory. */
export const MAC_MASK: u64 = 0xffffffffffff

/** `own`: the capture interface's own address as loaded from memory, or 0 when unknown. */
export function readEthernet(at: usize, captured: u32, own: u64): u32 {
  if (captured < ETHERNET_HEADER) return Reason.CUT_IP_HEADER
  const dst = load<u64>(at) & MAC_MASK
  Frame.linkHeader = ETHERNET_HEADER
  Frame.packetType = packetType(dst, own)
  Frame.direction = directionOf(Frame.direction, at, own)
  const type = load<u16>(at, TYPE)
  if (bswap<u16>(type) < FIRST_ETHERTYPE) return Reason.NOT_IP
  return readEtherType(type, at, captured, ETHERNET_HEADER)
}

/** The direction that the reader knew, or else what the interface's own address says. Requires a whole header. */
@inline
export function directionOf(known: u8, at: usize, own: u64): u8 {
  if (known != Direction.UNKNOWN || own == 0) return known
  if ((load<u64>(at, SRC) & MAC_MASK) == own) return Direction.OUT
  return (load<u64>(at) & MAC_MASK) == own ? Direction.IN : Direction.UNKNOWN
}

/** Kernel: eth_type_trans(), net/ethernet/eth.c. */
@inline
function packetType(dst: u64, own: u64): u8 {
  if ((dst & 1) != 0) return dst == MAC_MASK ? PacketType.BROADCAST : PacketType.MULTICAST
  return own == 0 || dst == own ? PacketType.HOST : PacketType.OTHERHOST
}
