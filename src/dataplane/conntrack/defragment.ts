/**
 * The step that fragments make blocks take turns for: each is kept until its datagram is whole, which then stands
 * in place of the fragment that completed it; then the block is scattered.
 * In: descriptors in record order, stage SCATTERING. Out: runs, stage SCATTERED.
 * Kernel: ipv4_conntrack_defrag(), ipv6_defrag(): in front of every table, received and sent ones apart.
 */
import { isWaiting, settle } from '../index-block'
import { Block } from '../layout/block'
import { Descriptor, DescriptorFlag } from '../layout/descriptor'
import { Reason } from '../layout/reason'
import { replay } from '../layout/replay'
import { countShard, resetShardCounts, scatterBlock } from '../scatter'
import { FragmentArena, fragmentArena } from './fragment-arena'
import { gatherIpv4 } from './gather-ipv4'
import { gatherIpv6 } from './gather-ipv6'

/** Puts the block's fragments together with those of the blocks before it, and scatters. */
export function defragmentBlock(blockAt: usize): void {
  const block = changetype<Block>(blockAt)
  const mask = replay().shardCount - 1
  const arena = fragmentArena()
  resetShardCounts(block)
  let to = block.descriptors
  let from = block.descriptors
  const end = from + ((<usize>block.descriptorCount) << 6)
  for (; from < end; from += 64) {
    const descriptor = changetype<Descriptor>(from)
    if (isWaiting(descriptor)) {
      const reason = gather(arena, block, descriptor)
      if (reason != Reason.NONE) {
        settle(block, descriptor.record, reason)
        continue
      }
    }
    countShard(block.runStarts, descriptor.hash & mask)
    if (to != from) memory.copy(to, from, 64)
    to += 64
  }
  block.descriptorCount = <u32>((to - block.descriptors) >> 6)
  scatterBlock(block)
}

function gather(arena: FragmentArena | null, block: Block, descriptor: Descriptor): u32 {
  if (arena === null) return Reason.FRAGMENT_DROPPED
  return descriptor.flags & DescriptorFlag.IPV6
    ? gatherIpv6(arena, block, descriptor)
    : gatherIpv4(arena, block, descriptor)
}
