/**
 * One file format's walk over the bytes that are there: moves the shared `RecordWalk` on, record by record.
 */

/**
 * Why it stopped: no whole record or block is left; no room for records; or the bytes at the walk's `at` are not
 * what they should be, and nothing behind them can be found.
 */
export type WalkOutcome = 'need-bytes' | 'full' | { corrupt: string }

export interface CaptureWalk {
  run(): WalkOutcome
  /** True when what is at `at` is a packet's record, false when it is some other part of the file. */
  inPacket(): boolean
}
