/**
 * iptables-legacy-restore and -save themselves, in a network namespace that lives for one call.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Family } from '../../src/ruleset/ruleset.js'

export interface Restored {
  /** True when the text could be loaded. */
  readonly accepted: boolean
  /** What the save program then printed. */
  readonly saved: string
  /** What restore said. */
  readonly said: string
}

/** Why the programs cannot be used here, or null when they can. */
export function whyNoIptables(): string | null {
  const probe = spawnSync('unshare', ['-n', 'iptables-legacy-save', '-V'], { encoding: 'utf8' })
  if (probe.error !== undefined) return `unshare: ${probe.error.message}`
  return probe.status === 0 ? null : `a network namespace with iptables-legacy is needed: ${probe.stderr.trim()}`
}

/** Loads each text into a fresh set of tables and saves it, counters included. */
export function restoreAll(texts: readonly string[], family: Family): Restored[] {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-restore-'))
  try {
    texts.forEach((text, index) => writeFileSync(join(folder, `${index}`), text))
    const program = family === 4 ? 'iptables-legacy' : 'ip6tables-legacy'
    const empty = ['raw', 'mangle', 'nat', 'filter', 'security'].map((table) => `*${table}\\nCOMMIT\\n`).join('')
    const script = `
      cd ${folder}
      i=0
      while [ $i -lt ${texts.length} ]; do
        printf '${empty}' | ${program}-restore
        if ${program}-restore -c <$i 2>$i.said; then ${program}-save -c >$i.saved; fi
        i=$((i + 1))
      done`
    const run = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`unshare failed: ${run.stderr}`)
    return texts.map((_, index) => restored(folder, index))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function restored(folder: string, index: number): Restored {
  const said = readFileSync(join(folder, `${index}.said`), 'utf8')
  try {
    return { accepted: true, saved: readFileSync(join(folder, `${index}.saved`), 'utf8'), said }
  } catch {
    return { accepted: false, saved: '', said }
  }
}

/** The lines of one table of a saved text, from `*table` to COMMIT. */
export function tableOf(saved: string, table: string): string {
  const start = saved.search(new RegExp(`^\\*${table}$`, 'm'))
  return start < 0 ? '' : saved.slice(start, saved.indexOf('\nCOMMIT\n', start) + '\nCOMMIT\n'.length)
}
