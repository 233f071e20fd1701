/**
 * A gzip file of any number of members, unpacked by zlib. A piece goes in when all output of the one before was
 * taken: what is in memory is one piece's output. Of a damaged file, the output of the piece with the damage is
 * lost (zlib keeps it back); of one that is cut, nothing.
 */
import { createGunzip } from 'node:zlib'
import type { ByteStream } from './byte-stream.js'
import { UnpackError } from './unpack-error.js'

/** Compressed bytes in a piece. */
const PIECE = 32 << 10
/** Bytes of output in a chunk: 351 to 458 MB/s from 64 KiB on, 194 with Node's default of 16 KiB; Node 20.20. */
const CHUNK = 256 << 10

export class Gunzip implements ByteStream {
  private readonly zlib = createGunzip({ chunkSize: CHUNK })
  private readonly unpacked: Uint8Array[] = []
  private packed: Uint8Array = new Uint8Array(0)
  private ended = false
  private failure: Error | null = null
  /** Ends the wait for zlib. */
  private wake: () => void = () => {}

  constructor(private readonly source: ByteStream) {
    this.zlib.on('data', (chunk: Uint8Array) => this.unpacked.push(chunk))
    this.zlib.on('error', (error: Error) => (this.failure = error))
    this.zlib.on('close', () => {
      this.ended = true
      this.wake()
    })
  }

  async next(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.unpacked.shift()
      if (chunk !== undefined) return chunk
      if (this.failure !== null) throw new UnpackError(`gzip: ${this.failure.message}`)
      if (this.ended) return null
      await this.feed()
    }
  }

  close(): void {
    this.source.close()
    this.zlib.destroy()
  }

  private async feed(): Promise<void> {
    if (this.packed.length === 0) {
      const packed = await this.source.next()
      if (this.ended) return
      if (packed === null) {
        // The stream closes when all output was taken, or with an error when the file is cut.
        return this.until(() => this.zlib.end())
      }
      this.packed = packed
    }
    const piece = this.packed.subarray(0, PIECE)
    this.packed = this.packed.subarray(piece.length)
    // After an error zlib never says that it has done with the piece: then the close ends the wait.
    return this.until((done) => this.zlib.write(piece, done))
  }

  private until(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
      start(resolve)
    })
  }
}
