/**
 * How the signature of a packet is put together: which of the fields that differ from packet to packet of one
 * connection matter to the rules, and the class of each value. The control plane (src/compile/signature.ts) fills
 * it once; a field that no rule looks at has width 0.
 *
 *   signature (64 bits):  packet part (interface, origin, flags, tos, ttl, length ...) | connection part (state ...)
 */
@unmanaged
export class SignatureSpec {
  /** Tables of u16 classes: by box interface (as many as `interfaceCount`), and by 8-bit values; 0: not read. */
  interfaceClasses: u32
  interfaceCount: u32
  tcpFlagClasses: u32
  tosClasses: u32
  ttlClasses: u32
  /** 65536 u16 classes; a longer packet is of the last class. */
  lengthClasses: u32
  /** Where each class stands in the signature. */
  interfaceShift: u8
  tcpFlagShift: u8
  tosShift: u8
  ttlShift: u8
  lengthShift: u8
  /** Connection part: kernel's ctinfo in 3 bits, status bits, mark. */
  stateShift: u8
  statusShift: u8
  ctMarkShift: u8
  /** Bits of Entry.status that rules read, and of Entry.ctMark (all or none). */
  statusMask: u32
  ctMarkMask: u32
  /** The bits of the signature that make up the packet part. */
  packetPart: u64
}

/** The lowest bits of every signature: origin (1), don't fragment (1), packet type (3), ICMP error (1). */
export const FIXED_BITS: u8 = 6
