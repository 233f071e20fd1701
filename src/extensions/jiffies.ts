/**
 * The kernel's clock in capture time: ticks since 1970 at `hz` a second.
 */
import type { Packet } from '../memory/packet.js'

export function jiffiesAt(packet: Packet, hz: number): number {
  return Number((packet.skb.nowNs * BigInt(hz)) / 1_000_000_000n)
}

/** Ticks that milliseconds last, the last one whole. Kernel: msecs_to_jiffies(), for HZ that divides 1000. */
export function jiffiesOfMs(ms: number, hz: number): number {
  return Math.ceil((ms * hz) / 1000)
}
