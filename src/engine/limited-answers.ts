/**
 * Counts the answers of REJECT's that the box's ICMP rate limits let go. In: the blocks in the order of the capture,
 * each when all its packets have been replayed. Out: what those answers add to the counts of the paths they took.
 * The main thread keeps these counts itself: the paths in shared memory are the shards' to write.
 */
import type { Box } from '../box/box.js'
import type { BlockView } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import { HeldAnswers } from '../netfilter/held-answers.js'
import { IcmpLimiter } from '../netfilter/icmp-limiter.js'
import { readPath } from '../statistics/collect.js'
import type { PathCount } from '../statistics/report.js'

interface Sum {
  packets: bigint
  bytes: bigint
}

export class LimitedAnswers {
  /** Answers that were held back. */
  suppressed = 0n
  private readonly held: HeldAnswers
  private readonly limiter: IcmpLimiter
  /** By the path's address. */
  private readonly sums = new Map<number, Sum>()

  constructor(
    private readonly memory: Memory,
    box: Box,
    seed: number,
  ) {
    this.held = new HeldAnswers(memory)
    this.limiter = new IcmpLimiter(box.icmpLimits, box.hz, seed)
  }

  /** Returns the numbers of the packets whose answers were held back. */
  takeBlock(block: BlockView): ReadonlySet<bigint> {
    const suppressed = new Set<bigint>()
    if (block.heldAnswers === 0) return suppressed
    this.held.use(block.heldAnswers)
    for (const answer of this.held.take()) {
      if (this.limiter.allows(answer)) this.count(answer.path, answer.length)
      else suppressed.add(answer.number)
    }
    this.suppressed += BigInt(suppressed.size)
    return suppressed
  }

  /** The paths of the answers that were sent, with these answers alone. */
  paths(): PathCount[] {
    return [...this.sums].map(([at, sum]) => ({ ...readPath(this.memory, at), ...sum }))
  }

  private count(path: number, length: number): void {
    const sum = this.sums.get(path) ?? { packets: 0n, bytes: 0n }
    sum.packets++
    sum.bytes += BigInt(length)
    this.sums.set(path, sum)
  }
}
