/**
 * The packet's own addresses as words, for matches that keep something by address.
 */
import type { Packet } from '../memory/packet.js'

export type Side = 'source' | 'destination'

/** Word `index` of an address: IPv4 has one, IPv6 four (most significant first). */
export function addressWord(packet: Packet, side: Side, index: number): number {
  if (packet.family === 4) return side === 'source' ? packet.src4 : packet.dst4
  return side === 'source' ? packet.src6(index) : packet.dst6(index)
}

/** Fills `words` from `at` on with the address under the mask. */
export function maskedAddress(packet: Packet, side: Side, mask: readonly number[], words: number[], at = 0): void {
  const count = packet.family === 4 ? 1 : 4
  for (let index = 0; index < count; index++) words[at + index] = (addressWord(packet, side, index) & mask[index]) >>> 0
}
