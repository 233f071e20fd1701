/**
 * Every benchmark, as one page of tables. `npm run bench` prints it; `npm run bench -- --write` puts it in front of
 * the older ones in bench/RESULTS.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { measure, type Task } from './measure.js'
import * as replay from './replay.js'
import * as connections from './stages/connections.js'
import * as ends from './stages/ends.js'
import * as indexing from './stages/index.js'
import * as reading from './stages/reading.js'
import * as walk from './stages/walk.js'
import { circumstances, printRows } from './table.js'

const parts: readonly { readonly title: string; readonly tasks: readonly Task[] }[] = [
  reading,
  indexing,
  connections,
  walk,
  ends,
  replay,
]

const tables: string[] = []
for (const { title, tasks } of parts) {
  const table = printRows(title, await measure(tasks))
  console.log(table)
  tables.push(table)
}
console.log(circumstances())
if (process.argv.includes('--write')) {
  const results = new URL('../../bench/RESULTS.md', import.meta.url)
  const [head, ...older] = readFileSync(results, 'utf8').split(/^(?=## )/m)
  writeFileSync(results, [head, `## ${circumstances()}\n\n${tables.join('\n')}\n`, ...older].join(''))
}
