/**
 * What can be wrong with a capture. `unreadable`: there is nothing to replay (no such file, not a capture, a
 * program missing), found when it is opened. `broken`: it breaks off or is corrupt at `offset`; everything before
 * was delivered.
 */
export type CaptureProblem = 'unreadable' | 'broken'

export class CaptureError extends Error {
  /**
   * `offset` counts bytes of the uncompressed file; `record` is the number, in its file and from 1, of the packet
   * that could not be read, or 0 when it is none.
   */
  constructor(
    readonly problem: CaptureProblem,
    readonly file: string,
    readonly offset: number,
    readonly record: number,
    what: string,
  ) {
    const place = problem === 'broken' ? `byte ${offset}${record > 0 ? `, packet ${record}` : ''}: ` : ''
    super(`${file === '-' ? '<stdin>' : file}: ${place}${what}`)
    this.name = 'CaptureError'
  }
}
