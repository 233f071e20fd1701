/**
 * How long the steps of a replay took: for who measures, never for a result. A worker's steps add up over all workers,
 * so together they may be longer than the replay.
 */

/** What one worker was busy with. */
export interface WorkerTimes {
  /** Headers read, flows hashed, packets scattered to their shards. */
  indexMs: number
  /** Fragments put together. */
  defragmentMs: number
  /** Entries found, tracked and counted; the walks among them. */
  replayMs: number
  /** Rules walked; 0 unless it was asked for. */
  walkMs: number
}

export interface Stages extends Readonly<WorkerTimes> {
  /** Reading box and rules, compiling, laying out the memory; and a first replay, when there were two. */
  readonly setUpMs: number
  /** Reading the capture and finding its records. */
  readonly readMs: number
  /** From the first byte of the capture to the last packet's verdict, all of the above side by side. */
  readonly engineMs: number
  /** Adding up the shards and writing outputs. */
  readonly mergeMs: number
}

export function noTimes(): WorkerTimes {
  return { indexMs: 0, defragmentMs: 0, replayMs: 0, walkMs: 0 }
}

/** Adds `times` to `sum`. */
export function addTimes(sum: WorkerTimes, times: Readonly<WorkerTimes>): void {
  sum.indexMs += times.indexMs
  sum.defragmentMs += times.defragmentMs
  sum.replayMs += times.replayMs
  sum.walkMs += times.walkMs
}
