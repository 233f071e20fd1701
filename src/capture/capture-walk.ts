/**
 * One file format's walk over the bytes that are there: moves the shared `RecordWalk` on, record by record.
 */

/**
 * Why it stopped: no whole record or block is left; no room for records; or the bytes at the walk's `at` are not
 * what they should be, and nothing behind them can be found.
 */
export type WalkOutcome = 'need-bytes' | 'full' | { corrupt: string }

export type FilePart = 'header' | 'packet' | 'block'

export interface CaptureWalk {
  run(): WalkOutcome
  /** What part of the file is at `at`. */
  part(): FilePart
}
