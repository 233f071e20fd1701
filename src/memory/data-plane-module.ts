/**
 * The data plane as it was built: compiled once, and instantiated by each thread.
 */
import { readFile } from 'node:fs/promises'

export async function compileDataPlane(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('../../dataplane.wasm', import.meta.url)))
}
