/**
 * The Internet checksum, RFC 1071. Sums are of 16-bit words as they lie in memory: one's complement addition does
 * not care about byte order, as long as sum and result agree.
 */

/** Unfolded sum of the `length` bytes at `at`. The whole stretch is proven to be there. */
export function sumBytes(at: usize, length: u32): u64 {
  let sum: u64 = 0
  let left = length
  for (; left >= 8; left -= 8, at += 8) sum += <u64>load<u32>(at) + load<u32>(at, 4)
  for (; left >= 2; left -= 2, at += 2) sum += load<u16>(at)
  if (left != 0) sum += load<u8>(at)
  return sum
}

/** The sum in 16 bits: 0xffff over bytes that hold their right checksum. */
@inline
export function foldSum(sum: u64): u32 {
  sum = (sum & 0xffffffff) + (sum >> 32)
  sum = (sum & 0xffff) + (sum >> 16)
  sum = (sum & 0xffff) + (sum >> 16)
  return <u32>((sum & 0xffff) + (sum >> 16))
}

/** True when the 20 bytes of an IPv4 header without options sum up. */
@inline
export function plainHeaderIsIntact(at: usize): bool {
  const sum: u64 =
    <u64>load<u32>(at) + load<u32>(at, 4) + load<u32>(at, 8) + load<u32>(at, 12) + <u64>load<u32>(at, 16)
  // Folded twice it is at most three times 0xffff, and intact when it is once or twice that.
  const folded = (sum & 0xffffffff) + (sum >> 32)
  const twice = (folded & 0xffff) + (folded >> 16)
  return twice == 0xffff || twice == 0x1fffe
}
