/**
 * The files that a replay was asked to write. All of them are opened before the replay, so that a path that cannot
 * be written is an error at once; verdicts are written block by block, everything else at the end.
 */
import type { CounterNumbers } from '../compile/counters.js'
import type { BlockView } from '../memory/block.js'
import type { Memory } from '../memory/memory.js'
import type { Family, Ruleset } from '../ruleset/ruleset.js'
import type { Report } from '../statistics/report.js'
import { conntrackLines } from './conntrack.js'
import { countersText } from './counters.js'
import { isRegularFile, Output } from './output.js'
import type { SentDirectory } from './sent-directory.js'
import { VerdictWriter } from './verdicts.js'

/** Paths; `-` is standard output. */
export interface OutputFiles {
  readonly counters?: string | undefined
  readonly counters6?: string | undefined
  readonly conntrack?: string | undefined
  readonly verdicts?: string | undefined
  readonly json?: string | undefined
  readonly pb?: string | undefined
}

type OutputName = keyof OutputFiles

/** False when something that is written during the replay goes where it cannot be taken back. */
export function canStartAgain(files: OutputFiles): boolean {
  return files.verdicts === undefined || isRegularFile(files.verdicts)
}

export const OUTPUT_NAMES: readonly OutputName[] = ['counters', 'counters6', 'conntrack', 'verdicts', 'json', 'pb']

export class Outputs {
  private readonly verdicts: VerdictWriter | null

  private constructor(
    private readonly outputs: ReadonlyMap<OutputName, Output>,
    private readonly memory: Memory,
    private readonly rulesets: readonly Ruleset[],
    private readonly numbers: CounterNumbers,
    /** Null when nobody asks for the packets that leave. */
    private readonly sent: SentDirectory | null,
  ) {
    const output = outputs.get('verdicts')
    this.verdicts = output === undefined ? null : new VerdictWriter(output, memory, numbers.places)
  }

  /** Opens every file that is asked for; throws OutputError. */
  static open(
    files: OutputFiles,
    memory: Memory,
    rulesets: readonly Ruleset[],
    numbers: CounterNumbers,
    sent: SentDirectory | null,
  ): Outputs {
    const outputs = new Map<OutputName, Output>()
    for (const name of OUTPUT_NAMES) {
      const path = files[name]
      if (path !== undefined) outputs.set(name, Output.open(path))
    }
    return new Outputs(outputs, memory, rulesets, numbers, sent)
  }

  /** Closes every file as it is: another replay will write them from their start. */
  discard(): void {
    for (const output of this.outputs.values()) output.discard()
    this.sent?.discard()
  }

  /** Requires a block whose shards have all been replayed. `suppressed`: packets whose answers were held back. */
  writeBlock(block: BlockView, suppressed: ReadonlySet<bigint>): void {
    this.verdicts?.writeBlock(block)
    this.sent?.writeBlock(block, suppressed)
  }

  /** Writes what is known at the end only, and closes every file. `nowNs` is the trace time of the last record. */
  async finish(report: Report, shards: readonly number[], nowNs: bigint): Promise<void> {
    this.write('counters', () => this.counters(4, report))
    this.write('counters6', () => this.counters(6, report))
    const conntrack = this.outputs.get('conntrack')
    if (conntrack !== undefined) {
      for (const line of conntrackLines(this.memory, shards, nowNs)) conntrack.write(line)
    }
    if (this.outputs.has('json') || this.outputs.has('pb')) await this.writeMessages(report)
    for (const output of this.outputs.values()) output.close()
    this.sent?.close()
  }

  private write(name: OutputName, text: () => string): void {
    this.outputs.get(name)?.write(text())
  }

  /** Protobuf is imported for these alone. */
  private async writeMessages(report: Report): Promise<void> {
    const { encodeReport, reportJson } = await import('../statistics/wire.js')
    this.write('json', () => `${JSON.stringify(reportJson(report), null, 2)}\n`)
    this.outputs.get('pb')?.writeBytes(encodeReport(report))
  }

  private counters(family: Family, report: Report): string {
    const ruleset = this.rulesets.find((each) => each.family === family) ?? null
    return countersText(family, ruleset, this.numbers, report.rules)
  }
}
