/** What a protocol's tracker says about a packet. Kernel: the return values of nf_conntrack_handle_packet(). */
export namespace Tracking {
  /** Belongs to the connection. Kernel: NF_ACCEPT. */
  export const ACCEPT: u32 = 0
  /** Does not: the packet is left without an entry. Kernel: -NF_ACCEPT. */
  export const INVALID: u32 = 1
  /** The entry was killed, the packet starts another. Kernel: -NF_REPEAT. */
  export const REPEAT: u32 = 2
}
