/**
 * How many buckets the kernel's hash has once a saved set is back in it, and how many elements one may hold. While
 * packets come the number does not change: only ipset itself lets a hash grow.
 * Kernel: mtype_create(), mtype_add(), mtype_resize(), net/netfilter/ipset/ip_set_hash_gen.h (v6.18).
 */
import type { SetData } from './set.js'
import { KEY } from './set-key.js'

export interface HashPlan {
  /** A power of two. */
  readonly buckets: number
  /** Elements that a bucket may hold. */
  readonly bucketSize: number
  /** Buckets that the kernel collects together. */
  readonly regions: number
}

/** Kernel: AHASH_INIT_SIZE, AHASH_MAX_TUNED, HTABLE_REGION_BITS. */
export const SLOTS_AT_ONCE = 2
export const MOST_SLOTS = 64
export const REGION_BUCKETS = 1024
/** Differs from the kernel: a set that is saved with more buckets begins with so many. */
const MOST_FIRST_BUCKETS = 2 ** 20

/** `hashes` and `keys` of its elements, in the order of the text. */
export function planHash(data: SetData, hashes: Uint32Array, keys: readonly (readonly number[])[]): HashPlan {
  let buckets = 2 ** Math.ceil(Math.log2(Math.min(data.hashSize, MOST_FIRST_BUCKETS)))
  let bucketSize = data.bucketSize
  let held: Uint8Array = new Uint8Array(buckets)
  const ofNetwork = new Map<string, number>()
  for (let index = 0; index < hashes.length; index++) {
    const others = sharesBuckets(data) ? count(ofNetwork, networkOf(keys[index])) : 0
    while (held[hashes[index] & (buckets - 1)] >= bucketSize) {
      if (bucketSize >= MOST_SLOTS) break
      if (bucketSize <= others) bucketSize += SLOTS_AT_ONCE
      else held = spread(hashes.subarray(0, index), (buckets *= 2))
    }
    held[hashes[index] & (buckets - 1)]++
  }
  return { buckets, bucketSize, regions: Math.max(1, buckets / REGION_BUCKETS) }
}

/** Elements of a network with different interfaces have one hash. Kernel: IP_SET_HASH_WITH_MULTI. */
export function sharesBuckets({ type }: SetData): boolean {
  return type === 'hash:net,iface'
}

/** What elements with one network have in common. */
function networkOf(key: readonly number[]): string {
  return [key[KEY.kind], ...key.slice(KEY.address, KEY.address2)].join()
}

/** How often it was counted before. */
function count(counts: Map<string, number>, name: string): number {
  const before = counts.get(name) ?? 0
  counts.set(name, before + 1)
  return before
}

function spread(hashes: Uint32Array, buckets: number): Uint8Array {
  const held = new Uint8Array(buckets)
  for (const hash of hashes) held[hash & (buckets - 1)]++
  return held
}
