/**
 * ICMP errors of REJECT's that the box's rate limits may hold back. The limits cross flows, so no shard can tell which
 * of its answers are sent: it works out each one's way and leaves it in a list of the block, shared by all shards.
 * When the block is done, the main thread goes through the list in the order of the capture.
 *
 *   list: u32 count | 12 unused | BLOCK_RECORDS x { u64 number | u64 nowNs | u32 path | u32 length
 *                                                 | u8 family | u8 by destination | u16 unused | 4 x u32 destination }
 *
 * A record causes one such answer at most: ICMP errors are not answered themselves.
 */
import type { Words } from '../box/address.js'
import { addressKey } from '../box/address.js'
import { BLOCK_RECORDS } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import type { SkbView } from '../memory/skb.js'
import type { Family } from '../ruleset/ruleset.js'
import type { LimitedAnswer } from './icmp-limiter.js'

const HEADER_BYTES = 16
const ENTRY_BYTES = 48
const OFFSET = { number: 0, nowNs: 8, path: 16, length: 20, family: 24, byDestination: 25, destination: 28 } as const

export interface HeldAnswer extends LimitedAnswer {
  /** Of the packet that was rejected. */
  readonly number: bigint
  /** The way that the answer takes if it is sent, and its length. */
  readonly path: number
  readonly length: number
}

export class HeldAnswers {
  private readonly words: Int32Array
  private list = 0

  constructor(private readonly memory: Memory) {
    this.words = new Int32Array(memory.wasm.buffer)
  }

  /** What a block's list takes. */
  static readonly bytes = HEADER_BYTES + BLOCK_RECORDS * ENTRY_BYTES

  /** From now on answers go to the list at this address. */
  use(list: number): void {
    this.list = list
  }

  /** The answer in the skb would take this path. `destination`: null when only the global limit has a say. */
  add(skb: SkbView, family: Family, path: number, destination: Words | null): void {
    const { memory } = this
    const at = this.entry(Atomics.add(this.words, this.list >>> 2, 1))
    memory.setU64(at + OFFSET.number, skb.number)
    memory.setU64(at + OFFSET.nowNs, skb.nowNs)
    memory.setU32(at + OFFSET.path, path)
    memory.setU32(at + OFFSET.length, skb.length)
    memory.setU8(at + OFFSET.family, family)
    memory.setU8(at + OFFSET.byDestination, destination === null ? 0 : 1)
    destination?.forEach((word, index) => memory.setU32(at + OFFSET.destination + 4 * index, word))
  }

  /** Empties the list; its answers in the order of the capture. */
  take(): HeldAnswer[] {
    const count = Atomics.exchange(this.words, this.list >>> 2, 0)
    const answers = Array.from({ length: count }, (_, index) => this.read(this.entry(index)))
    return answers.sort((one, other) => Number(one.number - other.number))
  }

  private entry(index: number): number {
    return this.list + HEADER_BYTES + index * ENTRY_BYTES
  }

  private read(at: number): HeldAnswer {
    const { memory } = this
    const family = memory.u8(at + OFFSET.family) === 6 ? 6 : 4
    const words = Array.from({ length: family === 6 ? 4 : 1 }, (_, index) =>
      memory.u32(at + OFFSET.destination + 4 * index),
    )
    return {
      number: memory.u64(at + OFFSET.number),
      nowNs: memory.u64(at + OFFSET.nowNs),
      path: memory.u32(at + OFFSET.path),
      length: memory.u32(at + OFFSET.length),
      family,
      destination: memory.u8(at + OFFSET.byDestination) === 0 ? null : String(addressKey(words)),
    }
  }
}
