/**
 * A tuple by itself: one direction of a connection that may or may not exist. The control plane writes one to ask
 * for entries, see conntrack/nat-lookup.ts. Kernel: struct nf_conntrack_tuple.
 */

@unmanaged
export class Tuple {
  /** IPv6: 16 bytes each, as in the packet. */
  srcHigh: u64
  srcLow: u64
  dstHigh: u64
  dstLow: u64
  /** IPv4, host order. */
  src: u32
  dst: u32
  /** As in `Entry`. */
  srcPort: u16
  dstPort: u16
  protocol: u8
  /** 4 or 6. */
  family: u8
  /** The zone in which it is looked for, as in `Entry`. */
  zone: u16
  zoneDirections: u8
}
