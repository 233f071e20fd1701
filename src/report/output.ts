/**
 * Where an output goes: a file, or standard output for '-'. Text is buffered and written in order.
 * A file is opened at once, so that a path that cannot be written is an error before any work; what it held stays
 * until the first byte is written. A closed pipe swallows what comes after; every other failure is an OutputError.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'

const BUFFER_BYTES = 1 << 18
const STANDARD_OUTPUT = 1
/** How long to wait for a pipe that is full. */
const WAIT_MS = 5

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large',
  EIO: 'the device failed',
  EISDIR: 'it is a directory',
  ENOENT: 'there is no such directory',
  ENOSPC: 'no space is left on the device',
  ENOTEMPTY: 'the directory is not empty; name a new one',
  ENOTDIR: 'a part of the path is no directory',
  EROFS: 'the file system is read-only',
}

/** An output could not be written; the message says which and why. */
export class OutputError extends Error {
  constructor(path: string, code: string, message: string) {
    const name = path === '-' ? 'standard output' : path
    super(`hookline: ${name} cannot be written: ${REASONS[code] ?? message}`)
    this.name = 'OutputError'
  }
}

/** True for a path that is a regular file, or will be one. */
export function isRegularFile(path: string): boolean {
  return path !== '-' && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? true)
}

export class Output {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  private used = 0
  private started = false
  private pipeClosed = false

  private constructor(
    private readonly path: string,
    private readonly descriptor: number,
  ) {}

  static open(path: string): Output {
    if (path === '-') return new Output(path, STANDARD_OUTPUT)
    try {
      return new Output(path, openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666))
    } catch (error) {
      throw outputError(path, error)
    }
  }

  /** A file that was written before: what is written now comes behind it. */
  static append(path: string): Output {
    try {
      const output = new Output(path, openSync(path, constants.O_WRONLY | constants.O_APPEND))
      output.started = true
      return output
    } catch (error) {
      throw outputError(path, error)
    }
  }

  /** True once nobody reads any more: what is written goes nowhere. */
  get closed(): boolean {
    return this.pipeClosed
  }

  write(text: string): void {
    // No character takes more than three bytes in UTF-8 per UTF-16 unit.
    if (text.length * 3 <= BUFFER_BYTES - this.used) {
      this.used += this.buffer.write(text, this.used)
      return
    }
    this.flush()
    if (text.length * 3 <= BUFFER_BYTES) this.used = this.buffer.write(text, 0)
    else this.writeBytes(Buffer.from(text))
  }

  writeBytes(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES - this.used) this.flush()
    if (bytes.length > BUFFER_BYTES) {
      this.send(bytes)
    } else {
      this.buffer.set(bytes, this.used)
      this.used += bytes.length
    }
  }

  /** Closes the file without what is buffered. */
  discard(): void {
    this.used = 0
    if (this.path !== '-') closeSync(this.descriptor)
  }

  /** Writes what is buffered and closes the file. Nothing may be written afterwards. */
  close(): void {
    this.flush()
    this.send(this.buffer.subarray(0, 0))
    if (this.path === '-') return
    try {
      closeSync(this.descriptor)
    } catch (error) {
      throw outputError(this.path, error)
    }
  }

  private flush(): void {
    const { used } = this
    this.used = 0
    if (used > 0) this.send(this.buffer.subarray(0, used))
  }

  private send(bytes: Uint8Array): void {
    try {
      if (!this.started) this.start()
      for (let sent = 0; sent < bytes.length && !this.pipeClosed;) sent += this.sendSome(bytes.subarray(sent))
    } catch (error) {
      throw outputError(this.path, error)
    }
  }

  /** Throws away what the file held. */
  private start(): void {
    this.started = true
    if (this.path !== '-' && fstatSync(this.descriptor).isFile()) ftruncateSync(this.descriptor)
  }

  /** Bytes written; 0 when a pipe is full for now, or closed. */
  private sendSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.descriptor, bytes)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') this.pipeClosed = true
      else if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
      else throw error
      return 0
    }
  }
}

/** The failure of a system call as one of the output's. */
export function outputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  return new OutputError(path, error.code, error.message)
}
