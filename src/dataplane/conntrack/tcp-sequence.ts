/**
 * Sequence numbers wrap around: one is ahead of another when it is less than half the circle away. Of two numbers
 * exactly half the circle apart, each is both before and after the other.
 * Kernel: before(), after(), include/net/tcp.h.
 */

@inline
export function isAfter(a: u32, b: u32): bool {
  return <i32>(b - a) < 0
}

@inline
export function isBefore(a: u32, b: u32): bool {
  return <i32>(a - b) < 0
}
