/**
 * The package pcap-parser in place of hookline's own walk (`--reader pcap-parser`): an independent second opinion,
 * for classic microsecond captures only. It believes every length and says nothing of a cut file, so a scan of the
 * record headers runs ahead of it and lets through only what is sound.
 */
import { EventEmitter } from 'node:events'
import pcapParser, { type ByteSource, type Packet } from 'pcap-parser'
import type { DataPlane } from '../memory/data-plane.js'
import { Direction, RECORD_SIZE, RecordView } from '../memory/record.js'
import { CaptureError } from './capture-error.js'
import type { Progress } from './capture-input.js'
import type { CaptureInterfaces } from './capture-interfaces.js'
import type { CaptureSource } from './capture-source.js'
import type { OpenCapture } from './open.js'
import { CAPTURED_LENGTH, PCAP_HEADER_BYTES, PCAP_RECORD_BYTES, badCapturedLength, readPcapHeader } from './pcap.js'
import type { RecordArea, RecordStream } from './record-stream.js'

/** Bytes given to the parser at a time; packets of one such piece wait in memory. */
const PIECE = 64 << 10

const FORMAT_NAMES = { 'pcap-nanoseconds': 'classic pcap in nanoseconds', pcapng: 'pcapng' }

/** The stream the parser listens to: bytes arrive when `data` is emitted, and at no other time. */
class Feed extends EventEmitter implements ByteSource {
  pause(): void {}
  resume(): void {}
}

export class PcapParserFile implements RecordStream {
  failure: CaptureError | null = null
  capturedBytes = 0n
  originalBytes = 0n
  private readonly feed = new Feed()
  private readonly scan = new HeaderScan()
  private readonly record: RecordView
  /** Packets parsed and not yet taken, from `taken` on. */
  private parsed: Packet[] = []
  private taken = 0
  private latestNs = 0n
  private captureInterface = -1
  private ended = false

  constructor(
    private readonly dataPlane: DataPlane,
    private readonly source: CaptureSource,
    private readonly open: OpenCapture,
    private readonly interfaces: CaptureInterfaces,
  ) {
    if (open.format !== 'pcap') {
      open.input.close()
      const what = `pcap-parser reads classic pcap in microseconds only, and this is ${FORMAT_NAMES[open.format]}`
      throw new CaptureError('unreadable', source.file, 0, 0, `${what}; leave out --reader pcap-parser`)
    }
    this.record = new RecordView(dataPlane.memory)
    const parser = pcapParser.parse(this.feed)
    parser.on('packet', (packet) => this.parsed.push(packet))
    parser.on('error', (error) => this.end(`pcap-parser: ${error.message}`))
  }

  async fillArea(area: RecordArea): Promise<number> {
    let at = area.bytesAt
    let count = 0
    for (;;) {
      while (this.taken < this.parsed.length) {
        const packet = this.parsed[this.taken] as Packet
        if (count === area.recordCount || at + packet.data.length > area.bytesAt + area.byteCount) return count
        this.put(packet, at, area.recordsAt + count * RECORD_SIZE)
        at += packet.data.length
        count += 1
        this.taken += 1
      }
      this.parsed = []
      this.taken = 0
      if (this.ended) return count
      try {
        await this.parseMore()
      } catch (error) {
        this.end((error as Error).message)
      }
    }
  }

  progress(): Progress | null {
    return this.open.input.progress()
  }

  close(): void {
    this.ended = true
    this.open.input.close()
  }

  private async parseMore(): Promise<void> {
    if (this.captureInterface < 0 && !(await this.readHeader())) return
    const piece = Buffer.allocUnsafe(PIECE)
    const count = await this.open.input.read(piece)
    if (count === 0) {
      this.end(this.scan.unfinished())
      return
    }
    const sound = this.scan.advance(piece.subarray(0, count))
    this.feed.emit('data', piece.subarray(0, sound))
    if (this.scan.damage !== null) this.end(this.scan.damage)
  }

  /** Looks at the file header, which the parser then reads for itself. */
  private async readHeader(): Promise<boolean> {
    const bytes = await this.open.input.peek(PCAP_HEADER_BYTES)
    if (bytes.length < PCAP_HEADER_BYTES) {
      return this.end(`the file is cut off: it ends ${bytes.length} bytes into a header`)
    }
    const header = readPcapHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0)
    if (typeof header === 'string') return this.end(header)
    const { file, interfaceName } = this.source
    this.captureInterface = this.interfaces.add({ name: interfaceName, linkType: header.linkType, file }, 0n)
    if (this.captureInterface < 0) return this.end('more than 65535 interfaces')
    this.scan.start(header.bigEndian, header.longest)
    return true
  }

  private put(packet: Packet, at: number, recordAt: number): void {
    const { header, data } = packet
    this.dataPlane.memory.bytes.set(data, at)
    const atNs = BigInt(header.timestampSeconds) * 1_000_000_000n + BigInt(header.timestampMicroseconds) * 1000n
    if (atNs > this.latestNs) this.latestNs = atNs
    const { record } = this
    record.at = recordAt
    record.bytes = at
    record.captured = data.length
    record.atNs = this.latestNs
    record.original = header.originalLength
    record.captureInterface = this.captureInterface
    record.direction = Direction.Unknown
    this.capturedBytes += BigInt(data.length)
    this.originalBytes += BigInt(header.originalLength)
  }

  /** Ends the file, with a failure at the scan's record when `what` says one. */
  private end(what: string | null): false {
    if (what !== null && !this.ended) {
      const { recordOffset, packets } = this.scan
      const record = recordOffset > 0 ? packets + 1 : 0
      this.failure = new CaptureError('broken', this.source.file, recordOffset, record, what)
    }
    this.ended = true
    return false
  }
}

/** Goes from record header to record header through pieces of a classic capture. */
class HeaderScan {
  /** Records whose bytes all passed. */
  packets = 0
  /** Offset in the file of the record that is being passed; 0 while it is the file header. */
  recordOffset = 0
  /** What is wrong with the record at `recordOffset`. */
  damage: string | null = null
  private bigEndian = false
  private longest = 0
  /** Bytes to pass before the next header begins, counted from the file's start. */
  private bodyLeft = PCAP_HEADER_BYTES
  private readonly header = new DataView(new ArrayBuffer(PCAP_RECORD_BYTES))
  private headerBytes = 0

  start(bigEndian: boolean, longest: number): void {
    this.bigEndian = bigEndian
    this.longest = longest
  }

  /** Passes over the next piece of the file; returns how much of it is sound. */
  advance(piece: Uint8Array): number {
    let at = 0
    while (at < piece.length) {
      if (this.bodyLeft > 0) {
        const passed = Math.min(this.bodyLeft, piece.length - at)
        at += passed
        this.bodyLeft -= passed
        if (this.bodyLeft === 0) this.recordEnds()
        continue
      }
      this.header.setUint8(this.headerBytes, piece[at] as number)
      at += 1
      this.headerBytes += 1
      if (this.headerBytes < PCAP_RECORD_BYTES) continue
      const captured = this.header.getUint32(CAPTURED_LENGTH, !this.bigEndian)
      if (captured > this.longest) {
        this.damage = badCapturedLength(captured, this.longest)
        return Math.max(0, at - PCAP_RECORD_BYTES)
      }
      this.bodyLeft = captured
      if (captured === 0) this.recordEnds()
    }
    return at
  }

  /** What a file that ends here lacks, or null. */
  unfinished(): string | null {
    if (this.headerBytes === 0 && this.bodyLeft === 0) return null
    return 'the file is cut off in the middle of a packet'
  }

  private recordEnds(): void {
    const recordBytes = this.headerBytes === 0 ? PCAP_HEADER_BYTES : this.recordBytes()
    if (this.headerBytes > 0) this.packets += 1
    this.recordOffset += recordBytes
    this.headerBytes = 0
  }

  private recordBytes(): number {
    return PCAP_RECORD_BYTES + this.header.getUint32(CAPTURED_LENGTH, !this.bigEndian)
  }
}
