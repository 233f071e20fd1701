/**
 * SIP messages as text, a character a byte: where headers begin, and what in them is an address, a number, a parameter.
 * Lines end with CR, LF or both, and go on where the next one begins with a blank. Nothing is read beyond the message.
 * Kernel: ct_sip_get_header() and those around it, net/netfilter/nf_conntrack_sip.c (v6.18). Seen on 6.18.44: a port that
 * is none makes the address none, and numbers are decimal; the source of older kernels drops packets for the first, and
 * reads 0x10 as 16.
 */
import { readAddress, readNumber } from '../addresses-in-text.js'

/** A piece of the message. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** An address and port as a message names them. */
export interface Endpoint extends Span {
  readonly address: readonly number[]
  readonly port: number
}

export type Family = 4 | 6

/** `broken`: the header is there, but not what belongs in it. */
export type Found<Value> = Value | 'broken' | null

interface Header {
  readonly name: string
  /** Short form of its name, or null. */
  readonly compact: string | null
  /** What it is for begins behind this, if it is not empty. */
  readonly search: string
  readonly kind: 'digits' | 'address' | 'uri'
}

export const HEADERS = {
  cseq: { name: 'cseq', compact: null, search: '', kind: 'digits' },
  from: { name: 'from', compact: 'f', search: 'sip:', kind: 'uri' },
  to: { name: 'to', compact: 't', search: 'sip:', kind: 'uri' },
  contact: { name: 'contact', compact: 'm', search: 'sip:', kind: 'uri' },
  viaUdp: { name: 'via', compact: 'v', search: 'udp ', kind: 'address' },
  viaTcp: { name: 'via', compact: 'v', search: 'tcp ', kind: 'address' },
  expires: { name: 'expires', compact: null, search: '', kind: 'digits' },
  contentLength: { name: 'content-length', compact: 'l', search: '', kind: 'digits' },
} as const satisfies Record<string, Header>

const DEFAULT_PORT = 5060
const LEAST_PORT = 1024
const MOST_PORT = 65535
const MOST_NUMBER = 0xffffffff

/** What the header holds, from `from` on in the message. Kernel: ct_sip_get_header(). */
export function findHeader(text: string, from: number, header: Header, family: Family): Span | BrokenAt | null {
  for (let at = from; at < text.length; at++) {
    if (!isLineEnd(text, at)) continue
    at += text.startsWith('\r\n', at) ? 2 : 1
    if (at >= text.length) return null
    if (isBlank(text, at)) continue
    const name = nameLength(text, at, header)
    if (name === 0) continue
    let value = skipBlanks(text, at + name)
    if (value < 0 || text[value] !== ':' || value + 1 >= text.length) return null
    value = skipBlanks(text, value + 1)
    if (value < 0) return null
    return valueOf(text, value, header, family)
  }
  return null
}

/** The header's value cannot be read; the search for another one goes on behind `brokenAt`. */
export interface BrokenAt {
  readonly brokenAt: number
}

export function isBroken(found: Span | BrokenAt | null): found is BrokenAt {
  return found !== null && 'brokenAt' in found
}

function valueOf(text: string, start: number, header: Header, family: Family): Span | BrokenAt {
  const found = header.search === '' ? start : searchHeader(text, start, text.length, header.search)
  if (found < 0) return { brokenAt: start }
  return spanAt(text, found + header.search.length, header, family) ?? { brokenAt: start }
}

function spanAt(text: string, start: number, { kind }: Header, family: Family): Span | null {
  const offset = kind === 'uri' ? behindUser(text, start) : start
  const length =
    kind === 'digits' ? readNumber(text, start).end - start : (readEndpoint(text, offset, family)?.length ?? 0)
  return length === 0 ? null : { offset, length }
}

/** The next value in a list of the header, behind the comma that follows `from`. Kernel: ct_sip_next_header(). */
function nextInList(text: string, from: number, header: Header, family: Family): Span | BrokenAt | null {
  const comma = searchHeader(text, from, text.length, ',')
  const found = comma < 0 ? -1 : searchHeader(text, comma, text.length, header.search)
  if (found < 0) return null
  const start = found + header.search.length
  return spanAt(text, start, header, family) ?? { brokenAt: start }
}

/** Goes through all values of a header. Kernel: ct_sip_walk_headers(), ct_sip_parse_header_uri(). */
export class UriWalk {
  private at = 0
  private inHeader = false

  constructor(
    private readonly header: Header,
    private readonly family: Family,
  ) {}

  /** The next one; `broken` where it is no address or a port that is none. */
  next(text: string): Found<Endpoint> {
    const span = this.nextSpan(text)
    if (span === null) return null
    const endpoint = readEndpoint(text, span.offset, this.family)
    if (endpoint === null) return 'broken'
    this.at = endpoint.offset + endpoint.length
    return endpoint
  }

  private nextSpan(text: string): Span | null {
    while (this.inHeader) {
      const found = nextInList(text, this.at, this.header, this.family)
      if (found === null) this.inHeader = false
      else if (isBroken(found)) this.at = found.brokenAt
      else return found
    }
    for (;;) {
      const found = findHeader(text, this.at, this.header, this.family)
      if (found === null) return null
      if (!isBroken(found)) {
        this.inHeader = true
        return found
      }
      this.at = found.brokenAt
    }
  }
}

/** The first value of the header. */
export function findUri(text: string, header: Header, family: Family): Found<Endpoint> {
  return new UriWalk(header, family).next(text)
}

/** The address in a request's first line. Kernel: ct_sip_parse_request(). */
export function requestUri(text: string, family: Family): Endpoint | null {
  const method = wordLength(text, 0)
  if (method === 0) return null
  const end = text.slice(method + 1).search(/[\r\n]/)
  const line = end < 0 ? text : text.slice(0, method + 1 + end)
  const found = line.toLowerCase().indexOf('sip:', method + 1)
  return found < 0 ? null : readEndpoint(text, behindUser(text, found + 4), family)
}

function readEndpoint(text: string, offset: number, family: Family): Endpoint | null {
  const read = readDelimited(text, offset, family)
  if (read === null) return null
  if (text[read.end] !== ':') return { address: read.value, port: DEFAULT_PORT, offset, length: read.end - offset }
  const digits = /^\d{1,5}(?!\d)/.exec(text.slice(read.end + 1, read.end + 7))?.[0] ?? ''
  const port = Number(digits)
  if (port < LEAST_PORT || port > MOST_PORT) return null
  return { address: read.value, port, offset, length: read.end + 1 + digits.length - offset }
}

/** The last answer of `userEnd`: a message of nothing but URIs is not gone through for each of them. */
let lastSearch = { text: '', start: 0, end: 0 }

/** Where the host of a URI begins, behind `user@`. */
function behindUser(text: string, start: number): number {
  const end = userEnd(text, start)
  return text[end] === '@' ? end + 1 : start
}

/** The next `@`, or the end of the line or of the text. */
function userEnd(text: string, start: number): number {
  const last = lastSearch
  if (last.text === text && last.start <= start && start <= last.end) return last.end
  let end = start
  while (end < text.length && text[end] !== '@' && !isLineEnd(text, end)) end++
  lastSearch = { text, start, end }
  return end
}

/** IPv6 addresses stand in brackets. Kernel: sip_parse_addr(). */
function readDelimited(text: string, start: number, family: Family): ReturnType<typeof readAddress> {
  if (family === 4) return readAddress(text, start, text.length, 4)
  const read = text[start] === '[' ? readAddress(text, start + 1, text.length, 6) : null
  return read === null || text[read.end] !== ']' ? null : { ...read, end: read.end + 1 }
}

/** The address of a parameter such as `maddr=`, of the value at `from`. Kernel: ct_sip_parse_address_param(). */
export function addressParameter(
  text: string,
  from: number,
  name: string,
  family: Family,
  delimited: boolean,
): (Span & { readonly address: readonly number[] }) | null {
  const start = parameterAt(text, from, name)
  if (start < 0) return null
  const read = delimited ? readDelimited(text, start, family) : readLoose(text, start, family)
  return read === null ? null : { address: read.value, offset: start, length: read.end - start }
}

function readLoose(text: string, start: number, family: Family): ReturnType<typeof readAddress> {
  const opened = family === 6 && text[start] === '[' ? 1 : 0
  const read = readAddress(text, start + opened, text.length, family)
  return read !== null && family === 6 && text[read.end] === ']' ? { ...read, end: read.end + 1 } : read
}

/** A parameter that is a number of 32 bits. Kernel: ct_sip_parse_numerical_param(). */
export function numberParameter(text: string, from: number, name: string): Found<Span & { readonly value: number }> {
  const start = parameterAt(text, from, name)
  if (start < 0) return null
  const digits = /^\d*/.exec(text.slice(start))?.[0] ?? ''
  if (digits === '' || Number(digits) > MOST_NUMBER) return 'broken'
  return { value: Number(digits), offset: start, length: digits.length }
}

/** The text of a parameter, up to the next one. Kernel: ct_sip_parse_param(). */
export function parameter(text: string, from: number, name: string): string | null {
  const start = parameterAt(text, from, name)
  if (start < 0) return null
  const end = searchHeader(text, start, listEnd(text, from), ';')
  return text.slice(start, end < 0 ? listEnd(text, from) : end)
}

/** Behind the parameter's name; -1 when the value, up to the next comma, has none. */
function parameterAt(text: string, from: number, name: string): number {
  const found = searchHeader(text, from, listEnd(text, from), name)
  return found < 0 ? -1 : found + name.length
}

function listEnd(text: string, from: number): number {
  const comma = searchHeader(text, from, text.length, ',')
  return comma < 0 ? text.length : comma
}

/** Where `needle` (lower case) is in a header's value, which goes on in continued lines; -1. */
function searchHeader(text: string, from: number, limit: number, needle: string): number {
  const last = limit - needle.length
  for (let at = from; at < last; at++) {
    if (isLineEnd(text, at)) {
      at = followLine(text, at, last)
      if (at < 0) return -1
      // The character found there is passed over, too.
      continue
    }
    if (text.slice(at, at + needle.length).toLowerCase() === needle) return at
  }
  return -1
}

/** From a line's end to where it goes on; -1 when it does not. */
function followLine(text: string, end: number, limit: number): number {
  let at = end + 1
  if (at >= limit) return -1
  if (text[end] === '\r' && text[at] === '\n' && ++at >= limit) return -1
  if (!isBlank(text, at)) return -1
  while (at < limit && isBlank(text, at)) at++
  return at
}

/** Blanks and continued lines are passed over; -1 where the header ends. */
function skipBlanks(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === ' ') continue
    if (!isLineEnd(text, at)) return at
    at = followLine(text, at, text.length)
    if (at < 0) return -1
  }
  return -1
}

/** Characters of the header's name at `at`; 0 when another one stands there. */
function nameLength(text: string, at: number, { name, compact }: Header): number {
  if (text.slice(at, at + name.length).toLowerCase() === name) return name.length
  if (compact === null || text[at]?.toLowerCase() !== compact) return 0
  return at + 1 < text.length && wordLength(text, at + 1) === 0 ? 1 : 0
}

/** Letters at `at`. */
export function wordLength(text: string, at: number): number {
  let end = at
  while (/[A-Za-z]/.test(text[end] ?? '')) end++
  return end - at
}

export function isLineEnd(text: string, at: number): boolean {
  return text[at] === '\r' || text[at] === '\n'
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}
