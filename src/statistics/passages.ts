/**
 * How packets left each hook and each of its tables: worked out from the hooks that a path entered, in order, and
 * from what decided it. Every table up to the deciding one let the packet pass; nat, which is asked for a connection's
 * first packet only, where one of its counters says that it was.
 */
import { NO_COUNTER, PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import { type Family, type Hook, HOOK_NAMES, type TableName } from '../ruleset/ruleset.js'
import { TABLES_AT_HOOK } from '../ruleset/table-order.js'
import type { CounterPlace } from './counter-place.js'
import type { HookVerdicts, PathCount } from './report.js'
import { VerdictTally } from './tally.js'
import { hooksOf, verdictName } from './verdict.js'

/** Verdicts that end a packet's way inside a hook. */
const ENDS_IN_HOOK: ReadonlySet<number> = new Set([PathVerdict.Drop, PathVerdict.Reject, PathVerdict.Queue])
const FAMILIES: readonly Family[] = [4, 6]

interface Passage {
  readonly hook: VerdictTally
  /** In the order in which the hook asks them. */
  readonly tables: ReadonlyMap<TableName, VerdictTally>
  entered: boolean
}

export class Passages {
  private readonly passages: ReadonlyMap<Family, readonly Passage[]>

  constructor(private readonly places: readonly CounterPlace[]) {
    this.passages = new Map(
      FAMILIES.map((family) => [family, HOOK_NAMES.map((_, hook) => passage(tablesAt(places, family, hook)))]),
    )
  }

  add(path: PathCount): void {
    const passages = this.passages.get(path.family)
    if (passages === undefined) return
    for (const hook of hooksOf(path.hooks)) {
      const passage = passages[hook]
      const ends = ENDS_IN_HOOK.has(path.verdict) && path.hook === hook + 1
      const verdict = ends ? verdictName(path.verdict) : 'ACCEPT'
      passage.entered = true
      passage.hook.add(verdict, path.packets, path.bytes)
      for (const [table, tally] of passage.tables) {
        const last = ends && this.decides(path, table)
        if (table === 'nat' && !last && !this.asksNat(path, hook)) continue
        if (ends && path.reason === Number(Reason.ConntrackFull) && table !== 'raw') break
        tally.add(last ? verdict : 'ACCEPT', path.packets, path.bytes)
        if (last) break
      }
    }
  }

  list(): HookVerdicts[] {
    return FAMILIES.flatMap((family) =>
      (this.passages.get(family) ?? []).flatMap((passage, hook) =>
        passage.entered
          ? [
              {
                family,
                hook: HOOK_NAMES[hook],
                verdicts: passage.hook.list(),
                tables: [...passage.tables].map(([table, tally]) => ({ table, verdicts: tally.list() })),
              },
            ]
          : [],
      ),
    )
  }

  private asksNat({ counters }: PathCount, hook: Hook): boolean {
    return counters.some((counter) => {
      const { table, chain } = this.places[counter]
      return table === 'nat' && chain === HOOK_NAMES[hook]
    })
  }

  private decides(path: PathCount, table: TableName): boolean {
    return path.where !== NO_COUNTER && this.places[path.where].table === table
  }
}

function passage(tables: readonly TableName[]): Passage {
  return {
    hook: new VerdictTally(),
    tables: new Map(tables.map((table) => [table, new VerdictTally()])),
    entered: false,
  }
}

/** The loaded tables with a chain at the hook, by priority. */
function tablesAt(places: readonly CounterPlace[], family: Family, hook: Hook): TableName[] {
  return TABLES_AT_HOOK[hook].filter((table) =>
    places.some(
      (place) =>
        place.family === family && place.table === table && place.rule === 0 && place.chain === HOOK_NAMES[hook],
    ),
  )
}
