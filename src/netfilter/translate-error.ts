/**
 * ICMP errors about translated connections: the packet inside is turned back into what its sender sent, and the error
 * comes from and goes to where such a packet would.
 * Kernel: nf_nat_icmp_reply_translation(), nf_nat_icmpv6_reply_translation(), net/netfilter/nf_nat_proto.c (v6.18).
 */
import type { DataPlane } from '../memory/data-plane.js'
import { EntryStatus, type EntryView } from '../memory/entry.js'
import type { Packet } from '../memory/packet.js'
import { addWords, foldChecksum, pseudoHeader } from './checksum.js'
import { invertTuple, type Manip, originalTuple, replyTuple } from './nat-tuple.js'
import { isTranslatable, type PacketBytes, translate } from './translate.js'

const ICMP = 1
const ICMPV6 = 58
const ICMP_HEADER = 8
/** As much as is needed of the transport header inside, for ICMP, TCP, UDP, GRE, ICMPv6, SCTP, UDP-Lite. */
const QUOTED_TRANSPORT = 8
const WITH_HEADER = new Set([ICMP, 6, 17, 47, ICMPV6, 132, 136])
const REDIRECT: Readonly<Record<4 | 6, number>> = { 4: 5, 6: 137 }
const DONE = EntryStatus.SrcNatDone | EntryStatus.DstNatDone
const TRANSLATED = EntryStatus.SrcNat | EntryStatus.DstNat
const FRAGMENT_HEADER = 44
const AUTHENTICATION_HEADER = 51
/** Hop-by-hop options, routing, fragment, authentication, destination options. */
const EXTENSIONS = new Set([0, 43, FRAGMENT_HEADER, AUTHENTICATION_HEADER, 60])

/**
 * Translates the error; `changed` says whether this end of it is one that NAT changes. False when it is dropped: its
 * checksum is wrong, it redirects a translated connection, or it quotes too little to be translated.
 */
export function translateError(
  plane: DataPlane,
  packet: Packet,
  entry: EntryView,
  manip: Manip,
  reply: boolean,
  changed: boolean,
): boolean {
  const { memory, at, transport, family } = packet
  const whole = packet.captured >= packet.length
  const icmp = at + transport
  if (whole && icmpSum(packet) !== 0) return false
  if (memory.u8(icmp) === REDIRECT[family]) {
    if ((entry.status & DONE) !== DONE || (entry.status & TRANSLATED) !== 0) return false
  }
  if (!changed) return true
  const other = reply ? originalTuple(entry) : replyTuple(entry)
  const end = at + Math.min(packet.captured, packet.length)
  const quoted = { ...quotedPacket(packet, icmp + ICMP_HEADER, end), whole }
  const quotedEnd = quoted.at + quoted.transport + QUOTED_TRANSPORT
  if (WITH_HEADER.has(quoted.protocol) && quotedEnd > at + packet.length) return false
  const inner = manip === 'source' ? 'destination' : 'source'
  if (!isTranslatable(memory, quoted, inner)) return false
  translate(plane, quoted, other, inner)
  if (whole) {
    memory.setBe16(icmp + 2, 0)
    memory.setBe16(icmp + 2, icmpSum(packet))
  }
  translate(plane, { family, at, transport, protocol: packet.protocol, end, whole }, invertTuple(other), manip)
  return true
}

/** 0 when the checksum in the message is right; of a message whose checksum is 0, what it must be. */
export function icmpSum({ memory, at, family, transport, length }: Packet): number {
  const bytes = length - transport
  const start = family === 4 ? 0 : pseudoHeader(memory, at, 6, ICMPV6, bytes)
  return foldChecksum(addWords(memory, at + transport, bytes, start))
}

/** The packet that the message holds from `at` on. */
export function quotedPacket({ memory, family }: Packet, at: number, end: number): Omit<PacketBytes, 'whole'> {
  if (family === 4) {
    return { family, at, transport: (memory.u8(at) & 15) * 4, protocol: memory.u8(at + 9), end }
  }
  let protocol = memory.u8(at + 6)
  let transport = 40
  while (EXTENSIONS.has(protocol) && at + transport + 8 <= end) {
    const size = memory.u8(at + transport + 1)
    const next = memory.u8(at + transport)
    transport += protocol === FRAGMENT_HEADER ? 8 : protocol === AUTHENTICATION_HEADER ? (size + 2) * 4 : (size + 1) * 8
    protocol = next
  }
  return { family, at, transport, protocol, end }
}

/** True for a message of the protocol that carries errors in the packet's family. */
export function isErrorProtocol(packet: Packet): boolean {
  return packet.protocol === (packet.family === 4 ? ICMP : ICMPV6)
}
