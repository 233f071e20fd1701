/**
 * Keys of GRE calls, by which the data plane tells calls between two hosts apart: what PPTP's control connections agreed
 * on. Each direction of a call has one; who adds a key gives it its place in memory.
 * Kernel: nf_ct_gre_keymap_add(), nf_ct_gre_keymap_destroy(), net/netfilter/nf_conntrack_proto_gre.c (v6.18).
 */
import type { DataPlane } from '../../memory/data-plane.js'
import { GRE_KEY_HEADS, GRE_KEY_OFFSET } from '../../memory/gre-key.js'
import type { Memory } from '../../memory/memory.js'
import { SHARD_OFFSET } from '../../memory/shard.js'
import type { Tuple } from '../../memory/tuple.js'

/** Adds the key of packets with this tuple at `at`, behind those of its chain. */
export function addGreKey(plane: DataPlane, shard: number, at: number, tuple: Tuple): void {
  const { memory } = plane
  const heads = shard + SHARD_OFFSET.greKeys
  if (memory.u32(heads) === 0) memory.setU32(heads, plane.allocate(4 * GRE_KEY_HEADS, 'GRE calls'))
  memory.setU32(at + GRE_KEY_OFFSET.next, 0)
  memory.setU32(at + GRE_KEY_OFFSET.src, tuple.source[0])
  memory.setU32(at + GRE_KEY_OFFSET.dst, tuple.destination[0])
  memory.setU16(at + GRE_KEY_OFFSET.sender, tuple.srcPort)
  memory.setU16(at + GRE_KEY_OFFSET.receiver, tuple.dstPort)
  let link = chainOf(memory, shard, at)
  while (memory.u32(link) !== 0) link = memory.u32(link) + GRE_KEY_OFFSET.next
  memory.setU32(link, at)
}

/** True when the key is that of packets with this tuple, whatever the sender's id. */
export function isGreKeyOf(memory: Memory, at: number, { source, destination, dstPort }: Tuple): boolean {
  return (
    memory.u32(at + GRE_KEY_OFFSET.src) === source[0] &&
    memory.u32(at + GRE_KEY_OFFSET.dst) === destination[0] &&
    memory.u16(at + GRE_KEY_OFFSET.receiver) === dstPort
  )
}

/** Removes a key that was added. */
export function removeGreKey(memory: Memory, shard: number, at: number): void {
  let link = chainOf(memory, shard, at)
  while (memory.u32(link) !== at) link = memory.u32(link) + GRE_KEY_OFFSET.next
  memory.setU32(link, memory.u32(at + GRE_KEY_OFFSET.next))
}

/** Address of the u32 that leads to the first key of the chain. */
function chainOf(memory: Memory, shard: number, at: number): number {
  const [src, dst] = [memory.u32(at + GRE_KEY_OFFSET.src), memory.u32(at + GRE_KEY_OFFSET.dst)]
  const chain = (src ^ dst ^ memory.u16(at + GRE_KEY_OFFSET.receiver)) & (GRE_KEY_HEADS - 1)
  return memory.u32(shard + SHARD_OFFSET.greKeys) + 4 * chain
}
