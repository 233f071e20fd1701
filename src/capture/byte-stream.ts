/**
 * Bytes that come in chunks, pulled one at a time: nothing is read ahead beyond a chunk or two, so a slow consumer
 * holds the producer back. See gunzip.ts and program-output.ts for streams that are unpacked on the way.
 */
import type { Readable } from 'node:stream'

export interface ByteStream {
  /** The next chunk, never empty; null at the end. Rejects when the bytes cannot be had. */
  next(): Promise<Uint8Array | null>
  /** Gives everything back; a waiting `next` resolves to null. */
  close(): void
}

/** The chunks of a Node stream. */
export class ReadableBytes implements ByteStream {
  private readonly iterator: AsyncIterator<Uint8Array>
  private closed = false

  constructor(private readonly readable: Readable) {
    this.iterator = readable.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
  }

  async next(): Promise<Uint8Array | null> {
    for (;;) {
      let chunk
      try {
        chunk = await this.iterator.next()
      } catch (error) {
        if (this.closed) return null
        throw error
      }
      if (chunk.done === true) return null
      if (chunk.value.length > 0) return chunk.value
    }
  }

  close(): void {
    this.closed = true
    this.readable.destroy()
  }
}

/** Some bytes first, then the rest of a stream: gives back what was looked at. */
export class PrefixedBytes implements ByteStream {
  constructor(
    private prefix: Uint8Array | null,
    private readonly rest: ByteStream,
  ) {}

  async next(): Promise<Uint8Array | null> {
    const { prefix } = this
    this.prefix = null
    return prefix !== null && prefix.length > 0 ? prefix : this.rest.next()
  }

  close(): void {
    this.rest.close()
  }
}
