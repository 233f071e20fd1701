/**
 * The checksum of SCTP: CRC32c over the packet, with zeroes where the checksum itself stands (RFC 9260, appendix A).
 * Kernel: sctp_compute_cksum(), include/net/sctp/checksum.h.
 */

/** Where it stands from the SCTP header, in little-endian order. */
export const SCTP_CHECKSUM: u32 = 8

/** The CRC of each half byte; it is rarely asked for, so the table is small. */
// prettier-ignore
const HALF_BYTES: usize = memory.data<u32>([
  0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
  0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
])

/** Requires `length` bytes at `at`, a whole SCTP header at least. */
export function sctpCrc(at: usize, length: u32): u32 {
  let crc: u32 = 0xffffffff
  for (let i: u32 = 0; i < length; i++) {
    const byte = i - SCTP_CHECKSUM < 4 ? 0 : load<u8>(at + i)
    crc ^= byte
    crc = (crc >> 4) ^ half(crc)
    crc = (crc >> 4) ^ half(crc)
  }
  return ~crc
}

@inline
function half(crc: u32): u32 {
  return load<u32>(HALF_BYTES + ((<usize>crc & 15) << 2))
}
