/**
 * A scenario: a box, its rules, and packets in order. The kernel's answer and hookline's are compared, so a scenario
 * states no expectations of its own; its title says what it is about.
 */
import type { CapturedPacket } from '../../src/kernel/injection.js'
import type { BoxSketch } from './box-directory.js'

export interface Scenario {
  readonly title: string
  readonly box: BoxSketch
  readonly rules?: string
  readonly rules6?: string
  readonly sets?: string
  /** Settings given on the command line: KEY=VALUE. */
  readonly sysctls?: readonly string[]
  /**
   * Extensions whose edges its packets and rules try: ends of ranges, headers cut short, other protocols. Each is
   * asked and matches, and is asked and does not.
   */
  readonly edges?: readonly string[]
  /** A packet alone arrives where the box's routes lead back to its source. */
  readonly packets: readonly (Buffer | PlacedPacket)[]
  /**
   * Keep the times of the packets (`afterMs`); otherwise they come one after the other. A tick of the kernel's clock may
   * decide, so such a scenario is asked up to three times.
   */
  readonly realTime?: true
  /** NAT picks ports at random: connections may differ in the port that answers go to. */
  readonly randomPorts?: true
}

export interface PlacedPacket {
  readonly bytes: Buffer
  /** The box's interface on which it was captured. */
  readonly on?: string
  /** An Ethernet frame, not a bare packet. */
  readonly ethernet?: true
  /** Since the packet before. */
  readonly afterMs?: number
  /** Only so many bytes of it were captured. */
  readonly snap?: number
}

/** `packet`, captured on the interface `name`. */
export function on(name: string, bytes: Buffer): PlacedPacket {
  return { bytes, on: name }
}

/** The scenario's packets as a capture has them, one microsecond apart where it does not say. */
export function capturedPackets(packets: Scenario['packets']): CapturedPacket[] {
  let atNs = 1_700_000_000_000_000_000n
  return packets.map((item, index) => {
    const placed: PlacedPacket = Buffer.isBuffer(item) ? { bytes: item } : item
    const { bytes } = placed
    atNs += placed.afterMs === undefined ? 1_000n : BigInt(placed.afterMs) * 1_000_000n
    return {
      number: index + 1,
      atNs,
      linkType: placed.ethernet === true ? 1 : 101,
      bytes: bytes.subarray(0, placed.snap ?? bytes.length),
      original: bytes.length,
      interface: placed.on ?? null,
    }
  })
}
