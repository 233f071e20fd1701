/**
 * Linux cooked captures, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: the kernel's own packet type, who sent it, and
 * an EtherType. Fills `Frame`.
 *
 *   SLL    packet type 2 | ARPHRD 2 | address length 2 | address 8 | EtherType 2
 *   SLL2   EtherType 2 | 2 | interface 4 | ARPHRD 2 | packet type 1 | address length 1 | address 8
 */
import { PacketType } from '../layout/descriptor'
import { Reason } from '../layout/reason'
import { Direction } from '../layout/record'
import { readEtherType } from './ethertype'
import { Frame } from './frame'

const SLL_HEADER: u32 = 16
const SLL2_HEADER: u32 = 20
const MAC_LENGTH: u32 = 6
/** The part of each header in which the sender's address stands six bytes from the start, as it does in Ethernet's. */
const SLL_AS_ETHERNET: u32 = 16
const SLL2_AS_ETHERNET: u32 = 14

export function readSll(at: usize, captured: u32): u32 {
  if (captured < SLL_HEADER) return Reason.CUT_IP_HEADER
  notePacketType(<u32>bswap<u16>(load<u16>(at)))
  if (<u32>bswap<u16>(load<u16>(at, 4)) == MAC_LENGTH) Frame.linkHeader = SLL_AS_ETHERNET
  return readEtherType(load<u16>(at, 14), at, captured, SLL_HEADER)
}

export function readSll2(at: usize, captured: u32): u32 {
  if (captured < SLL2_HEADER) return Reason.CUT_IP_HEADER
  notePacketType(load<u8>(at, 10))
  Frame.kernelIndex = bswap<u32>(load<u32>(at, 4))
  if (<u32>load<u8>(at, 11) == MAC_LENGTH) Frame.linkHeader = SLL2_AS_ETHERNET
  return readEtherType(load<u16>(at), at, captured, SLL2_HEADER)
}

function notePacketType(type: u32): void {
  if (type <= PacketType.OTHERHOST) Frame.packetType = <u8>type
  if (Frame.direction != Direction.UNKNOWN) return
  Frame.direction = type == PacketType.OUTGOING ? Direction.OUT : Direction.IN
}
