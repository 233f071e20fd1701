/**
 * IPv4 fragments for the box itself, where no connection is tracked: the hooks in front of routing see each fragment,
 * INPUT sees the datagram. All fragments of a datagram meet in one shard, which keeps them.
 * Kernel: ip_local_deliver(), net/ipv4/ip_input.c; ip_defrag() as IP_DEFRAG_LOCAL_DELIVER.
 */
import { Block } from '../layout/block'
import { Descriptor } from '../layout/descriptor'
import { Reason } from '../layout/reason'
import { allocate } from '../layout/replay'
import { Shard } from '../layout/shard'
import { Skb } from '../layout/skb'
import { resetDatagrams } from './datagram'
import { createArena, FragmentArena } from './fragment-arena'
import { gatherIpv4 } from './gather-ipv4'

/** One shard's fragments, and the memory of the datagram that is walked. */
@unmanaged
class LocalDelivery {
  arena: FragmentArena
  /** No block of the ring: it only holds the datagram. */
  block: Block
}

/**
 * Takes the fragment of `skb`. NONE: it was the last one, and the skb and its descriptor now hold the datagram.
 * Else what became of the fragment.
 */
export function gatherForDelivery(skbAt: usize): u32 {
  const skb = changetype<Skb>(skbAt)
  const shard = changetype<Shard>(<usize>skb.shard)
  if (shard.delivery == 0) shard.delivery = <u32>createDelivery()
  if (shard.delivery == 0) return Reason.FRAGMENT_DROPPED
  const delivery = changetype<LocalDelivery>(<usize>shard.delivery)
  const descriptor = changetype<Descriptor>(<usize>skb.descriptor)
  resetDatagrams(delivery.block)
  const reason = gatherIpv4(delivery.arena, delivery.block, descriptor)
  if (reason != Reason.NONE) return reason
  skb.packet = descriptor.packet
  skb.length = descriptor.length
  return Reason.NONE
}

/** 0 when memory is used up. */
function createDelivery(): usize {
  const at = allocate(offsetof<LocalDelivery>())
  const block = allocate(offsetof<Block>())
  const arena = createArena()
  if (at == 0 || block == 0 || arena === null) return 0
  const delivery = changetype<LocalDelivery>(at)
  delivery.arena = arena
  delivery.block = changetype<Block>(block)
  return at
}
