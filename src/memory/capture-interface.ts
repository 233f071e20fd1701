/**
 * `CaptureInterface` as the control plane writes it; src/dataplane/layout/record.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const CAPTURE_INTERFACE_OFFSET = {
  linkType: 0,
  boxInterface: 4,
  mac: 8,
  vlans: 16,
} as const
export const CAPTURE_INTERFACE_SIZE = 32

/** What the box knows about the interface a capture was taken on; all 0 when nothing. */
export interface BoxInterface {
  /** The box's number of the interface, 1 and up. */
  boxInterface: number
  /** Its own MAC address, first byte in bits 47 to 40. */
  mac: bigint
  /** Address of 4096 u16: the box's interface for each VLAN id on it. */
  vlansAt: number
}

/** Writes element `index` of the table of capture interfaces at `table`. */
export function writeCaptureInterface(
  memory: Memory,
  table: number,
  index: number,
  linkType: number,
  box: BoxInterface,
): void {
  const at = table + index * CAPTURE_INTERFACE_SIZE
  memory.setU32(at + CAPTURE_INTERFACE_OFFSET.linkType, linkType)
  memory.setU32(at + CAPTURE_INTERFACE_OFFSET.boxInterface, box.boxInterface)
  memory.setU64(at + CAPTURE_INTERFACE_OFFSET.mac, box.mac)
  memory.setU32(at + CAPTURE_INTERFACE_OFFSET.vlans, box.vlansAt)
}
