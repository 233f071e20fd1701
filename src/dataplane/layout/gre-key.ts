/**
 * One direction of a GRE call that a PPTP control connection agreed on; the shard keeps them in GRE_KEY_HEADS chains.
 * Kernel: struct nf_ct_gre_keymap, include/linux/netfilter/nf_conntrack_proto_gre.h.
 */
@unmanaged
export class GreKey {
  /** The next one of the chain, or 0. */
  next: u32
  /** IPv4 addresses of its packets, and the ids of the call. */
  src: u32
  dst: u32
  sender: u16
  receiver: u16
}

export const GRE_KEY_HEADS: u32 = 4096
