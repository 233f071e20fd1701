/**
 * The Internet checksum (RFC 1071) over a buffer.
 */

/** Sum of 16-bit words, not folded. */
export function sumWords(bytes: Buffer, start: number): number {
  let total = start
  for (let at = 0; at + 1 < bytes.length; at += 2) total += bytes.readUInt16BE(at)
  return bytes.length % 2 === 1 ? total + bytes[bytes.length - 1] * 256 : total
}

export function fold(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000)
  return total
}
