/**
 * Credits of hashlimit's buckets: how many a jiffy gives, and what a time or a number of bytes costs.
 * Kernel: net/netfilter/xt_hashlimit.c, CREDITS_PER_JIFFY, user2credits(), user2credits_byte(), revision 2 and 3.
 */

const SCALE = 1_000_000n
const DAY_SECONDS = 86400n
const MOST_32 = 2n ** 32n - 1n
const MOST_64 = 2n ** 64n - 1n

export function creditsPerJiffy(hz: number): bigint {
  return powerOfTwoBelow(MOST_64 / (BigInt(hz) * DAY_SECONDS))
}

export function creditsPerJiffyOfBytes(hz: number): bigint {
  return powerOfTwoBelow(MOST_32 / BigInt(hz))
}

/** Credits for a time in millionths of a second. */
export function timeToCredits(time: bigint, hz: number): bigint {
  const perSecond = BigInt(hz) * creditsPerJiffy(hz)
  return (time * (perSecond / SCALE)) & MOST_64
}

/** Credits for 16 bytes at a rate as iptables hands it over. */
export function bytesToCredits(average: bigint, hz: number): bigint {
  return ((average * BigInt(hz) * creditsPerJiffyOfBytes(hz)) >> 32n) & MOST_32
}

/** The largest power of two that is not above it. */
function powerOfTwoBelow(value: bigint): bigint {
  return 1n << BigInt(value.toString(2).length - 1)
}
