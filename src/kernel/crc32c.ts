/**
 * The checksum of SCTP (RFC 9260 appendix A), over a packet whose own field is taken for zero.
 */

/** Reversed, as bits come lowest first. */
const POLYNOMIAL = 0x82f63b78
const CHECKSUM = 8

/** As the field holds it, read with its lowest byte first. Requires a whole SCTP header. */
export function sctpChecksum(packet: Uint8Array): number {
  let crc = 0xffffffff
  for (const [at, byte] of packet.entries()) {
    crc ^= at >= CHECKSUM && at < CHECKSUM + 4 ? 0 : byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
  }
  return ~crc >>> 0
}
