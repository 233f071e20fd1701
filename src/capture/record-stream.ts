/**
 * Records in capture order, taken an area of the shared memory at a time: of one file, of several merged, or as
 * another parser found them.
 */
import type { CaptureError } from './capture-error.js'
import type { Progress } from './capture-input.js'

/** Room in the shared memory: for capture bytes, and for the `Record`s that point into them. */
export interface RecordArea {
  bytesAt: number
  byteCount: number
  recordsAt: number
  recordCount: number
}

export interface RecordStream {
  /** Why there are no more records, when it is not because the capture is over. */
  readonly failure: CaptureError | null
  /** Of all records so far: bytes captured, and bytes on the wire. */
  readonly capturedBytes: bigint
  readonly originalBytes: bigint
  /** Fills the area; resolves to the number of records, 0 only when there are no more. */
  fillArea(area: RecordArea): Promise<number>
  /** How much was read of what is on disk; null when nobody knows. */
  progress(): Progress | null
  /** Gives files and programs back. A waiting `fillArea` resolves to what it has; those after it to 0. */
  close(): void
}
