/**
 * The kernel or one of its tools refused: what was tried, what it said, and where known what to do about it.
 */
export class KernelError extends Error {
  override readonly name = 'KernelError'
}
