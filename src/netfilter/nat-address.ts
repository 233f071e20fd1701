/**
 * Which address of a range a connection gets: a hash of its addresses, the same after every boot.
 * Kernel: find_best_ips_proto(), net/netfilter/nf_nat_core.c; jhash2(), include/linux/jhash.h (v6.18).
 */
import type { NatRange } from '../memory/nat-range.js'
import type { Tuple } from '../memory/tuple.js'
import { type Manip, sameWords } from './nat-tuple.js'

const HASH_START = 0xdeadbeef
/** Words of the kernel's address, IPv4 ones too. */
const ADDRESS_WORDS = 4

/** The address for this end of the connection. */
export function chooseAddress(tuple: Tuple, { addresses, persistent }: NatRange, manip: Manip): readonly number[] {
  const own = manip === 'source' ? tuple.source : tuple.destination
  if (addresses === null) return own
  const [first, last] = addresses
  if (sameWords(first, last)) return first
  // The destination's words change with the choice where it is the one that is mapped.
  const destination = [...tuple.destination]
  const chosen = manip === 'source' ? [...own] : destination
  let hash = hashWords(tuple.source, persistent ? 0 : swapped(destination[destination.length - 1]))
  let full = false
  for (let index = 0; index < own.length; index++) {
    const least = full ? 0 : first[index]
    const count = full ? 0xffffffff : (last[index] - least + 1) >>> 0
    chosen[index] = (least + scaled(hash, count)) >>> 0
    if (chosen[index] !== last[index]) full = true
    if (!persistent) hash = (hash ^ swapped(destination[index])) >>> 0
  }
  return chosen
}

/** Kernel: reciprocal_scale(). */
function scaled(hash: number, count: number): number {
  return Number((BigInt(hash) * BigInt(count)) >> 32n)
}

/** The kernel hashes the bytes of addresses as a little-endian machine reads them. */
function swapped(word: number): number {
  return (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

/** Kernel: jhash2() over the four words of an address. */
function hashWords(address: readonly number[], start: number): number {
  const k = (index: number): number => (index < address.length ? swapped(address[index]) : 0)
  const first = (HASH_START + (ADDRESS_WORDS << 2) + start) | 0
  let a = (first + k(0)) | 0
  let b = (first + k(1)) | 0
  let c = (first + k(2)) | 0
  a = ((a - c) ^ rotate(c, 4)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ rotate(a, 6)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ rotate(b, 8)) | 0
  b = (b + a) | 0
  a = ((a - c) ^ rotate(c, 16)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ rotate(a, 19)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ rotate(b, 4)) | 0
  b = (b + a) | 0
  a = (a + k(3)) | 0
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  c = ((c ^ b) - rotate(b, 24)) | 0
  return c >>> 0
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
