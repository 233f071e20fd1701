/** Builds the data plane once, before any test file asks for it. */
import { buildDataPlane } from './build.js'

export default function setup(): void {
  try {
    buildDataPlane()
  } catch {
    // The compiler has said why; the tests that load the module fail, the others need not.
  }
}
