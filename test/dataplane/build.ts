/**
 * Compiles the data plane for tests, with the very flags of `npm run build:dataplane`. The module itself is built
 * once, before the first test; a test that needs more than its exports compiles an entry file of its own.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAIN_ENTRY = 'src/dataplane/index.ts'

/** The path of `entry` (from the project's root) as a wasm file, compiled again when a source is newer. */
export function buildDataPlane(entry = MAIN_ENTRY): string {
  const target = join(ROOT, 'dist', entry === MAIN_ENTRY ? 'dataplane.wasm' : `test-${basename(entry, '.ts')}.wasm`)
  if (existsSync(target) && statSync(target).mtimeMs > newestSource(entry)) return target
  const [, , , , ...flags] = buildCommand()
  // Compiled aside, then moved: test files run side by side and may want the same module.
  const fresh = `${target}.${process.pid}`
  execFileSync(process.execPath, ['node_modules/assemblyscript/bin/asc.js', entry, '--outFile', fresh, ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  renameSync(fresh, target)
  return target
}

/** `asc`, the entry, `--outFile`, its path, and the flags, as package.json has them. */
function buildCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  return scripts['build:dataplane'].split(' ')
}

function newestSource(entry: string): number {
  const folder = join(ROOT, 'src/dataplane')
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const times = sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs)
  return Math.max(statSync(join(ROOT, entry)).mtimeMs, statSync(join(ROOT, 'package.json')).mtimeMs, ...times)
}
