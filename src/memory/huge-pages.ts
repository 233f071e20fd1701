/**
 * Large pages for the shared memory: the first touch of a page costs a trap into the kernel, on virtual machines many
 * microseconds, and one of 2 MiB spares 511 of them. Worth it for long captures only, which touch much of the memory.
 */
import type { Memory } from './memory.js'

/** Captures from this size on repay the loading of the foreign function interface. */
const FROM_BYTES = 64 << 20

/** include/uapi/asm-generic/mman-common.h */
const MADV_HUGEPAGE = 14

/** `inputBytes` is null when not known. */
export function isWorthHugePages(inputBytes: number | null): boolean {
  return inputBytes !== null && inputBytes >= FROM_BYTES
}

/** Asks the kernel for large pages for what of the memory is not in use yet. Where there are none, nothing changes. */
export async function useHugePages(memory: Memory): Promise<void> {
  if (process.platform !== 'linux') return
  try {
    const { default: koffi } = await import('koffi')
    const madvise = koffi.load('libc.so.6').func('int madvise(void *, size_t, int)')
    madvise(memory.bytes, memory.bytes.length, MADV_HUGEPAGE)
  } catch {
    // Another C library, or no such module for this machine: small pages do as well.
  }
}
