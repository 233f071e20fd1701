/**
 * How far the replay is, on standard error when that is a terminal: a bar where the size of the captures is known,
 * else a count. Silent otherwise.
 */
import { SingleBar } from 'cli-progress'
import { formatCount } from './number.js'

/** Steps of the bar. */
const TOTAL = 1000
/** Updates without a bar: a capture of a few blocks is over at once. */
const SHOWN_AFTER = 8

export class Progress {
  private bar: SingleBar | null = null
  private stopped = false
  private updates = 0

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** `fraction` of the input read, or null when its size is not known. */
  update(fraction: number | null, packets: bigint): void {
    if (this.stopped || !this.stream.isTTY) return
    if (this.updates++ < SHOWN_AFTER) return
    this.bar ??= this.start(fraction !== null)
    this.bar.update(Math.round((fraction ?? 0) * TOTAL), { packets: formatCount(packets) })
  }

  /** Takes the bar away. May be called again. */
  stop(): void {
    this.stopped = true
    this.bar?.stop()
    this.bar = null
  }

  private start(sized: boolean): SingleBar {
    const bar = new SingleBar({
      stream: this.stream,
      format: sized
        ? 'replaying {bar} {percentage} %  {packets} packets  {eta_formatted} left'
        : 'replaying  {packets} packets',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
      etaBuffer: 50,
    })
    bar.start(TOTAL, 0, { packets: '0' })
    return bar
  }
}
