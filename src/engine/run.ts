/**
 * The engine under way: the reader fills the ring of blocks, the pool replays them, and done blocks come back in
 * the order of the capture. In: a reader and a set-up memory. Out: how the capture ended.
 */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { CaptureError } from '../capture/capture-error.js'
import type { CaptureReader } from '../capture/capture-reader.js'
import { BLOCK_BYTES, BlockView } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import { Schedule } from './schedule.js'
import type { EngineAddresses } from './setup.js'
import { addTimes, noTimes, type WorkerTimes } from './stages.js'
import type { ReplayDone, ReplayTask } from './worker.js'

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
 * Worker threads when nobody says how many: one a core, but one for what fits into one block, which it replays sooner
 * than a second thread starts. `inputBytes` is null when not known.
 */
export function defaultWorkers(inputBytes: number | null): number {
  return inputBytes !== null && inputBytes <= BLOCK_BYTES ? 1 : availableParallelism()
}

/** A pool of threads that all run workers/replay.ts. */
export function createPool(workers: number): Piscina {
  return new Piscina({
    filename: new URL('../../workers/replay.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
  })
}

/**
 * Replays the whole trace. `onFirstRead` is called before workers see the first block. `onBlock` sees each block when all its packets have been replayed, in capture order.
 * When `signal` aborts, what was read until then is replayed to its end.
 */
export async function runEngine(
  pool: Piscina,
  workers: number,
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
  const running = Promise.all(
    Array.from({ length: workers }, (_, number): Promise<ReplayDone> => pool.run({ ...task, kind: 'replay', number })),
  )
  const workerTimes = noTimes()
  const failure = running.then((results) => {
    for (const { times } of results) addTimes(workerTimes, times)
    return results.find((result) => result.failure !== null)?.failure ?? null
  })
  // A rejection is seen when the failure is awaited below; until then the others must not wait for ever.
  failure.catch(() => schedule.publishFailure())

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
    }
  } catch (error) {
    schedule.publishFailure()
    await failure
    throw error
  }
  schedule.publishEnd(read)
  while (taken < read && !schedule.failed) await take()
  const message = await failure
  if (message !== null) throw new Error(message)
  return { problem, interrupted: signal.aborted, workerTimes, readMs }
}
