/**
 * Numbers where the kernel draws at random: they follow from --seed, the packet's number, and how many were drawn for
 * it before, so that each replay draws the same. Kernel: get_random_u32().
 */
import type { Memory } from '../memory/memory.js'
import { REPLAY_AT, REPLAY_OFFSET } from '../memory/replay.js'

/** 32 bits; `draw` counts from 1. */
export function drawNumber(memory: Memory, packet: bigint, draw: number): number {
  const seed = memory.u32(REPLAY_AT + REPLAY_OFFSET.seed)
  const number = Number(BigInt.asUintN(32, packet))
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35) ^ draw
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
