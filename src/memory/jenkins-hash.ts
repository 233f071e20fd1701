/**
 * Bob Jenkins's lookup3 hash over 32-bit words, as the kernel has it, and its reduction to a range.
 * Kernel: jhash2(), jhash_1word(), jhash_3words(), include/linux/jhash.h; reciprocal_scale(), include/linux/kernel.h
 * (v6.18).
 */

/** Kernel: JHASH_INITVAL. */
const START = 0xdeadbeef

export function jenkinsHash(words: readonly number[], seed: number): number {
  let a = (START + words.length * 4 + seed) | 0
  let b = a
  let c = a
  let at = 0
  for (; words.length - at > 3; at += 3) {
    a = (a + words[at]) | 0
    b = (b + words[at + 1]) | 0
    c = (c + words[at + 2]) | 0
    a = ((a - c) ^ rotated(c, 4)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rotated(a, 6)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rotated(b, 8)) | 0
    b = (b + a) | 0
    a = ((a - c) ^ rotated(c, 16)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rotated(a, 19)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rotated(b, 4)) | 0
    b = (b + a) | 0
  }
  if (at === words.length) return c >>> 0
  a = (a + words[at]) | 0
  if (at + 1 < words.length) b = (b + words[at + 1]) | 0
  if (at + 2 < words.length) c = (c + words[at + 2]) | 0
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

/** What was read with the most significant byte first, as a little-endian machine reads it before it hashes it. */
export function swappedWord(word: number): number {
  return (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
