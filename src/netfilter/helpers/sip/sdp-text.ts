/**
 * Session descriptions (SDP) inside SIP messages: lines of one letter and a value.
 * Kernel: ct_sip_get_sdp_header(), net/netfilter/nf_conntrack_sip.c (v6.18).
 */
import { readAddress, readNumber } from '../addresses-in-text.js'
import { type Family, isLineEnd, type Span, wordLength } from './sip-text.js'

export type SdpLine = 'version' | 'owner' | 'connection' | 'media'

const NAMES: Readonly<Record<SdpLine, string>> = { version: 'v=', owner: 'o=', connection: 'c=', media: 'm=' }

/**
 * What the first such line behind `from` holds, in front of the next `until` (null: anywhere): a version's or media's
 * words, or the address. `broken` where the line has none; null without such a line.
 */
export function findSdp(
  text: string,
  from: number,
  line: SdpLine,
  until: SdpLine | null,
  family: Family,
): Span | 'broken' | null {
  for (let at = from; at < text.length; at++) {
    if (!isLineEnd(text, at)) continue
    at += text.startsWith('\r\n', at) ? 2 : 1
    if (at >= text.length) return null
    const name = text.slice(at, at + 2).toLowerCase()
    if (until !== null && name === NAMES[until]) return null
    if (name === NAMES[line]) return valueOf(text, at + 2, line, family)
  }
  return null
}

function valueOf(text: string, start: number, line: SdpLine, family: Family): Span | 'broken' {
  let offset = start
  let length = 0
  if (line === 'version') {
    length = readNumber(text, start).end - start
  } else if (line === 'media') {
    length = mediaLength(text, start)
  } else {
    offset = addressStart(text, start, `IN IP${family} `)
    if (offset < 0) return 'broken'
    length = (readAddress(text, offset, text.length, family)?.end ?? offset) - offset
  }
  return length === 0 ? 'broken' : { offset, length }
}

/** `audio 5004`. */
function mediaLength(text: string, start: number): number {
  const word = wordLength(text, start)
  return text[start + word] === ' ' ? readNumber(text, start + word + 1).end - start : 0
}

/** Behind `search` in the line; -1. */
function addressStart(text: string, start: number, search: string): number {
  const end = text.slice(start).search(/[\r\n]/)
  const limit = end < 0 ? text.length : start + end
  const found = text.indexOf(search, start)
  return found < 0 || found >= limit || found >= text.length - search.length ? -1 : found + search.length
}

/** The address of such a line; `broken` and null as of `findSdp`. */
export function findSdpAddress(
  text: string,
  from: number,
  family: Family,
): (Span & { readonly address: readonly number[] }) | null {
  const span = findSdp(text, from, 'connection', 'media', family)
  if (span === null || span === 'broken') return null
  const read = readAddress(text, span.offset, span.offset + span.length, family)
  return read === null ? null : { ...span, address: read.value }
}
