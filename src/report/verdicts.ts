/**
 * `--verdicts F`: one tab-separated line a packet, written block by block in the order of the capture. Everything
 * that depends on the packet's path alone is put into words once a path.
 */
import { OutcomeView, OUTCOME_SIZE } from '../memory/outcome.js'
import type { BlockView } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import { NO_COUNTER, PathView } from '../memory/path.js'
import { Reason, REASON_COUNT } from '../memory/reason.js'
import { RECORD_SIZE, RecordView } from '../memory/record.js'
import { HOOK_NAMES } from '../ruleset/ruleset.js'
import type { NumberedPlace } from '../compile/counters.js'
import { hooksOf, reasonText, stateName, verdictName, verdictOfReason } from '../statistics/verdict.js'
import type { Output } from './output.js'

const HEADER = 'packet\ttime\thooks\tverdict\twhere\tctstate\tctid\tmark\n'
const SECOND_NS = 1_000_000_000n
const NOTHING = '-'

export class VerdictWriter {
  private readonly outcome: OutcomeView
  private readonly record: RecordView
  private readonly path: PathView
  /** By path address or reason: the columns from hooks to ctstate. */
  private readonly words = new Map<number, string>()

  constructor(
    private readonly output: Output,
    memory: Memory,
    private readonly places: readonly NumberedPlace[],
  ) {
    this.outcome = new OutcomeView(memory)
    this.record = new RecordView(memory)
    this.path = new PathView(memory)
    output.write(HEADER)
  }

  /** Requires a block whose shards have all been replayed. */
  writeBlock(block: BlockView): void {
    const { outcome, record } = this
    const { recordCount, firstPacket, records, outcomes } = block
    for (let i = 0; i < recordCount; i++) {
      outcome.at = outcomes + i * OUTCOME_SIZE
      record.at = records + i * RECORD_SIZE
      const { path, mark, ctId } = outcome
      const columns = this.words.get(path) ?? this.describe(path)
      const noHook = path < REASON_COUNT
      this.output.write(
        `${firstPacket + BigInt(i)}\t${seconds(record.atNs)}\t${columns}\t${ctId === 0n ? NOTHING : ctId}\t` +
          `${noHook ? NOTHING : mark}\n`,
      )
    }
  }

  private describe(path: number): string {
    const columns = (path < REASON_COUNT ? reasonColumns(path) : this.pathColumns(path)).join('\t')
    this.words.set(path, columns)
    return columns
  }

  private pathColumns(at: number): string[] {
    const { path } = this
    path.at = at
    const hooks = hooksOf(path.hooks).map((hook) => HOOK_NAMES[hook])
    const state = stateName(path.ctState)
    return [hooks.join(',') || NOTHING, verdictName(path.verdict), this.where(), state === 'NO_STATE' ? NOTHING : state]
  }

  /** `INPUT filter SERVICES 3`: the hook, and the table, chain and number of the rule that decided. */
  private where(): string {
    const { where, hook, reason } = this.path
    if (reason !== Number(Reason.None)) return reasonText(reason)
    if (where === NO_COUNTER) return NOTHING
    const { table, chain, rule } = this.places[where]
    return `${HOOK_NAMES[hook - 1]} ${table} ${chain} ${rule === 0 ? 'policy' : rule}`
  }
}

function reasonColumns(reason: number): string[] {
  if (reason === Number(Reason.None)) return [NOTHING, NOTHING, NOTHING, NOTHING]
  const verdict = verdictOfReason(reason)
  return [NOTHING, verdict === 'NONE' ? NOTHING : verdict, reasonText(reason), NOTHING]
}

function seconds(ns: bigint): string {
  return `${ns / SECOND_NS}.${(ns % SECOND_NS).toString().padStart(9, '0')}`
}
