/**
 * The engine under way: the reader fills the ring of blocks, the crew replays them, and done blocks come back in
 * the order of the capture. In: a reader and a set-up memory. Out: how the capture ended.
 */
import type { CaptureError } from '../capture/capture-error.js'
import type { CaptureReader } from '../capture/capture-reader.js'
import { BlockView } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import type { Crew } from './crew.js'
import { Schedule } from './schedule.js'
import type { EngineAddresses } from './setup.js'
import { addTimes, noTimes, type WorkerTimes } from './stages.js'
import type { ReplayTask } from './worker.js'

export interface EngineEnd {
  /** Why the capture broke off; null at its proper end. */
  readonly problem: CaptureError | null
  readonly interrupted: boolean
  /** Of all workers together. */
  readonly workerTimes: WorkerTimes
  /** Reading the capture, in this thread. */
  readonly readMs: number
}

/**
 * Replays the whole trace. `onFirstRead` is called before workers see the first block. `onBlock` sees each block when all its packets have been replayed, in capture order.
 * When `signal` aborts, what was read until then is replayed to its end.
 */
export async function runEngine(
  crew: Crew,
  task: Omit<ReplayTask, 'number'>,
  memory: Memory,
  addresses: EngineAddresses,
  reader: CaptureReader,
  onFirstRead: () => void,
  onBlock: (block: BlockView) => void | Promise<void>,
  signal: AbortSignal,
): Promise<EngineEnd> {
  const schedule = new Schedule(memory, addresses.schedule, addresses.blocks, addresses.shards, addresses.looksAhead)
  schedule.reset()
  crew.start(task, () => schedule.publishFailure())

  const views = addresses.blocks.map((at) => new BlockView(memory, at))
  let read = 0
  let taken = 0
  let readMs = 0
  let problem: CaptureError | null = null
  const take = async (): Promise<void> => {
    await schedule.whenDone(taken)
    if (schedule.failed) return
    await onBlock(views[taken % views.length])
    schedule.free(taken)
    taken++
  }
  try {
    for (let end = false; !end && !signal.aborted && !schedule.failed;) {
      if (read - taken === views.length) await take()
      while (taken < read && schedule.isDone(taken)) await take()
      if (schedule.failed) break
      const block = views[read % views.length]
      const began = performance.now()
      const filled = await reader.fill(block)
      readMs += performance.now() - began
      end = filled.end
      problem = filled.problem
      if (block.recordCount === 0) continue
      if (read === 0) onFirstRead()
      schedule.publishRead(read)
      read++
      await crew.work()
    }
  } catch (error) {
    schedule.publishFailure()
    await crew.done()
    throw error
  }
  schedule.publishEnd(read)
  await crew.work()
  while (taken < read && !schedule.failed) await take()
  const workerTimes = noTimes()
  for (const { failure, times } of await crew.done()) {
    if (failure !== null) throw new Error(failure)
    addTimes(workerTimes, times)
  }
  return { problem, interrupted: signal.aborted, workerTimes, readMs }
}
