/**
 * Who does the units of work of a replay: threads that all run workers/replay.ts, or, for a short capture, the reader's
 * own thread, which is done before another one has started.
 */
import { availableParallelism } from 'node:os'
import { setImmediate as otherEvents } from 'node:timers/promises'
import type { Piscina } from 'piscina'
import type { CollectTask } from '../statistics/collect.js'
import type { ShardStatistics } from '../statistics/report.js'
import type { ReplayDone, ReplayTask, ReplayWorker } from './worker.js'

export interface Crew {
  readonly size: number
  /** Begins with a replay; `onCrash` is called should a worker come to no result at all. */
  start(task: Omit<ReplayTask, 'number'>, onCrash: () => void): void
  /** The reader has published a block, or the end: who shares its thread does what there is to do. */
  work(): Promise<void>
  /** What each worker came to, once the trace has been replayed to its end or one of them failed. */
  done(): Promise<readonly ReplayDone[]>
  /** What one shard has counted. */
  collect(task: CollectTask): Promise<ShardStatistics>
  dismiss(): Promise<void>
}

/** Bytes of a capture that the reader's own thread replays sooner than another one starts. */
export const SHORT_BYTES = 4 << 20

/** Workers when nobody says how many: one a core, but one for a short capture. `inputBytes` is null when not known. */
export function defaultWorkers(inputBytes: number | null): number {
  return isShort(inputBytes) ? 1 : availableParallelism()
}

/** `workers`: as many as asked for, else undefined. What a crew runs is imported for it alone. */
export async function gatherCrew(workers: number | undefined, inputBytes: number | null): Promise<Crew> {
  const size = workers ?? defaultWorkers(inputBytes)
  return size === 1 && isShort(inputBytes) ? gatherOwnThread() : gatherThreads(size)
}

function isShort(inputBytes: number | null): boolean {
  return inputBytes !== null && inputBytes <= SHORT_BYTES
}

async function gatherThreads(size: number): Promise<Crew> {
  const { Piscina } = await import('piscina')
  const pool = new Piscina({
    filename: new URL('../../workers/replay.js', import.meta.url).href,
    minThreads: size,
    maxThreads: size,
    concurrentTasksPerWorker: 1,
  })
  const { decodeShard } = await import('../statistics/wire.js')
  return new Threads(pool, size, decodeShard)
}

class Threads implements Crew {
  private running: Promise<ReplayDone[]> = Promise.resolve([])

  constructor(
    private readonly pool: Piscina,
    readonly size: number,
    private readonly decodeShard: (bytes: Uint8Array) => ShardStatistics,
  ) {}

  start(task: Omit<ReplayTask, 'number'>, onCrash: () => void): void {
    const run = (_: unknown, number: number): Promise<ReplayDone> => this.pool.run({ ...task, kind: 'replay', number })
    this.running = Promise.all(Array.from({ length: this.size }, run))
    // The rejection is seen when they are done; until then, the others must not wait for ever.
    this.running.catch(onCrash)
  }

  async work(): Promise<void> {
    // They have seen it themselves.
  }

  done(): Promise<readonly ReplayDone[]> {
    return this.running
  }

  async collect(task: CollectTask): Promise<ShardStatistics> {
    return this.decodeShard(await this.pool.run({ ...task, kind: 'collect' }))
  }

  dismiss(): Promise<void> {
    return this.pool.destroy()
  }
}

async function gatherOwnThread(): Promise<Crew> {
  const [worker, { collectShard }] = await Promise.all([import('./worker.js'), import('../statistics/collect.js')])
  return new OwnThread((task) => new worker.ReplayWorker(task), collectShard)
}

class OwnThread implements Crew {
  readonly size = 1
  private worker: ReplayWorker | null = null

  constructor(
    private readonly begin: (task: ReplayTask) => ReplayWorker,
    private readonly collectShard: (task: CollectTask) => ShardStatistics,
  ) {}

  start(task: Omit<ReplayTask, 'number'>): void {
    this.worker = this.begin({ ...task, number: 0 })
  }

  /** Between two units, whoever interrupts the replay gets his turn. */
  async work(): Promise<void> {
    while (this.worker?.workOnce() === true) await otherEvents()
  }

  async done(): Promise<readonly ReplayDone[]> {
    return this.worker === null ? [] : [this.worker.result()]
  }

  async collect(task: CollectTask): Promise<ShardStatistics> {
    return this.collectShard(task)
  }

  async dismiss(): Promise<void> {
    this.worker = null
  }
}
