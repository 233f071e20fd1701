/**
 * How far a long work is, on standard error when that is a terminal: a bar where the end is known, else a note only.
 * Silent otherwise.
 */
import type { SingleBar } from 'cli-progress'

/** Steps of the bar. */
const TOTAL = 1000

export class Progress {
  /** Undefined until its package is there, which is imported for a bar that is shown. */
  private bar: SingleBar | undefined
  private starting = false
  private stopped = false
  private updates = 0

  /** `verb` says what is going on; the first `quietUpdates` are not shown, so that what is over at once shows nothing. */
  constructor(
    private readonly verb: string,
    private readonly quietUpdates: number,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  /** `fraction` of the work that is done, or null when its size is not known. */
  update(fraction: number | null, note: string): void {
    if (this.stopped || !this.stream.isTTY) return
    if (this.updates++ < this.quietUpdates) return
    if (!this.starting) void this.start(fraction !== null)
    this.starting = true
    this.bar?.update(Math.round((fraction ?? 0) * TOTAL), { note })
  }

  /** Takes the bar away. May be called again. */
  stop(): void {
    this.stopped = true
    this.bar?.stop()
    this.bar = undefined
  }

  private async start(sized: boolean): Promise<void> {
    const { SingleBar } = await import('cli-progress')
    if (this.stopped) return
    const { verb } = this
    const bar = new SingleBar({
      stream: this.stream,
      format: sized ? `${verb} {bar} {percentage} %  {note}  {eta_formatted} left` : `${verb}  {note}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
      etaBuffer: 50,
    })
    bar.start(TOTAL, 0, { note: '' })
    this.bar = bar
  }
}
