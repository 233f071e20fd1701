/**
 * The captures of a replay as blocks: packets numbered from 1 in merged order, times that never go back. What the
 * files look like ends here.
 */
import { BLOCK_BYTES, BLOCK_RECORDS, type BlockView } from '../memory/block.js'
import type { DataPlane } from '../memory/data-plane.js'
import { RECORD_SIZE, RecordView } from '../memory/record.js'
import { BrokenFile } from './broken-file.js'
import { CaptureError } from './capture-error.js'
import { CaptureFile } from './capture-file.js'
import type { CaptureInterface, CaptureInterfaces } from './capture-interfaces.js'
import type { CaptureSource } from './capture-source.js'
import { MergedRecords } from './merge.js'
import { openCapture } from './open.js'
import type { RecordStream } from './record-stream.js'

/** Who finds the records in a file: hookline itself, or the pcap-parser package for a second opinion. */
export type RecordFinder = 'hookline' | 'pcap-parser'

export interface Filled {
  readonly end: boolean
  /** Why the capture broke off; everything before was delivered. */
  readonly problem: CaptureError | null
}

export class CaptureReader {
  /** Packets in the blocks so far. */
  packets = 0
  /** Time of the first and the last packet so far, nanoseconds since 1970; null before the first. */
  firstNs: bigint | null = null
  lastNs: bigint | null = null
  private readonly record: RecordView

  private constructor(
    dataPlane: DataPlane,
    private readonly stream: RecordStream,
    private readonly captureInterfaces: CaptureInterfaces,
  ) {
    this.record = new RecordView(dataPlane.memory)
  }

  /** Opens all captures. Throws a CaptureError `unreadable` when one is none. */
  static async open(
    dataPlane: DataPlane,
    sources: CaptureSource[],
    interfaces: CaptureInterfaces,
    finder: RecordFinder,
  ): Promise<CaptureReader> {
    if (sources.filter((source) => source.file === '-').length > 1) {
      throw new CaptureError('unreadable', '-', 0, 0, 'standard input can be read only once')
    }
    const streams: RecordStream[] = []
    try {
      for (const source of sources) {
        streams.push(await openStream(dataPlane, source, interfaces, finder))
      }
    } catch (error) {
      for (const stream of streams) stream.close()
      throw error
    }
    const [first] = streams
    const stream = first !== undefined && streams.length === 1 ? first : new MergedRecords(dataPlane, streams)
    return new CaptureReader(dataPlane, stream, interfaces)
  }

  /**
   * Fills the block's bytes and records and sets its `recordCount` and `firstPacket`; no record at the end, which
   * comes with the problem that made it, if any. The bytes of the block filled before may be changed inside packets
   * only. Waits for input that comes in its own time.
   */
  async fill(block: BlockView): Promise<Filled> {
    const recordsAt = block.records
    const count = await this.stream.fillArea({
      bytesAt: block.bytes,
      byteCount: BLOCK_BYTES,
      recordsAt,
      recordCount: BLOCK_RECORDS,
    })
    block.recordCount = count
    if (count === 0) return { end: true, problem: this.stream.failure }
    block.firstPacket = BigInt(this.packets + 1)
    this.packets += count
    this.firstNs ??= this.timeAt(recordsAt)
    this.lastNs = this.timeAt(recordsAt + (count - 1) * RECORD_SIZE)
    return { end: false, problem: null }
  }

  /** Bytes captured so far, record headers not counted. */
  capturedBytes(): number {
    return Number(this.stream.capturedBytes)
  }

  /** Bytes the packets so far had on the wire, by their records. */
  originalBytes(): number {
    return Number(this.stream.originalBytes)
  }

  /** The interfaces met so far, in the order of `Record.captureInterface`. */
  interfaces(): readonly CaptureInterface[] {
    return this.captureInterfaces.list
  }

  /** How much of the files was read, 0 to 1; null when it cannot be known (standard input). */
  progress(): number | null {
    const progress = this.stream.progress()
    if (progress === null) return null
    return progress.totalBytes === 0 ? 1 : Math.min(1, progress.doneBytes / progress.totalBytes)
  }

  /** Ends the reading at once: a waiting `fill` gives the records it has, the next one is the end. */
  close(): void {
    this.stream.close()
  }

  private timeAt(record: number): bigint {
    this.record.at = record
    return this.record.atNs
  }
}

/** A capture that breaks off at once is one without records: the others are replayed all the same. */
async function openStream(
  dataPlane: DataPlane,
  source: CaptureSource,
  interfaces: CaptureInterfaces,
  finder: RecordFinder,
): Promise<RecordStream> {
  try {
    const open = await openCapture(source)
    if (finder === 'hookline') return new CaptureFile(dataPlane, source, open, interfaces)
    const { PcapParserFile } = await import('./pcap-parser-reader.js')
    return new PcapParserFile(dataPlane, source, open, interfaces)
  } catch (error) {
    if (error instanceof CaptureError && error.problem === 'broken') return new BrokenFile(error)
    throw error
  }
}
