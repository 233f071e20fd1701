/**
 * Other bytes in place of some of a packet's payload: what follows moves, lengths and checksums are written anew.
 * Kernel: mangle_contents(), nf_nat_csum_recalc(), net/netfilter/nf_nat_helper.c, nf_nat_proto.c (v6.18).
 */
import { setPacketLength } from '../../extensions/tcp-header.js'
import type { Packet } from '../../memory/packet.js'
import { addWords, foldChecksum, pseudoHeader } from '../checksum.js'

const TCP = 6
const UDP = 17
/** Of the checksum, from the start of the transport header. */
const TCP_CHECKSUM = 16
const UDP_CHECKSUM = 6
const UDP_LENGTH = 4

/** `offset` counts from the IP header; the packet does not grow too long. A packet that grows moves where there is room. */
export function replacePayload(packet: Packet, offset: number, length: number, bytes: Uint8Array): void {
  const { memory, skb, at, captured } = packet
  const more = bytes.length - length
  let target = at
  if (more > 0 && at !== packet.room && packet.room !== 0) {
    target = packet.room
    memory.bytes.copyWithin(target, at, at + Math.min(offset, captured))
  }
  const end = Math.min(captured, packet.length)
  if (offset + length < end) {
    memory.bytes.copyWithin(target + offset + bytes.length, at + offset + length, at + end)
  }
  // Of what the snap length cut off, there is nothing to rewrite.
  if (offset < end) memory.bytes.set(bytes.subarray(0, Math.max(0, end + more - offset)), target + offset)
  skb.packet = target
  if (more !== 0) setPacketLength(packet, packet.length + more)
  writeChecksum(packet)
}

function writeChecksum(packet: Packet): void {
  const { memory, at, family, transport, protocol, length } = packet
  const header = at + transport
  const bytes = length - transport
  if (protocol === UDP) {
    memory.setBe16(header + UDP_LENGTH, bytes)
    if (memory.be16(header + UDP_CHECKSUM) === 0) return
  }
  const checksum = header + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM)
  memory.setBe16(checksum, 0)
  const there = Math.min(bytes, packet.captured - transport)
  const sum = foldChecksum(addWords(memory, header, there, pseudoHeader(memory, at, family, protocol, bytes)))
  memory.setBe16(checksum, protocol === UDP && sum === 0 ? 0xffff : sum)
}
