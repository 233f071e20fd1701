/**
 * Registrations: a phone says where it can be called; calls from the registrar are expected there once it has agreed,
 * for as long as it says.
 * Kernel: process_register_request(), process_register_response(), nf_conntrack_sip.c; nf_nat_sip_expect(),
 * nf_nat_sip.c (v6.18).
 */
import { EntryStatus } from '../../../memory/entry.js'
import { sameWords } from '../../nat-tuple.js'
import { readNumber } from '../addresses-in-text.js'
import { type Expectation, expectTo, Follow } from '../expectation.js'
import { Expected } from '../expectation-table.js'
import { SipClass } from './sip-media.js'
import type { SipMessage } from './sip-message.js'
import { printEndpoint } from './sip-nat.js'
import {
  type Endpoint,
  findHeader,
  findUri,
  HEADERS,
  isBroken,
  numberParameter,
  parameter,
  UriWalk,
} from './sip-text.js'

const TCP = 6
const UDP = 17
const MOST_PORT = 65535
const SECOND_NS = 1_000_000_000n

/** False: the packet is dropped. */
export function processRegister(message: SipMessage, number: number): boolean {
  const { packet, text } = message
  // A call that was expected registers nothing.
  if ((packet.entry.status & EntryStatus.Expected) !== 0) return true
  const contact = findUri(text, HEADERS.contact, message.family)
  if (contact === null || contact === 'broken') return contact === null
  const { own, other } = packet.tuples()
  if (!sameWords(own.source, contact.address)) return true
  const behind = contact.offset + contact.length
  const protocol = transportOf(message, behind)
  if (protocol === 0) return true
  const seconds = numberParameter(text, behind, 'expires=')
  if (seconds === 'broken') return false
  if ((seconds?.value ?? expiresOf(message)) !== 0) {
    const expectation: Expectation = {
      ...expectTo(message.family, protocol, other.source, contact.address, contact.port, SipClass.Signalling),
      permanent: true,
      inactive: true,
      helper: packet.entry.helper,
    }
    const passes = packet.isTranslated
      ? expectTranslated(message, expectation, contact)
      : packet.expect(expectation) === Expected.Added
    if (!passes) return false
  }
  message.registerNumber = number
  return true
}

/** False: the packet is dropped. */
export function processRegisterAnswer(message: SipMessage, number: number, code: number): boolean {
  const { packet, text } = message
  // A late answer.
  if (message.registerNumber !== number || (code >= 100 && code <= 199)) return true
  if (code >= 200 && code <= 299) {
    const { own } = packet.tuples()
    const contacts = new UriWalk(HEADERS.contact, message.family)
    for (;;) {
      const contact = contacts.next(text)
      if (contact === 'broken') return false
      if (contact === null) break
      if (!sameWords(own.destination, contact.address)) continue
      const behind = contact.offset + contact.length
      const protocol = transportOf(message, behind)
      if (protocol === 0) continue
      const seconds = numberParameter(text, behind, 'expires=')
      if (seconds === 'broken') return false
      const life = seconds?.value ?? expiresOf(message)
      if (life === 0) break
      if (activate(message, contact, protocol, life)) return true
    }
  }
  const registered = packet.expected().find((at) => classOf(message, at) === SipClass.Signalling)
  if (registered !== undefined) packet.forget(registered)
  return true
}

/** Kernel: refresh_signalling_expectation(). */
function activate(message: SipMessage, { address, port }: Endpoint, protocol: number, seconds: number): boolean {
  const { packet } = message
  const found = packet.expected().find((at) => {
    const { tuple } = packet.expectations.read(at)
    return (
      classOf(message, at) === SipClass.Signalling &&
      sameWords(tuple.destination, address) &&
      tuple.protocol === protocol &&
      tuple.dstPort === port
    )
  })
  if (found === undefined) return false
  packet.expectations.activate(found, packet.asking().nowNs + BigInt(seconds) * SECOND_NS)
  return true
}

function classOf(message: SipMessage, at: number): SipClass {
  return message.packet.expectations.read(at).class
}

/** Kernel: nf_nat_sip_expect(). */
function expectTranslated(message: SipMessage, expectation: Expectation, contact: Endpoint): boolean {
  const { packet } = message
  const { own, other } = packet.tuples()
  const { tuple } = expectation
  const address = sameWords(own.source, other.destination) ? tuple.destination : other.destination
  // Where the phone listens at the port that it sends from, NAT's port leads there.
  const listens = message.forcedPort === 0 ? own.srcPort : message.forcedPort
  for (let port = tuple.dstPort === listens ? other.dstPort : tuple.dstPort; port <= MOST_PORT; port++) {
    const outcome = packet.expect({
      ...expectation,
      tuple: { ...tuple, destination: address, dstPort: port },
      follow: Follow.Sip,
      direction: packet.direction === 0 ? 1 : 0,
      savedAddress: tuple.destination,
      savedPort: tuple.dstPort,
    })
    if (outcome === Expected.Clash) continue
    if (outcome !== Expected.Added) return false
    if (sameWords(address, tuple.destination) && port === tuple.dstPort) return true
    if (message.replace(contact, printEndpoint(address, port))) return true
    packet.unexpect({ ...tuple, destination: address, dstPort: port })
    return false
  }
  return false
}

/** The protocol of `transport=`, the connection's where there is none; 0 for another one. Kernel: ct_sip_parse_transport(). */
function transportOf(message: SipMessage, from: number): number {
  const { protocol } = message.packet.entry
  const named = parameter(message.text, from, 'transport=')?.slice(0, 3).toUpperCase()
  if (named === undefined) return protocol
  const wanted = named === 'TCP' ? TCP : named === 'UDP' ? UDP : 0
  return wanted === protocol ? protocol : 0
}

/** Seconds of the header Expires; 0 without one. */
function expiresOf({ text, family }: SipMessage): number {
  const found = findHeader(text, 0, HEADERS.expires, family)
  return found === null || isBroken(found) ? 0 : readNumber(text, found.offset).value
}
