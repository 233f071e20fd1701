/**
 * Which address of a range a connection gets: a hash of its addresses, the same after every boot.
 * Kernel: find_best_ips_proto(), net/netfilter/nf_nat_core.c (v6.18).
 */
import { jenkinsHash, scaledHash, swappedWord } from '../memory/jenkins-hash.js'
import type { NatRange } from '../memory/nat-range.js'
import type { Tuple } from '../memory/tuple.js'
import { type Manip, sameWords } from './nat-tuple.js'

/** The address for this end of a connection in `zone`. */
export function chooseAddress(
  tuple: Tuple,
  zone: number,
  { addresses, persistent }: NatRange,
  manip: Manip,
): readonly number[] {
  const own = manip === 'source' ? tuple.source : tuple.destination
  if (addresses === null) return own
  const [first, last] = addresses
  if (sameWords(first, last)) return first
  // The destination's words change with the choice where it is the one that is mapped.
  const destination = [...tuple.destination]
  const chosen = manip === 'source' ? [...own] : destination
  let hash = hashOf(tuple.source, persistent ? 0 : swappedWord(destination[destination.length - 1]) ^ zone)
  let full = false
  for (let index = 0; index < own.length; index++) {
    const least = full ? 0 : first[index]
    const count = full ? 0xffffffff : (last[index] - least + 1) >>> 0
    chosen[index] = (least + scaledHash(hash, count)) >>> 0
    if (chosen[index] !== last[index]) full = true
    if (!persistent) hash = (hash ^ swappedWord(destination[index])) >>> 0
  }
  return chosen
}

/** All four words of the kernel's address, IPv4 ones too. */
function hashOf(address: readonly number[], start: number): number {
  return jenkinsHash(
    [0, 1, 2, 3].map((word) => (word < address.length ? swappedWord(address[word]) : 0)),
    start,
  )
}
