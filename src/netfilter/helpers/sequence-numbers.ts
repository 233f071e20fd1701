/**
 * TCP's numbers where NAT made a packet's data longer or shorter: what follows is moved on, and acknowledgements of it
 * are moved back. At `at` stand the position of the last change and the offsets before and behind it.
 * Kernel: net/netfilter/nf_conntrack_seqadj.c (v6.18).
 */
import type { Memory } from '../../memory/memory.js'
import type { Packet } from '../../memory/packet.js'
import { changedChecksum } from '../checksum.js'

const SEQUENCE = { position: 0, before: 4, behind: 8 } as const
// From the start of the TCP header.
const SEQ = 4
const ACK = 8
const DATA_OFFSET = 12
const CHECKSUM = 16
const OPTIONS = 20
// Options.
const END = 0
const NOP = 1
const SACK = 5
const SACK_BLOCK = 8

/** The data of a packet with this sequence number became `more` bytes longer. Kernel: nf_ct_seqadj_set(). */
export function noteChange(memory: Memory, at: number, sequence: number, more: number): void {
  const before = memory.u32(at + SEQUENCE.before)
  const behind = memory.u32(at + SEQUENCE.behind)
  // A repeated packet is not a second change.
  if (before !== behind && !isAfter(sequence, memory.u32(at + SEQUENCE.position))) return
  memory.setU32(at + SEQUENCE.position, sequence)
  memory.setU32(at + SEQUENCE.before, behind)
  memory.setU32(at + SEQUENCE.behind, (behind + more) >>> 0)
}

/** By how much numbers at `sequence` are moved. Kernel: nf_ct_seq_offset(). */
export function offsetAt(memory: Memory, at: number, sequence: number): number {
  const isBehind = isAfter(sequence, memory.u32(at + SEQUENCE.position))
  return memory.u32(at + (isBehind ? SEQUENCE.behind : SEQUENCE.before))
}

/** The offset of a number that the other side acknowledges, in which it is contained already. */
function acknowledgedOffset(memory: Memory, at: number, number: number): number {
  return offsetAt(memory, at, (number - memory.u32(at + SEQUENCE.before)) >>> 0)
}

/**
 * Moves the packet's numbers: `own` are its direction's, `other` those of what it acknowledges. False when its TCP
 * options are broken. Kernel: nf_ct_seq_adjust().
 */
export function adjustNumbers(packet: Packet, own: number, other: number): boolean {
  const { memory, at, transport } = packet
  if (!packet.hasTransport(OPTIONS)) return true
  const tcp = at + transport
  const seq = memory.be32(tcp + SEQ)
  const ack = memory.be32(tcp + ACK)
  changeWord(memory, tcp, SEQ, (seq + offsetAt(memory, own, seq)) >>> 0)
  changeWord(memory, tcp, ACK, (ack - acknowledgedOffset(memory, other, ack)) >>> 0)
  return adjustSacks(packet, tcp, other)
}

/** Kernel: nf_ct_sack_adjust(). */
function adjustSacks(packet: Packet, tcp: number, other: number): boolean {
  const { memory, transport } = packet
  const end = (memory.u8(tcp + DATA_OFFSET) >> 4) * 4
  if (!packet.hasTransport(end)) return transport + end > packet.captured
  for (let offset = OPTIONS; offset < end;) {
    const kind = memory.u8(tcp + offset)
    if (kind === END) return true
    if (kind === NOP) {
      offset++
      continue
    }
    const bytes = offset + 1 === end ? 0 : memory.u8(tcp + offset + 1)
    if (bytes < 2 || offset + bytes > end) return false
    if (kind === SACK && bytes >= 2 + SACK_BLOCK && (bytes - 2) % SACK_BLOCK === 0) {
      for (let edge = offset + 2; edge < offset + bytes; edge += 4) {
        const number = memory.be32(tcp + edge)
        changeWord(memory, tcp, edge, (number - acknowledgedOffset(memory, other, number)) >>> 0)
      }
    }
    offset += bytes
  }
  return true
}

/**
 * Writes 32 bits at an offset from the TCP header and takes the change into the checksum, as if it were an even one: at
 * an odd offset the kernel makes the checksum wrong, too. Kernel: inet_proto_csum_replace4().
 */
function changeWord(memory: Memory, tcp: number, offset: number, value: number): void {
  const before = memory.be32(tcp + offset)
  const high = changedChecksum(memory.be16(tcp + CHECKSUM), before >>> 16, value >>> 16)
  memory.setBe16(tcp + CHECKSUM, changedChecksum(high, before & 0xffff, value & 0xffff))
  memory.setBe32(tcp + offset, value)
}

/** Kernel: after(). */
export function isAfter(one: number, other: number): boolean {
  return ((one - other) | 0) > 0
}
