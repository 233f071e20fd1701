/**
 * What a connection's source or destination may be mapped to: addresses, ports, and how among them is chosen.
 * Kernel: struct nf_nat_range2, include/uapi/linux/netfilter/nf_nat.h (v6.18).
 */
export interface NatRange {
  /** First and last address; null: the address stays. Kernel: NF_NAT_RANGE_MAP_IPS. */
  readonly addresses: readonly [readonly number[], readonly number[]] | null
  /** First and last port, or ICMP id; null: any of its class. Kernel: NF_NAT_RANGE_PROTO_SPECIFIED. */
  readonly ports: readonly [number, number] | null
  /** The port that becomes the first one, others being shifted with it. Kernel: NF_NAT_RANGE_PROTO_OFFSET. */
  readonly base: number | null
  /** Kernel: NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY. */
  readonly random: boolean
  readonly randomFully: boolean
  /** Kernel: NF_NAT_RANGE_PERSISTENT. */
  readonly persistent: boolean
}

/** A range that leaves everything as it is. */
export const NO_RANGE: NatRange = {
  addresses: null,
  ports: null,
  base: null,
  random: false,
  randomFully: false,
  persistent: false,
}
