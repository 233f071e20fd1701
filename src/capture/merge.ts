/**
 * Several captures as one, in order of time: each is read into a buffer of its own, and their records, bytes too,
 * are copied from there in turn. Records of the same time come in the order of the files. When one file breaks off,
 * the whole does, at that point in time.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { RECORD_SIZE } from '../memory/record.js'
import { MERGE_INPUT_OFFSET, MERGE_INPUT_SIZE, RECORD_MERGE_SIZE, RecordMergeView } from '../memory/record-walk.js'
import type { CaptureError } from './capture-error.js'
import type { Progress } from './capture-input.js'
import type { RecordArea, RecordStream } from './record-stream.js'

/** A file's own buffer: more than the longest packet there can be. */
const BUFFER_BYTES = 2 << 20
const BUFFER_RECORDS = 16384

/** What `mergeRecords` returns when the area is full; else it is the number of an input that ran out. */
const FULL = 0xffffffff

interface Input {
  stream: RecordStream
  buffer: RecordArea
}

export class MergedRecords implements RecordStream {
  failure: CaptureError | null = null
  private readonly merge: RecordMergeView
  /** Those that are not over yet, in the order of the command line; in the shared memory likewise. */
  private readonly open: Input[]
  private readonly inputsAt: number
  private ended = false

  constructor(
    private readonly dataPlane: DataPlane,
    private readonly streams: RecordStream[],
  ) {
    this.merge = new RecordMergeView(dataPlane.memory, dataPlane.allocate(RECORD_MERGE_SIZE, 'merge'))
    this.inputsAt = dataPlane.allocate(streams.length * MERGE_INPUT_SIZE, 'merge')
    this.open = streams.map((stream) => ({
      stream,
      buffer: {
        bytesAt: dataPlane.allocate(BUFFER_BYTES, 'capture buffers'),
        byteCount: BUFFER_BYTES,
        recordsAt: dataPlane.allocate(BUFFER_RECORDS * RECORD_SIZE, 'capture buffers'),
        recordCount: BUFFER_RECORDS,
      },
    }))
    this.merge.inputs = this.inputsAt
    this.merge.inputCount = streams.length
  }

  get capturedBytes(): bigint {
    return this.merge.capturedBytes
  }

  get originalBytes(): bigint {
    return this.merge.originalBytes
  }

  async fillArea(area: RecordArea): Promise<number> {
    const { merge } = this
    merge.at = area.bytesAt
    merge.end = area.bytesAt + area.byteCount
    merge.records = area.recordsAt
    merge.recordsEnd = area.recordsAt + area.recordCount * RECORD_SIZE
    while (!this.ended) {
      const index = this.dataPlane.exports.mergeRecords(merge.address) >>> 0
      if (index === FULL) break
      await this.refill(index)
    }
    return (merge.records - area.recordsAt) / RECORD_SIZE
  }

  progress(): Progress | null {
    const sum = { doneBytes: 0, totalBytes: 0 }
    for (const stream of this.streams) {
      const progress = stream.progress()
      if (progress === null) return null
      sum.doneBytes += progress.doneBytes
      sum.totalBytes += progress.totalBytes
    }
    return sum
  }

  close(): void {
    this.ended = true
    for (const stream of this.streams) stream.close()
  }

  /** More records of an input that ran out; one that is over leaves, one that broke off ends the merge. */
  private async refill(index: number): Promise<void> {
    const { stream, buffer } = this.open[index] as Input
    const count = await stream.fillArea(buffer)
    if (count > 0) {
      this.offer(index, buffer.recordsAt, buffer.recordsAt + count * RECORD_SIZE)
      return
    }
    if (stream.failure !== null) {
      this.failure = stream.failure
      this.ended = true
      return
    }
    this.open.splice(index, 1)
    const next = this.inputsAt + (index + 1) * MERGE_INPUT_SIZE
    const end = this.inputsAt + (this.open.length + 1) * MERGE_INPUT_SIZE
    this.dataPlane.memory.bytes.copyWithin(next - MERGE_INPUT_SIZE, next, end)
    this.merge.inputCount = this.open.length
    if (this.open.length === 0) this.ended = true
  }

  private offer(index: number, next: number, end: number): void {
    const at = this.inputsAt + index * MERGE_INPUT_SIZE
    this.dataPlane.memory.setU32(at + MERGE_INPUT_OFFSET.next, next)
    this.dataPlane.memory.setU32(at + MERGE_INPUT_OFFSET.end, end)
  }
}
