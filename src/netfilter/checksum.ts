/**
 * The Internet checksum (RFC 1071) over bytes in shared memory.
 */
import type { Memory } from '../memory/memory.js'

/** The one's complement sum of `bytes` bytes as 16-bit words, added to `start`; not yet folded. */
export function addWords(memory: Memory, at: number, bytes: number, start: number): number {
  let sum = start
  const even = bytes & ~1
  for (let offset = 0; offset < even; offset += 2) sum += memory.be16(at + offset)
  if (even !== bytes) sum += memory.u8(at + even) << 8
  return sum
}

/** The checksum to write where the sum of everything else is `sum`. */
export function foldChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

/** Sum of the pseudo header in front of a transport header: addresses from the IP header, protocol, length. */
export function pseudoHeader(memory: Memory, ip: number, family: 4 | 6, protocol: number, bytes: number): number {
  const addresses = family === 4 ? addWords(memory, ip + 12, 8, 0) : addWords(memory, ip + 8, 32, 0)
  return addresses + protocol + (bytes >>> 16) + (bytes & 0xffff)
}

/**
 * A checksum after one of the 16-bit words that it covers changed (RFC 1624). Of the two ways to write 0 it is never
 * the one of all ones. Kernel: csum_replace4(), include/net/checksum.h (v6.18), whose sum is never 0.
 */
export function changedChecksum(checksum: number, before: number, after: number): number {
  const changed = foldChecksum((~checksum & 0xffff) + (~before & 0xffff) + after)
  return changed === 0xffff ? 0 : changed
}
