/**
 * The bytes of an open capture file, uncompressed, moved straight to where the reader wants them. A plain file is
 * read at once (`read` returns a number); what comes in its own time returns a promise.
 */
import { closeSync, fstatSync, readFileSync, readSync } from 'node:fs'
import type { ByteStream } from './byte-stream.js'

/** How much of the file on disk was read. */
export interface Progress {
  doneBytes: number
  totalBytes: number
}

export interface CaptureInput {
  /** The first bytes, up to `count`, without taking them. Only before the first `read`. */
  peek(count: number): Promise<Uint8Array>
  /** Moves at least 1 and at most `target.length` bytes to `target`; returns how many, 0 at the end. */
  read(target: Uint8Array): number | Promise<number>
  /** Null when nobody knows how much there is. */
  progress(): Progress | null
  /** Gives files and programs back; a waiting `read` returns 0. */
  close(): void
}

/** A regular file, not compressed. */
export class PlainInput implements CaptureInput {
  private position = 0
  private readonly size: number
  private closed = false

  constructor(private readonly fd: number) {
    this.size = fstatSync(fd).size
  }

  async peek(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count)
    return bytes.subarray(0, readSync(this.fd, bytes, 0, count, 0))
  }

  read(target: Uint8Array): number {
    const count = readSync(this.fd, target, 0, target.length, this.position)
    this.position += count
    return count
  }

  progress(): Progress {
    return { doneBytes: this.position, totalBytes: this.size }
  }

  close(): void {
    if (!this.closed) closeSync(this.fd)
    this.closed = true
  }
}

/** A stream of chunks: each is copied on, and the next one asked for when it is used up. */
export class StreamInput implements CaptureInput {
  private chunk: Uint8Array = new Uint8Array(0)
  private closed = false

  /** `fd` is the regular file behind the stream, to see how far it was read; the stream closes it. */
  constructor(
    private readonly stream: ByteStream,
    private readonly fd: number | null,
  ) {}

  async peek(count: number): Promise<Uint8Array> {
    while (this.chunk.length < count) {
      const next = await this.stream.next()
      if (next === null) break
      this.chunk = this.chunk.length === 0 ? next : Buffer.concat([this.chunk, next])
    }
    return this.chunk.subarray(0, count)
  }

  /** What was peeked at and not read. */
  rest(): Uint8Array {
    return this.chunk
  }

  read(target: Uint8Array): number | Promise<number> {
    return this.chunk.length > 0 ? this.take(target) : this.wait(target)
  }

  progress(): Progress | null {
    if (this.fd === null || this.closed) return null
    const position = positionOf(this.fd)
    return position === null ? null : { doneBytes: position, totalBytes: fstatSync(this.fd).size }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.stream.close()
  }

  private async wait(target: Uint8Array): Promise<number> {
    const next = this.closed ? null : await this.stream.next()
    if (next === null) return 0
    this.chunk = next
    return this.take(target)
  }

  private take(target: Uint8Array): number {
    const count = Math.min(this.chunk.length, target.length)
    target.set(this.chunk.subarray(0, count))
    this.chunk = this.chunk.subarray(count)
    return count
  }
}

/** Where the next read of an open file, here or in a child that shares it, begins; null where Linux does not say. */
function positionOf(fd: number): number | null {
  try {
    const position = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
    return position === null ? null : Number(position[1])
  } catch {
    return null
  }
}
