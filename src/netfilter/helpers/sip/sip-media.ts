/**
 * Media streams of a call: each is expected at the port that the session description names (RTP), and at the next one
 * (RTCP).
 * Kernel: process_sdp(), set_expected_rtp_rtcp(), nf_conntrack_sip.c; nf_nat_sdp_media(), nf_nat_sip.c (v6.18).
 */
import type { Tuple } from '../../../memory/tuple.js'
import { sameWords } from '../../nat-tuple.js'
import { readNumber } from '../addresses-in-text.js'
import { type Expectation, expectTo, Follow } from '../expectation.js'
import { Expected } from '../expectation-table.js'
import { findSdp, findSdpAddress } from './sdp-text.js'
import type { SipMessage } from './sip-message.js'
import { writeConnection, writePort, writeSession } from './sip-nat.js'
import type { Span } from './sip-text.js'

const UDP = 17
const LEAST_PORT = 1024
const MOST_PORT = 65535

/** Classes of expectations. Kernel: enum sip_expectation_classes. */
export enum SipClass {
  Signalling = 0,
  Audio = 1,
  Video = 2,
  Image = 3,
}

const MEDIA: readonly { readonly name: string; readonly class: SipClass }[] = [
  { name: 'audio ', class: SipClass.Audio },
  { name: 'video ', class: SipClass.Video },
  { name: 'image ', class: SipClass.Image },
]

/** False: the packet is dropped. */
export function processSdp(message: SipMessage): boolean {
  const { packet, family } = message
  const version = findSdp(message.text, 0, 'version', null, family)
  if (version === null || version === 'broken') return true
  const session = findSdpAddress(message.text, version.offset, family)
  let at = version.offset
  let address: readonly number[] | null = null
  for (let streams = 0; streams < MEDIA.length;) {
    const media = findSdp(message.text, at, 'media', null, family)
    if (media === null || media === 'broken') break
    const type = MEDIA.find(({ name }) => media.length >= name.length && message.text.startsWith(name, media.offset))
    if (type === undefined) {
      at = media.offset + media.length
      continue
    }
    at = media.offset + type.name.length
    const port = readNumber(message.text, at).value
    // An inactive stream.
    if (port === 0) continue
    if (port < LEAST_PORT || port > MOST_PORT) return false
    const own = findSdpAddress(message.text, at, family)
    const named = own?.address ?? session?.address
    if (named === undefined) return false
    address = expectStream(message, named, port, type.class, { offset: at, length: media.length - type.name.length })
    if (address === null) return false
    if (own !== null && packet.isTranslated && !writeConnection(message, at, address)) return false
    streams++
  }
  return address === null || !packet.isTranslated || writeSession(message, version.offset, address)
}

/** The stream's address as the other side is to know it; null: the packet is dropped. */
function expectStream(
  message: SipMessage,
  address: readonly number[],
  port: number,
  sipClass: SipClass,
  span: Span,
): readonly number[] | null {
  const { packet } = message
  const { own, other } = packet.tuples()
  if (!sameWords(address, own.source)) return address
  const known = knownStream(
    message,
    { ...other, protocol: UDP, destination: address, srcPort: 0, dstPort: port },
    sipClass,
  )
  const { tuple, direct, skip } = known
  const rtp = tuple.dstPort & ~1
  if (direct && !writePort(message, span, rtp)) return null
  if (skip) return tuple.destination
  const expected = (at: number): Expectation =>
    expectTo(message.family, UDP, other.source, tuple.destination, at, sipClass)
  if (packet.isTranslated && !direct) return expectTranslated(message, expected(rtp), span)
  const first = packet.expect(expected(rtp), true)
  if (first !== Expected.Added && first !== Expected.Already) return null
  const second = packet.expect(expected(rtp + 1), true)
  if (second === Expected.Added || second === Expected.Already) return tuple.destination
  if (first === Expected.Added) packet.unexpect(expected(rtp).tuple)
  return null
}

/**
 * Another connection may expect the same stream: a call that several phones hear of. Behind NAT, both sides are taken
 * to reach each other directly, where the stream really goes.
 */
function knownStream(
  message: SipMessage,
  wanted: Tuple,
  sipClass: SipClass,
): { readonly tuple: Tuple; readonly direct: boolean; readonly skip: boolean } {
  const { packet } = message
  let tuple = wanted
  let direct = false
  for (;;) {
    const at = packet.expectations.find(tuple, packet.asking(), true)
    if (at === 0) return { tuple, direct, skip: false }
    const { class: own, savedAddress, savedPort, tuple: theirs } = packet.expectations.read(at)
    if (!packet.isOfSameHelper(at) || own !== Number(sipClass)) return { tuple, direct, skip: false }
    const moved = !sameWords(savedAddress, theirs.destination) || savedPort !== theirs.dstPort
    if (direct || !moved || !packet.isTranslated) return { tuple, direct, skip: true }
    tuple = { ...wanted, destination: savedAddress, dstPort: savedPort }
    direct = true
  }
}

/** Kernel: nf_nat_sdp_media(). */
function expectTranslated(message: SipMessage, rtp: Expectation, span: Span): readonly number[] | null {
  const { packet } = message
  const { own, other } = packet.tuples()
  const address = sameWords(own.source, other.destination) ? rtp.tuple.destination : other.destination
  const at = (port: number, saved: number): Expectation => ({
    ...rtp,
    tuple: { ...rtp.tuple, destination: address, dstPort: port },
    follow: Follow.Sip,
    direction: packet.direction === 0 ? 1 : 0,
    savedAddress: rtp.tuple.destination,
    savedPort: saved,
  })
  const saved = rtp.tuple.dstPort
  for (let port = saved; port < MOST_PORT; port += 2) {
    const first = packet.expect(at(port, saved), true)
    if (first === Expected.Clash) continue
    if (first !== Expected.Added) return null
    const second = packet.expect(at(port + 1, saved + 1), true)
    if (second === Expected.Added) {
      if (port === saved || writePort(message, span, port)) return address
      packet.unexpect(at(port, saved).tuple)
      packet.unexpect(at(port + 1, saved + 1).tuple)
      return null
    }
    packet.unexpect(at(port, saved).tuple)
    if (second !== Expected.Clash) return null
  }
  return null
}

/** What the connection expects of media is over. Kernel: flush_expectations(). */
export function flushMedia(message: SipMessage): void {
  const { packet } = message
  for (const at of packet.expected()) {
    if (packet.expectations.read(at).class !== Number(SipClass.Signalling)) packet.forget(at)
  }
}
