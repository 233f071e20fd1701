/**
 * Each benchmark file is a program of its own, too: `node dist/bench/stages/walk.js` prints its table.
 */
import { measure, type Task } from './measure.js'
import { printRows } from './table.js'

/** Does nothing unless the module at `url` is the program. */
export async function runAlone(url: string, title: string, tasks: readonly Task[]): Promise<void> {
  if (url !== new URL(process.argv[1], 'file:').href) return
  console.log(printRows(title, await measure(tasks)))
}
