/**
 * Who does what next. Blocks and shards carry their own state in shared memory; workers claim units of work with
 * compare-and-swap and publish what they finished with one store.
 *
 *   block:  FREE -> READ -> INDEXING -> SCATTERED -> DONE -> FREE      INDEXED, SCATTERING on the way when it holds
 *   shard:  idle <-> busy, block after block in order                  fragments: those take their turn in order
 *
 * The schedule itself is four words: a generation that each change bumps (to sleep on), and the end of the trace.
 */
import { BLOCK_OFFSET, BlockStage } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import { SHARD_OFFSET } from '../memory/shard.js'

/** Words of the schedule, from its address. */
enum Word {
  /** Bumped whenever there may be new work. */
  Generation,
  /** Number of blocks in the trace, once known; until then END_UNKNOWN. */
  End,
  /** 1 once a worker failed: everybody stops. */
  Failed,
  /** Bumped whenever a block is done or a worker fails: the reader sleeps on it. */
  Done,
}
export const SCHEDULE_BYTES = 64
const END_UNKNOWN = -1
const SLEEP_MS = 50

/** `block` and `shard` are indexes into the schedule's addresses. */
export type Unit =
  | { readonly kind: 'index'; readonly block: number }
  | { readonly kind: 'defragment'; readonly block: number }
  | { readonly kind: 'replay'; readonly block: number; readonly shard: number }

export class Schedule {
  private readonly words: Int32Array
  private readonly base: number

  /** `blocks` and `shards` are addresses; block n of the trace lies in blocks[n % blocks.length]. */
  constructor(
    memory: Memory,
    at: number,
    private readonly blocks: readonly number[],
    private readonly shards: readonly number[],
    /** A block is replayed only when the next one is scattered. */
    private readonly looksAhead: boolean,
  ) {
    this.words = new Int32Array(memory.wasm.buffer)
    this.base = at >>> 2
  }

  /** Once, before any worker starts. */
  reset(): void {
    Atomics.store(this.words, this.base + Word.End, END_UNKNOWN)
  }

  /** The reader has filled the block with this sequence number. */
  publishRead(sequence: number): void {
    const block = this.blockOf(sequence)
    Atomics.store(this.words, this.word(block, BLOCK_OFFSET.sequence), sequence)
    Atomics.store(this.words, this.word(block, BLOCK_OFFSET.remaining), this.shards.length)
    Atomics.store(this.words, this.word(block, BLOCK_OFFSET.stage), BlockStage.Read)
    this.wakeWorkers()
  }

  publishEnd(blockCount: number): void {
    Atomics.store(this.words, this.base + Word.End, blockCount)
    this.wakeWorkers()
  }

  publishFailure(): void {
    Atomics.store(this.words, this.base + Word.Failed, 1)
    this.wakeWorkers()
    this.wakeReader()
  }

  get failed(): boolean {
    return Atomics.load(this.words, this.base + Word.Failed) !== 0
  }

  /** Resolves when every shard has replayed the block, or a worker has failed. */
  async whenDone(sequence: number): Promise<void> {
    const stage = this.word(this.blockOf(sequence), BLOCK_OFFSET.stage)
    for (;;) {
      const done = Atomics.load(this.words, this.base + Word.Done)
      if (this.failed || Atomics.load(this.words, stage) === BlockStage.Done) return
      const wait = Atomics.waitAsync(this.words, this.base + Word.Done, done, 1000)
      if (wait.async) await wait.value
    }
  }

  isDone(sequence: number): boolean {
    return Atomics.load(this.words, this.word(this.blockOf(sequence), BLOCK_OFFSET.stage)) === BlockStage.Done
  }

  /** The reader has taken what it wanted from a done block. */
  free(sequence: number): void {
    Atomics.store(this.words, this.word(this.blockOf(sequence), BLOCK_OFFSET.stage), BlockStage.Free)
  }

  /**
   * Claims the next unit for this worker, sleeping until there is one; null when the trace has been replayed or a
   * worker failed. `preferredShard` spreads the workers over the shards.
   */
  claim(preferredShard: number): Unit | null {
    for (;;) {
      const generation = Atomics.load(this.words, this.base + Word.Generation)
      const unit = this.claimNow(preferredShard)
      if (unit !== null) return unit
      if (this.failed || this.finished()) return null
      Atomics.wait(this.words, this.base + Word.Generation, generation, SLEEP_MS)
    }
  }

  /** Claims the next unit; null when there is none now. */
  claimNow(preferredShard: number): Unit | null {
    return this.failed ? null : (this.claimReplay(preferredShard) ?? this.claimBlock())
  }

  /** Publishes a finished unit. */
  finish(unit: Unit): void {
    const block = this.blocks[unit.block]
    if (unit.kind === 'replay') {
      const shard = this.shards[unit.shard]
      Atomics.add(this.words, this.word(shard, SHARD_OFFSET.nextBlock), 1)
      Atomics.store(this.words, this.word(shard, SHARD_OFFSET.busy), 0)
      if (Atomics.sub(this.words, this.word(block, BLOCK_OFFSET.remaining), 1) === 1) {
        Atomics.store(this.words, this.word(block, BLOCK_OFFSET.stage), BlockStage.Done)
        this.wakeReader()
      }
    }
    this.wakeWorkers()
  }

  private claimReplay(preferredShard: number): Unit | null {
    const { words, shards } = this
    for (let i = 0; i < shards.length; i++) {
      const shard = (preferredShard + i) % shards.length
      const at = shards[shard]
      const busy = this.word(at, SHARD_OFFSET.busy)
      if (Atomics.load(words, busy) !== 0 || !this.hasRun(at)) continue
      if (Atomics.compareExchange(words, busy, 0, 1) !== 0) continue
      if (this.hasRun(at)) return { kind: 'replay', shard, block: this.nextBlock(at) % this.blocks.length }
      Atomics.store(words, busy, 0)
    }
    return null
  }

  /** True when the shard's next block is scattered. */
  private hasRun(shard: number): boolean {
    const sequence = this.nextBlock(shard)
    if (!this.isScattered(sequence)) return false
    if (!this.looksAhead || this.isScattered(sequence + 1)) return true
    return Atomics.load(this.words, this.base + Word.End) === sequence + 1
  }

  private isScattered(sequence: number): boolean {
    const block = this.blockOf(sequence)
    return (
      Atomics.load(this.words, this.word(block, BLOCK_OFFSET.stage)) === BlockStage.Scattered &&
      Atomics.load(this.words, this.word(block, BLOCK_OFFSET.sequence)) === sequence
    )
  }

  private nextBlock(shard: number): number {
    return Atomics.load(this.words, this.word(shard, SHARD_OFFSET.nextBlock))
  }

  private claimBlock(): Unit | null {
    const { words, blocks } = this
    for (let block = 0; block < blocks.length; block++) {
      const stage = this.word(blocks[block], BLOCK_OFFSET.stage)
      switch (Atomics.load(words, stage)) {
        case BlockStage.Read:
          if (Atomics.compareExchange(words, stage, BlockStage.Read, BlockStage.Indexing) === BlockStage.Read) {
            return { kind: 'index', block }
          }
          break
        case BlockStage.Indexed:
          if (!this.isFragmentTurn(block)) break
          if (Atomics.compareExchange(words, stage, BlockStage.Indexed, BlockStage.Scattering) === BlockStage.Indexed) {
            return { kind: 'defragment', block }
          }
      }
    }
    return null
  }

  /** Fragments are put together in the order of the capture: every earlier block must be past that step. */
  private isFragmentTurn(index: number): boolean {
    const sequence = Atomics.load(this.words, this.word(this.blocks[index], BLOCK_OFFSET.sequence))
    return this.blocks.every((block) => {
      const stage = Atomics.load(this.words, this.word(block, BLOCK_OFFSET.stage))
      if (stage === BlockStage.Free || stage >= BlockStage.Scattered) return true
      return Atomics.load(this.words, this.word(block, BLOCK_OFFSET.sequence)) >= sequence
    })
  }

  /** True when every block of the trace has been claimed to the end by every shard. */
  private finished(): boolean {
    const end = Atomics.load(this.words, this.base + Word.End)
    return end !== END_UNKNOWN && this.shards.every((shard) => this.nextBlock(shard) >= end)
  }

  private blockOf(sequence: number): number {
    return this.blocks[sequence % this.blocks.length]
  }

  private word(at: number, offset: number): number {
    return (at + offset) >>> 2
  }

  private wakeWorkers(): void {
    Atomics.add(this.words, this.base + Word.Generation, 1)
    Atomics.notify(this.words, this.base + Word.Generation)
  }

  private wakeReader(): void {
    Atomics.add(this.words, this.base + Word.Done, 1)
    Atomics.notify(this.words, this.base + Word.Done)
  }
}
