/**
 * A connection that a helper foresees, as plain data. Kernel: struct nf_conntrack_expect, nf_conntrack_expect.h.
 */
import type { Tuple } from '../../memory/tuple.js'

/** Where a foreseen connection is led once it comes. Kernel: nf_conntrack_expect.expectfn. */
export enum Follow {
  Nothing = 0,
  /** Where NAT led its master. Kernel: nf_nat_follow_master(). */
  Master = 1,
  /** As SIP's messages said. Kernel: nf_nat_sip_expected(). */
  Sip = 2,
  /** A GRE call, whose other direction is not expected any more. Kernel: pptp_expectfn(). */
  Pptp = 3,
}

export interface Expectation {
  /** Its packets; what `mask` leaves out of the source is of no account. */
  readonly tuple: Tuple
  readonly mask: SourceMask
  /** Index into the policies of its master's helper. */
  readonly class: number
  /** It stays when a connection came. */
  readonly permanent: boolean
  /** Nothing meets it yet. */
  readonly inactive: boolean
  /** Number of the helper that the connection gets; 0 none. */
  readonly helper: number
  readonly follow: Follow
  /** NAT: the direction of the master in which it goes, and what its destination was before it was mapped. */
  readonly direction: 0 | 1
  readonly savedAddress: readonly number[]
  readonly savedPort: number
}

/** Bits of the source that count: as many words as the address has, and of the port all or none. */
export interface SourceMask {
  readonly address: readonly number[]
  readonly port: number
}

/** Limits of a helper's expectations, a class each. Kernel: struct nf_conntrack_expect_policy. */
export interface ExpectationPolicy {
  /** Of one connection at a time. */
  readonly most: number
  readonly seconds: number
}

/** From an address (null: any) and any port to an address and port. Kernel: nf_ct_expect_init(). */
export function expectTo(
  family: 4 | 6,
  protocol: number,
  source: readonly number[] | null,
  destination: readonly number[],
  dstPort: number,
  expectationClass = 0,
): Expectation {
  const none = destination.map(() => 0)
  return {
    tuple: { family, protocol, source: source ?? none, destination, srcPort: 0, dstPort },
    mask: { address: destination.map(() => (source === null ? 0 : 0xffffffff)), port: 0 },
    class: expectationClass,
    permanent: false,
    inactive: false,
    helper: 0,
    follow: Follow.Nothing,
    direction: 0,
    savedAddress: none,
    savedPort: 0,
  }
}
