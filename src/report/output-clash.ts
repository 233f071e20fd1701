/**
 * Outputs that would destroy what the replay reads, or one another: refused before anything is opened.
 */
import { statSync } from 'node:fs'
import { OutputError } from './output.js'
import { OUTPUT_NAMES, type OutputFiles } from './outputs.js'

/** Both are `iptables-save` texts, which may stand in one stream. */
const MAY_SHARE: ReadonlySet<string> = new Set(['counters', 'counters6'])

/** `inputs`: paths of what is read. Throws OutputError. */
export function refuseClashes(files: OutputFiles, inputs: readonly string[]): void {
  const read = new Set(inputs.flatMap((path) => identityOf(path) ?? []))
  const written = new Map<string, string>()
  for (const name of OUTPUT_NAMES) {
    const path = files[name]
    if (path === undefined) continue
    const identity = path === '-' ? path : (identityOf(path) ?? path)
    if (read.has(identity)) throw new OutputError(path, '', 'this replay reads it')
    const other = written.get(identity)
    const shared = path === '-' && other !== undefined && MAY_SHARE.has(other) && MAY_SHARE.has(name)
    if (other !== undefined && !shared) throw new OutputError(path, '', `--${other} and --${name} name it`)
    written.set(identity, name)
  }
}

/** Which regular file the path leads to; null when there is none yet. */
function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? `${found.dev}:${found.ino}` : null
}
