/**
 * A file beside the shared memory, for what does not fit there: all threads of the process append to it and read from
 * it by position. Its descriptor is the process's, the position of its end is in shared memory.
 * A write that fails is noted there, for the main thread to say; what was to be written is lost.
 */
import { readSync, writeSync } from 'node:fs'
import type { Memory } from './memory.js'

/** Bytes of shared memory: u64 position of the end, u32 failed. */
export const SPILL_BYTES = 16
const FAILED = 8
/** Node says so when it has no number for the failure. */
const SOME_FAILURE = 5

export class SpillFile {
  private readonly end: BigInt64Array

  /** `at` is the address of SPILL_BYTES zeroed bytes. */
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly descriptor: number,
  ) {
    this.end = new BigInt64Array(memory.wasm.buffer, at, 1)
  }

  /** The number of the error with which a write failed, in any thread; 0 when none did. */
  get failure(): number {
    return this.memory.u32(this.at + FAILED)
  }

  /** Returns the position of the bytes. */
  append(bytes: Uint8Array): number {
    const position = Number(Atomics.add(this.end, 0, BigInt(bytes.length)))
    this.write(bytes, position)
    return position
  }

  write(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done)
      }
    } catch (error) {
      const errno = (error as NodeJS.ErrnoException).errno ?? -SOME_FAILURE
      this.memory.setU32(this.at + FAILED, -errno)
    }
  }

  /** Fills `into`; requires that the bytes were written. */
  read(into: Uint8Array, position: number): void {
    for (let done = 0; done < into.length;) {
      const read = readSync(this.descriptor, into, done, into.length - done, position + done)
      if (read === 0) throw new Error('the spill file ends too soon')
      done += read
    }
  }
}
