/**
 * One open capture file, whatever its format and packing: fills areas of the shared memory with its bytes and the
 * records in them. Bytes behind the last whole record of an area are moved to the front of the next one, so an area
 * must not be written by others (packets aside) until the next was filled. Memory does not grow with the file.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { RECORD_SIZE } from '../memory/record.js'
import { RECORD_WALK_SIZE, RecordWalkView } from '../memory/record-walk.js'
import { CaptureError } from './capture-error.js'
import type { Progress } from './capture-input.js'
import type { CaptureInterfaces } from './capture-interfaces.js'
import type { CaptureSource } from './capture-source.js'
import type { CaptureWalk } from './capture-walk.js'
import type { OpenCapture } from './open.js'
import { PcapWalk } from './pcap.js'
import { PcapngWalk } from './pcapng.js'
import type { RecordArea, RecordStream } from './record-stream.js'

/** Bytes read at a time: walked while they are still in the processor's cache. */
const SLICE = 256 << 10

export class CaptureFile implements RecordStream {
  failure: CaptureError | null = null
  private readonly walk: RecordWalkView
  private readonly format: CaptureWalk
  /** Bytes of the file moved to the areas so far. */
  private readBytes = 0
  /** Packets in the areas before this one. */
  private packets = 0
  private recordsAt = 0
  private ended = false

  constructor(
    dataPlane: DataPlane,
    private readonly source: CaptureSource,
    private readonly open: OpenCapture,
    interfaces: CaptureInterfaces,
  ) {
    this.walk = new RecordWalkView(dataPlane.memory, dataPlane.allocate(RECORD_WALK_SIZE, 'capture file'))
    const Format = open.format === 'pcapng' ? PcapngWalk : PcapWalk
    this.format = new Format(dataPlane, this.walk, source, interfaces)
  }

  get capturedBytes(): bigint {
    return this.walk.capturedBytes
  }

  get originalBytes(): bigint {
    return this.walk.originalBytes
  }

  async fillArea(area: RecordArea): Promise<number> {
    const { walk } = this
    if (this.ended) return 0
    this.recordsAt = area.recordsAt
    walk.records = area.recordsAt
    walk.recordsEnd = area.recordsAt + area.recordCount * RECORD_SIZE
    this.moveRest(area)
    for (;;) {
      const outcome = this.format.run()
      if (outcome === 'full') break
      if (outcome !== 'need-bytes') {
        this.end(outcome.corrupt)
        break
      }
      if (walk.end === area.bytesAt + area.byteCount) {
        if (walk.records > area.recordsAt) break
        this.moveRest(area)
      }
      const more = this.more(area)
      if (!(typeof more === 'boolean' ? more : await more)) break
    }
    const count = this.recordsInArea()
    this.packets += count
    this.recordsAt = walk.records
    return count
  }

  progress(): Progress | null {
    return this.open.input.progress()
  }

  close(): void {
    this.ended = true
    this.open.input.close()
  }

  private recordsInArea(): number {
    return (this.walk.records - this.recordsAt) / RECORD_SIZE
  }

  private moveRest(area: RecordArea): void {
    const { walk } = this
    const rest = walk.end - walk.at
    walk.memory.bytes.copyWithin(area.bytesAt, walk.at, walk.end)
    walk.at = area.bytesAt
    walk.end = area.bytesAt + rest
  }

  /** Reads the next bytes behind the walk's end; false at the end of the file. */
  private more(area: RecordArea): boolean | Promise<boolean> {
    const { walk } = this
    if (this.ended) return false
    const room = Math.min(SLICE, area.bytesAt + area.byteCount - walk.end)
    const target = walk.memory.bytes.subarray(walk.end, walk.end + room)
    try {
      const count = this.open.input.read(target)
      return typeof count === 'number' ? this.took(count) : this.later(count)
    } catch (error) {
      return this.end((error as Error).message)
    }
  }

  private async later(count: Promise<number>): Promise<boolean> {
    try {
      return this.took(await count)
    } catch (error) {
      return this.end((error as Error).message)
    }
  }

  private took(count: number): boolean {
    const { walk } = this
    walk.end += count
    this.readBytes += count
    if (count > 0) return true
    if (this.ended) return false
    // Of a block that is passed over, the bytes so far are behind `at`.
    const passed = walk.trailer === 0 ? 0 : walk.trailer - 4 - walk.skip
    const rest = walk.end - walk.at + passed
    if (rest > 0 || walk.trailer > 0) {
      return this.end(`the file is cut off: it ends ${rest} bytes into a ${this.format.part()}`, passed)
    }
    this.ended = true
    return false
  }

  /** Ends the file with a failure at the walk's place, or so many bytes before it. */
  private end(what: string, before = 0): false {
    const { walk } = this
    if (this.ended) return false
    this.ended = true
    const offset = this.readBytes - (walk.end - walk.at) - before
    const record = this.format.part() === 'packet' ? this.packets + this.recordsInArea() + 1 : 0
    this.failure = new CaptureError('broken', this.source.file, offset, record, what)
    return false
  }
}
