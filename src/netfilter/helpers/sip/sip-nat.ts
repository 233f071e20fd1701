/**
 * SIP messages rewritten for NAT: wherever an end of the connection is named, it is named as the other side knows it.
 * Kernel: net/netfilter/nf_nat_sip.c (v6.18).
 */
import { printIpv4, printIpv6 } from '../../../ruleset/address.js'
import type { Tuple } from '../../../memory/tuple.js'
import { sameWords } from '../../nat-tuple.js'
import { findSdp, type SdpLine } from './sdp-text.js'
import type { SipMessage } from './sip-message.js'
import {
  addressParameter,
  type Endpoint,
  findHeader,
  findUri,
  HEADERS,
  isBroken,
  numberParameter,
  requestUri,
  type Span,
  UriWalk,
} from './sip-text.js'

const TCP = 6
/** From the UDP header. */
const DST_PORT = 2
const VERSION_NAME = 2

/** False: the packet is dropped. Kernel: nf_nat_sip(). */
export function translateMessage(message: SipMessage, isRequest: boolean): boolean {
  const { family, packet } = message
  if (isRequest) {
    const uri = requestUri(message.text, family)
    if (uri !== null && !mapEndpoint(message, uri)) return false
  }
  if (!translateVia(message, isRequest)) return false
  const contacts = new UriWalk(HEADERS.contact, family)
  for (;;) {
    const contact = contacts.next(message.text)
    if (contact === null || contact === 'broken') break
    if (!mapEndpoint(message, contact)) return false
  }
  for (const header of [HEADERS.from, HEADERS.to]) {
    const uri = findUri(message.text, header, family)
    if (uri !== null && uri !== 'broken' && !mapEndpoint(message, uri)) return false
  }
  const forced = message.forcedPort
  if (packet.direction === 1 && forced !== 0) {
    const own = packet.packet
    own.memory.setBe16(own.at + own.transport + DST_PORT, forced)
    return packet.replaceOnly(0, 0, '')
  }
  return true
}

/** The topmost Via and its parameters, where it names an end of the connection. */
function translateVia(message: SipMessage, isRequest: boolean): boolean {
  const { family, packet } = message
  const header = packet.entry.protocol === TCP ? HEADERS.viaTcp : HEADERS.viaUdp
  const via = findUri(message.text, header, family)
  if (via === null || via === 'broken') return true
  const { own, other } = packet.tuples()
  const [address, port] = isRequest ? [own.source, own.srcPort] : [own.destination, own.dstPort]
  if (!sameWords(via.address, address) || via.port !== port) return true
  const before = message.text.length
  if (!mapEndpoint(message, via)) return false
  const behind = via.offset + via.length + message.text.length - before
  return (
    mapParameter(message, behind, 'maddr=', own.source, other.destination, true) &&
    mapParameter(message, behind, 'received=', own.destination, other.source, false) &&
    mapPort(message, behind, own, other)
  )
}

function mapParameter(
  message: SipMessage,
  from: number,
  name: string,
  before: readonly number[],
  after: readonly number[],
  delimited: boolean,
): boolean {
  const found = addressParameter(message.text, from, name, message.family, true)
  if (found === null || !sameWords(found.address, before) || sameWords(found.address, after)) return true
  return message.replace(found, delimited ? inBrackets(after) : printAddress(after))
}

function mapPort(message: SipMessage, from: number, own: Tuple, other: Tuple): boolean {
  const found = numberParameter(message.text, from, 'rport=')
  if (found === null || found === 'broken') return true
  if (found.value !== own.dstPort || found.value === other.srcPort) return true
  return message.replace(found, `${other.srcPort}`)
}

/** Kernel: map_addr(). */
function mapEndpoint(message: SipMessage, found: Endpoint): boolean {
  const { own, other } = message.packet.tuples()
  let [address, port] = [other.destination, other.dstPort]
  if (!sameWords(found.address, own.source) || found.port !== own.srcPort) {
    if (!sameWords(found.address, own.destination) || found.port !== own.dstPort) return true
    address = other.source
    port = message.forcedPort === 0 ? other.srcPort : message.forcedPort
  }
  if (sameWords(address, found.address) && port === found.port) return true
  return message.replace(found, printEndpoint(address, port))
}

/** Another port of a media stream. Kernel: nf_nat_sdp_port(). */
export function writePort(message: SipMessage, span: Span, port: number): boolean {
  return message.replace(span, `${port}`) && writeLength(message)
}

/** Another address of a media stream. Kernel: nf_nat_sdp_addr(). */
export function writeConnection(message: SipMessage, from: number, address: readonly number[]): boolean {
  return writeSdp(message, from, 'connection', address) === true && writeLength(message)
}

/** Other addresses of the whole session. Kernel: nf_nat_sdp_session(). */
export function writeSession(message: SipMessage, from: number, address: readonly number[]): boolean {
  if (writeSdp(message, from, 'owner', address) !== true) return false
  return writeSdp(message, from, 'connection', address) !== false && writeLength(message)
}

/** Null: there is no such line. */
function writeSdp(message: SipMessage, from: number, line: SdpLine, address: readonly number[]): boolean | null {
  const found = findSdp(message.text, from, line, 'media', message.family)
  if (found === null || found === 'broken') return null
  return message.replace(found, printAddress(address))
}

/** Kernel: mangle_content_len(). */
function writeLength(message: SipMessage): boolean {
  const { text, family } = message
  const version = findSdp(text, 0, 'version', null, family)
  const length = findHeader(text, 0, HEADERS.contentLength, family)
  if (version === null || version === 'broken' || length === null || isBroken(length)) return false
  return message.replace(length, `${text.length - version.offset + VERSION_NAME}`)
}

export function printEndpoint(address: readonly number[], port: number): string {
  return `${inBrackets(address)}:${port}`
}

function inBrackets(address: readonly number[]): string {
  return address.length === 1 ? printIpv4(address[0]) : `[${printIpv6(address)}]`
}

function printAddress(address: readonly number[]): string {
  return address.length === 1 ? printIpv4(address[0]) : printIpv6(address)
}
