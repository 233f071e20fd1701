/**
 * Bob Jenkins's lookup3 hash over one to three 32-bit words, as the kernel has it, and its reduction to a range.
 * Kernel: jhash_1word(), jhash_3words(), include/linux/jhash.h; reciprocal_scale(), include/linux/kernel.h (v6.18).
 */

/** Kernel: JHASH_INITVAL. */
const START = 0xdeadbeef

export function jenkinsHash(words: readonly number[], seed: number): number {
  const [first, second = 0, third = 0] = words
  const start = (START + words.length * 4 + seed) | 0
  let a = (start + first) | 0
  let b = (start + second) | 0
  let c = (start + third) | 0
  c = ((c ^ b) - rotated(b, 14)) | 0
  a = ((a ^ c) - rotated(c, 11)) | 0
  b = ((b ^ a) - rotated(a, 25)) | 0
  c = ((c ^ b) - rotated(b, 16)) | 0
  a = ((a ^ c) - rotated(c, 4)) | 0
  b = ((b ^ a) - rotated(a, 14)) | 0
  c = ((c ^ b) - rotated(b, 24)) | 0
  return c >>> 0
}

/** The hash as a number below `range`. */
export function scaledHash(hash: number, range: number): number {
  return Number((BigInt(hash) * BigInt(range)) >> 32n)
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
