/**
 * A packed capture that breaks off before its first byte is unpacked: no records, and why.
 */
import type { CaptureError } from './capture-error.js'
import type { Progress } from './capture-input.js'
import type { RecordStream } from './record-stream.js'

export class BrokenFile implements RecordStream {
  readonly capturedBytes = 0n
  readonly originalBytes = 0n

  constructor(readonly failure: CaptureError) {}

  fillArea(): Promise<number> {
    return Promise.resolve(0)
  }

  progress(): Progress | null {
    return null
  }

  /** Nothing is open. */
  close(): void {}
}
