/**
 * Keys of GRE calls. A packet of GRE version 1 names the call by the receiver's id alone; the sender's id is what
 * PPTP's control connection said, and the control plane keeps those pairs here, in a table of chains.
 * Kernel: gre_keymap_lookup(), net/netfilter/nf_conntrack_proto_gre.c (v6.18).
 */
import { GRE_KEY_HEADS, GreKey } from '../layout/gre-key'
import { Shard } from '../layout/shard'

/** The sender's id of a call between two IPv4 addresses, by the receiver's id; 0 when no one said. */
export function senderKey(shard: Shard, src: u32, dst: u32, receiver: u16): u16 {
  if (shard.greKeys == 0) return 0
  const head = (src ^ dst ^ receiver) & (GRE_KEY_HEADS - 1)
  for (let at: usize = load<u32>(<usize>shard.greKeys + (<usize>head << 2)); at != 0; at = changetype<GreKey>(at).next) {
    const key = changetype<GreKey>(at)
    if (key.src == src && key.dst == dst && key.receiver == receiver) return key.sender
  }
  return 0
}
