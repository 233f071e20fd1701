/**
 * The two descriptions of each struct in shared memory, the data plane's and the control plane's, agree: the fields
 * are read out of src/dataplane/layout, their offsets asked of the compiler, and compared with src/memory.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildDataPlane } from './build.js'

interface Struct {
  readonly name: string
  readonly file: string
  readonly fields: readonly string[]
}
interface Mirror {
  readonly struct: string
  readonly offsets: Readonly<Record<string, number>>
  readonly size: unknown
}

const LAYOUT = new URL('../../src/dataplane/layout/', import.meta.url)
const MEMORY = new URL('../../src/memory/', import.meta.url)
/** Compiled from dist, so that the generated entry is never committed. */
const ENTRY = new URL('../../dist/offsets.ts', import.meta.url)

const structs = readdirSync(LAYOUT).flatMap(readStructs)
const mirrors = await readMirrors()
let offsets: Record<string, number>

beforeAll(() => {
  offsets = compileOffsets()
})

describe.each(mirrors)('struct $struct', (mirror) => {
  test('has the same offsets on both sides', () => {
    const { name, fields } = structOf(mirror)
    const mirrored = fields.filter((field) => field in mirror.offsets)
    expect(mirror.offsets).toEqual(Object.fromEntries(mirrored.map((field) => [field, offsets[`${name}_${field}`]])))
  })

  test('has the same size on both sides', () => {
    expect(mirror.size).toBe(offsets[structOf(mirror).name])
  })
})

/** Every X_OFFSET of src/memory with its X_SIZE. What only the data plane looks at has none. */
async function readMirrors(): Promise<Mirror[]> {
  const modules = await Promise.all(
    readdirSync(MEMORY).map((file) => import(new URL(file, MEMORY).href) as Promise<Record<string, unknown>>),
  )
  return modules.flatMap((module) =>
    Object.keys(module)
      .filter((name) => name.endsWith('_OFFSET'))
      .map((name) => {
        const struct = name.slice(0, -'_OFFSET'.length)
        return { struct, offsets: module[name] as Record<string, number>, size: module[`${struct}_SIZE`] }
      }),
  )
}

/** The data plane's struct of the mirror's name: CAPTURE_INTERFACE is CaptureInterface. */
function structOf({ struct }: Mirror): Struct {
  const found = structs.find(({ name }) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() === struct)
  if (found === undefined) throw new Error(`src/dataplane/layout has no struct for ${struct}_OFFSET`)
  return found
}

/** The unmanaged classes of one layout file; what is called unused is padding. */
function readStructs(file: string): Struct[] {
  const text = readFileSync(new URL(file, LAYOUT), 'utf8')
  return [...text.matchAll(/^@unmanaged\nexport class (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => ({
    name,
    file,
    fields: [...body.matchAll(/^ {2}(\w+): \w+/gm)].map(([, field]) => field).filter((f) => !f.startsWith('unused')),
  }))
}

function compileOffsets(): Record<string, number> {
  mkdirSync(new URL('.', ENTRY), { recursive: true })
  const lines = structs.map(({ name, file, fields }) =>
    [
      `import { ${name} } from '../src/dataplane/layout/${file.replace('.ts', '')}'`,
      `export function ${name}_size(): usize { return offsetof<${name}>() }`,
    ]
      .concat(fields.map((f) => `export function ${name}_${f}(): usize { return offsetof<${name}>('${f}') }`))
      .join('\n'),
  )
  writeFileSync(ENTRY, lines.join('\n'))
  const memory = new WebAssembly.Memory({ initial: 65536, maximum: 65536, shared: true })
  const module = new WebAssembly.Module(readFileSync(buildDataPlane('dist/offsets.ts')))
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, () => number>
  const calls = Object.entries(exports).filter(([, value]) => typeof value === 'function')
  return Object.fromEntries(calls.map(([name, offset]) => [name.replace(/_size$/, ''), offset()]))
}
