/**
 * The helper of SIP: calls announce where their audio, video and images go, registrations where calls come in.
 * Kernel: net/netfilter/nf_conntrack_sip.c (v6.18), with the module's default parameters: media between the two ends of
 * the connection only, calls from the registrar only.
 */
import { sameWords } from '../../nat-tuple.js'
import { readNumber } from '../addresses-in-text.js'
import type { Helper } from '../helper.js'
import type { HelpedPacket } from '../helped-packet.js'
import { flushMedia, processSdp } from './sip-media.js'
import { SipMessage } from './sip-message.js'
import { translateMessage } from './sip-nat.js'
import { processRegister, processRegisterAnswer } from './sip-register.js'
import { findHeader, findUri, HEADERS, isBroken } from './sip-text.js'

const TCP = 6
/** Kernel: SIP_TIMEOUT. */
const MASTER_SECONDS = 3600
const ANSWER = 'SIP/2.0 '
const SHORTEST = 'SIP/2.0 200'.length
const HEADERS_END = '\r\n\r\n'

interface Method {
  readonly name: string
  request(message: SipMessage, number: number): boolean
  /** Null: answers say nothing new. */
  readonly answer: ((message: SipMessage, number: number, code: number) => boolean) | null
}

/** Answers to what describes a session describe one, too, or end it. */
function answerSession(message: SipMessage, number: number, code: number): boolean {
  if (code >= 100 && code <= 299) return processSdp(message)
  if (message.inviteNumber === number) flushMedia(message)
  return true
}

const METHODS: readonly Method[] = [
  {
    name: 'INVITE',
    request: (message, number) => {
      flushMedia(message)
      if (!processSdp(message)) return false
      message.inviteNumber = number
      return true
    },
    answer: answerSession,
  },
  { name: 'UPDATE', request: processSdp, answer: answerSession },
  { name: 'ACK', request: processSdp, answer: null },
  { name: 'PRACK', request: processSdp, answer: answerSession },
  {
    name: 'BYE',
    request: (message) => {
      flushMedia(message)
      return true
    },
    answer: null,
  },
  { name: 'REGISTER', request: processRegister, answer: processRegisterAnswer },
]

export const sip: Helper = {
  name: 'sip',
  policies: [
    { most: 1, seconds: 180 },
    { most: 4, seconds: 180 },
    { most: 4, seconds: 180 },
    { most: 2, seconds: 180 },
  ],

  help(packet) {
    const isTcp = packet.entry.protocol === TCP
    if ((isTcp && !packet.isEstablished) || packet.payloadBytes === 0) return true
    packet.refresh(MASTER_SECONDS)
    const text = packet.payload()
    if (text.length < SHORTEST) return true
    return isTcp ? helpStream(packet, text) : helpMessage(new SipMessage(packet, 0, text))
  },
}

/** All whole messages of a segment, told apart by Content-Length. Kernel: sip_help_tcp(). */
function helpStream(packet: HelpedPacket, text: string): boolean {
  let rest = text
  let start = 0
  let longer = 0
  let passes = true
  while (passes) {
    const length = findHeader(rest, 0, HEADERS.contentLength, packet.packet.family)
    if (length === null || isBroken(length)) break
    const body = readNumber(rest, length.offset)
    if (rest.slice(body.end, body.end + HEADERS_END.length) !== HEADERS_END) break
    const end = body.end + HEADERS_END.length + body.value
    if (end > rest.length) break
    const message = new SipMessage(packet, start, rest.slice(0, end))
    passes = helpMessage(message)
    longer += message.text.length - end
    start += message.text.length
    rest = rest.slice(end)
  }
  if (passes && longer !== 0) packet.shift(longer)
  return passes
}

/** Kernel: process_sip_msg(). */
function helpMessage(message: SipMessage): boolean {
  const isAnswer = message.text.slice(0, ANSWER.length).toUpperCase() === ANSWER
  if (!(isAnswer ? processAnswer(message) : processRequest(message))) return false
  return !message.packet.isTranslated || translateMessage(message, !isAnswer)
}

function processRequest(message: SipMessage): boolean {
  const { text, family, packet } = message
  const { own } = packet.tuples()
  const via = findUri(text, HEADERS.viaUdp, family)
  if (via !== null && via !== 'broken' && via.port !== own.srcPort && sameWords(via.address, own.source)) {
    message.forcedPort = via.port
  }
  const method = METHODS.find(({ name }) => text.slice(0, name.length).toUpperCase() === name)
  if (method === undefined) return true
  const number = numberOf(message)
  return number !== null && method.request(message, number.value)
}

function processAnswer(message: SipMessage): boolean {
  const { text } = message
  if (text.length < SHORTEST) return true
  const code = readNumber(text, ANSWER.length).value
  const number = code === 0 ? null : numberOf(message)
  if (number === null) return false
  const method = METHODS.find(
    ({ name, answer }) =>
      answer !== null && text.slice(number.end + 1, number.end + 1 + name.length).toUpperCase() === name,
  )
  return method?.answer?.(message, number.value, code) ?? true
}

/** CSeq; null: the packet is dropped. */
function numberOf({ text, family }: SipMessage): { readonly value: number; readonly end: number } | null {
  const found = findHeader(text, 0, HEADERS.cseq, family)
  if (found === null || isBroken(found)) return null
  return readNumber(text, found.offset)
}
