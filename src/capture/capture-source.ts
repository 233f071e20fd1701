/**
 * A capture as the command line names it: `[IFACE=]FILE`, `-` for standard input.
 */

import { statSync } from 'node:fs'

export interface CaptureSource {
  /** Path, or `-`. */
  file: string
  /** The interface on which it was taken, for captures that do not say so themselves. */
  interfaceName: string | null
}

// What Linux takes for an interface's name: at most 15 bytes, no slash, no space. Kernel: dev_valid_name(),
// net/core/dev.c.
const NAMED = /^([^/\s=:]{1,15})=(.+)$/s

/** Splits `[IFACE=]FILE`. A file whose own name looks like that is written with a path: `./a=b.pcap`. */
export function parseCaptureSource(argument: string): CaptureSource {
  const named = NAMED.exec(argument)
  return named === null
    ? { file: argument, interfaceName: null }
    : { file: named[2] as string, interfaceName: named[1] as string }
}

/** Size of the files together; null when one is no regular file. */
export function bytesOnDisk(sources: readonly CaptureSource[]): number | null {
  let bytes = 0
  for (const { file } of sources) {
    const found = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false })
    if (found?.isFile() !== true) return null
    bytes += found.size
  }
  return bytes
}
