/**
 * IPv4 options of a received packet, as far as they decide whether it goes on after routing.
 * Kernel: ip_rcv_options(), net/ipv4/ip_input.c; __ip_options_compile(), net/ipv4/ip_options.c.
 */
import type { Packet } from '../memory/packet.js'

export const HEADER = 20
export const END = 0
export const NOP = 1
export const RECORD_ROUTE = 7
export const TIMESTAMP = 68
const LOOSE_SOURCE_ROUTE = 131
const STRICT_SOURCE_ROUTE = 137
const ROUTER_ALERT = 148
/** Time stamps for the addresses named only. */
export const PRESPECIFIED = 3

export enum OptionsVerdict {
  Fine,
  /** They do not parse. */
  Bad,
  /** A source route, well-formed. */
  SourceRoute,
}

/** Only for packets whose header was captured whole. */
export function checkOptions(packet: Packet): OptionsVerdict {
  const { memory, at } = packet
  const end = at + (memory.u8(at) & 15) * 4
  let verdict = OptionsVerdict.Fine
  const seen = new Set<number>()
  for (let option = at + HEADER; option < end;) {
    const type = memory.u8(option)
    if (type === END) break
    if (type === NOP) {
      option++
      continue
    }
    const room = end - option
    const length = room < 2 ? 0 : memory.u8(option + 1)
    if (length < 2 || length > room) return OptionsVerdict.Bad
    if (!isFine(packet, option, type, length, seen)) return OptionsVerdict.Bad
    if (type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) verdict = OptionsVerdict.SourceRoute
    seen.add(type)
    option += length
  }
  return verdict
}

function isFine(packet: Packet, option: number, type: number, length: number, seen: ReadonlySet<number>): boolean {
  const pointer = length < 3 ? 0 : packet.memory.u8(option + 2)
  switch (type) {
    case LOOSE_SOURCE_ROUTE:
    case STRICT_SOURCE_ROUTE:
      if (seen.has(LOOSE_SOURCE_ROUTE) || seen.has(STRICT_SOURCE_ROUTE)) return false
      return length >= 3 && pointer >= 4
    case RECORD_ROUTE:
      if (seen.has(type) || length < 3 || pointer < 4) return false
      return pointer > length || pointer + 3 <= length
    case ROUTER_ALERT:
      return length >= 4
    case TIMESTAMP:
      return !seen.has(type) && isFineTimestamp(packet, option, length, pointer)
    default:
      return true
  }
}

function isFineTimestamp(packet: Packet, option: number, length: number, pointer: number): boolean {
  if (length < 4 || pointer < 5) return false
  const overflow = packet.memory.u8(option + 3)
  if (pointer > length) return overflow >>> 4 < 15
  // With addresses an entry is twice as long.
  const kind = overflow & 15
  if (pointer + 3 > length) return false
  return kind === 0 || ((kind === 1 || kind === 3) && pointer + 7 <= length) || kind > 3
}
