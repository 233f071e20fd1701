/**
 * --vantage tap: REJECT's answers are in the capture themselves, if the box sent them at all (the kernel limits their
 * rate). So an answer is worked out when its packet is rejected, and waits here until the capture shows it; only then
 * is it counted. A ring per shard in shared memory: what is not seen in time is overwritten.
 *
 *   ring: u32 next | u32 unused | SLOTS x { u64 key | u32 path | u32 mark }
 */
import type { Memory } from '../memory/memory.js'
import type { Packet } from '../memory/packet.js'
import { ShardView } from '../memory/shard.js'

const SLOTS = 64
const HEADER_BYTES = 8
const SLOT_BYTES = 16
const RING_BYTES = HEADER_BYTES + SLOTS * SLOT_BYTES
const TCP = 6
/** Bytes of an ICMP error in front of the packet it quotes. */
const ICMP_HEADER = 8
const PORTS = 4

export interface AwaitedAnswer {
  readonly path: number
  readonly mark: number
}

export class AwaitedAnswers {
  private hash = 0n

  /** `at` is the address of `bytes(shards)` bytes of zeroed memory. */
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
  ) {}

  static bytes(shards: number): number {
    return shards * RING_BYTES
  }

  /** The packet is an answer that the box may have sent, and took this path if it did. */
  add(packet: Packet, path: number): void {
    const { memory } = this
    const ring = this.ringOf(packet)
    const next = memory.u32(ring)
    memory.setU32(ring, (next + 1) % SLOTS)
    const slot = ring + HEADER_BYTES + next * SLOT_BYTES
    memory.setU64(slot, this.keyOf(packet))
    memory.setU32(slot + 8, path)
    memory.setU32(slot + 12, packet.skb.mark)
  }

  /** The answer that the captured packet is; null when REJECT made none like it. Each is taken once. */
  take(packet: Packet): AwaitedAnswer | null {
    const { memory } = this
    const ring = this.ringOf(packet)
    const key = this.keyOf(packet)
    for (let slot = ring + HEADER_BYTES; slot < ring + RING_BYTES; slot += SLOT_BYTES) {
      const path = memory.u32(slot + 8)
      if (path === 0 || memory.u64(slot) !== key) continue
      memory.setU32(slot + 8, 0)
      return { path, mark: memory.u32(slot + 12) }
    }
    return null
  }

  private ringOf(packet: Packet): number {
    return this.at + new ShardView(this.memory, packet.skb.shard).number * RING_BYTES
  }

  /** What an answer and its captured self have in common: for a RST the tuple, for an ICMP error what it quotes. */
  private keyOf(packet: Packet): bigint {
    this.hash = BigInt(packet.protocol)
    const { at, family, transport } = packet
    const [source, length] = family === 4 ? [12, 4] : [8, 16]
    if (packet.protocol === TCP) {
      this.mix(at + source, 2 * length)
      this.mix(at + transport, PORTS)
      return this.hash
    }
    const quoted = at + transport + ICMP_HEADER
    this.mix(at + source + length, length)
    this.mix(at + transport, 2)
    this.mix(quoted + source, 2 * length)
    const header = family === 4 ? (this.memory.u8(quoted) & 15) * 4 : 40
    // What is quoted may end with its IP header.
    const end = at + Math.min(packet.length, packet.captured)
    this.mix(quoted + header, Math.max(0, Math.min(PORTS, end - quoted - header)))
    return this.hash
  }

  /** FNV-1a, 64 bits. */
  private mix(at: number, length: number): void {
    for (let offset = 0; offset < length; offset++) {
      this.hash = BigInt.asUintN(64, (this.hash ^ BigInt(this.memory.u8(at + offset))) * 0x100000001b3n)
    }
  }
}
