/**
 * What a program (`zstd -dc`, `xz -dc`) makes of a file or of another stream. The pipe between holds the program
 * back when its output is not taken; everything it wrote before it failed is delivered before the failure is.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ReadableBytes, type ByteStream } from './byte-stream.js'
import { UnpackError } from './unpack-error.js'

/** Characters kept of what the program says on standard error. */
const COMPLAINT = 400

export class ProgramOutput implements ByteStream {
  private readonly child: ChildProcess
  private readonly output: ReadableBytes
  /** Resolves when the program is gone: to what went wrong, or null. */
  private readonly gone: Promise<string | null>
  private sourceFailure: Error | null = null
  private closed = false
  /** False when the program could not even be started. */
  private started = true

  /** `source` is an open file at its beginning, which the program reads itself, or a stream; it is closed with this. */
  constructor(
    private readonly program: string,
    options: string[],
    private readonly source: number | ByteStream,
  ) {
    const child = spawn(program, options, { stdio: [typeof source === 'number' ? source : 'pipe', 'pipe', 'pipe'] })
    this.child = child
    this.output = new ReadableBytes(child.stdout as Readable)
    this.gone = this.untilGone(child)
    if (typeof source !== 'number') void this.pump(source, child.stdin as Writable)
  }

  async next(): Promise<Uint8Array | null> {
    const chunk = await this.output.next()
    if (chunk !== null) return chunk
    const failure = await this.gone
    if (this.closed) return null
    if (this.sourceFailure !== null) throw this.sourceFailure
    if (failure !== null) throw this.started ? new UnpackError(failure) : new Error(failure)
    return null
  }

  close(): void {
    this.closed = true
    if (typeof this.source === 'number') closeSync(this.source)
    else this.source.close()
    this.output.close()
    this.child.kill()
  }

  private untilGone(child: ChildProcess): Promise<string | null> {
    const { program } = this
    let complaint = ''
    const stderr = child.stderr as Readable
    stderr.setEncoding('utf8')
    stderr.on('data', (text: string) => (complaint = (complaint + text).slice(0, COMPLAINT)))
    return new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.started = false
        const missing = `it is packed, and the program ${program} that unpacks it is not installed`
        resolve(error.code === 'ENOENT' ? missing : `${program} cannot be started: ${error.message}`)
      })
      child.once('close', (code, signal) => {
        const said = complaint.trim().split('\n')[0]
        resolve(code === 0 ? null : said || `${program} ended with ${signal ?? `exit code ${code}`}`)
      })
    })
  }

  /** Moves the source into the program, as fast as it takes it. */
  private async pump(source: ByteStream, stdin: Writable): Promise<void> {
    try {
      await pipeline(this.chunks(source), stdin)
    } catch {
      // The program closed its input: it failed, and `gone` tells why.
    }
  }

  private async *chunks(source: ByteStream): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await source.next(); chunk !== null; chunk = await source.next()) yield chunk
    } catch (error) {
      this.sourceFailure = error as Error
    }
  }
}
