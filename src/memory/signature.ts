/**
 * `SignatureSpec` seen from the control plane; src/dataplane/layout/signature.ts says what its fields mean.
 */
export const SIGNATURE_SPEC_OFFSET = {
  interfaceClasses: 0,
  interfaceCount: 4,
  tcpFlagClasses: 8,
  tosClasses: 12,
  ttlClasses: 16,
  lengthClasses: 20,
  interfaceShift: 24,
  tcpFlagShift: 25,
  tosShift: 26,
  ttlShift: 27,
  lengthShift: 28,
  stateShift: 29,
  statusShift: 30,
  ctMarkShift: 31,
  statusMask: 32,
  ctMarkMask: 36,
  packetPart: 40,
} as const
export const SIGNATURE_SPEC_SIZE = 48
