/**
 * Measures rulesets on captures: every round replays with each ruleset in turn, so that what else the machine does
 * meets them all alike. In: rules files and how often. Out: packets a second with their spread, and where time goes.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BOX_FILES, boxFile } from '../box/read-box.js'
import type { UnknownAnswer } from '../extensions/option-reader.js'
import { replay, type ReplayOptions, type ReplayResult } from '../replay.js'
import type { Ruleset } from '../ruleset/ruleset.js'
import { parseRuleset } from '../syntax/parse-ruleset.js'
import { printRuleset } from '../syntax/print-ruleset.js'
import { describe, half } from './describe.js'
import { halves, ruleCount } from './halves.js'
import type { BenchmarkResult, HalfResult } from './result.js'

export interface BenchmarkOptions extends Omit<ReplayOptions, 'rules' | 'onProgress' | 'timeWalks'> {
  /** Rules files to compare; empty: the box's own rules. */
  readonly rules: readonly string[]
  /** Measured replays of each ruleset, at least one. */
  readonly runs: number
  /** Also measure each ruleset cut in halves. */
  readonly halves: boolean
  /** What is being replayed, and the share of the work that is done. */
  readonly onProgress?: ((what: string, fraction: number) => void) | undefined
}

export interface Benchmark {
  /** Null when it was interrupted before every ruleset had a run. */
  readonly result: BenchmarkResult | null
  readonly interrupted: boolean
  /** Why a capture breaks off; each run replays what comes before. */
  readonly problem: ReplayResult['problem']
}

/** Replays of each half: a curve needs its shape more than its digits. */
const HALF_RUNS = 3

/** One ruleset under measurement. */
interface Contender {
  readonly file: string | null
  /** The warm-up, in which walks are timed too. */
  readonly first: ReplayResult
  /** The replays after it. */
  readonly measured: ReplayResult[]
}

/** Throws what `replay` throws. */
export async function benchmark(options: BenchmarkOptions): Promise<Benchmark> {
  const own = boxFile(options.box ?? null, BOX_FILES.rules[4])
  const files = options.rules.length === 0 ? [own] : options.rules
  const cuts = options.halves ? await Promise.all(files.map((file) => readCuts(file, options.unknown))) : []
  const total = files.length * (options.runs + 1) + HALF_RUNS * cuts.flatMap(({ halves: each }) => each).length
  let done = 0
  const run: Run = async (file, what, timeWalks) => {
    options.onProgress?.(what, done++ / total)
    return replay({ ...replayOptions(options), rules: file ?? undefined, timeWalks })
  }
  const stopped = (): boolean => options.signal?.aborted === true

  const contenders = await warmUp(files, run, stopped)
  const problem = contenders?.[0].first.problem ?? null
  if (contenders !== null) await measure(contenders, options.runs, run, stopped)
  if (contenders === null || contenders[0].measured.length === 0) return { result: null, interrupted: true, problem }
  const curves: (readonly HalfResult[])[] = []
  for (const [index, { rules, halves: rulesets }] of cuts.entries()) {
    const { file, measured } = contenders[index]
    const runHalf: RunHalf = (cut) => run(cut, `${name(file)}, cut in halves`, false)
    const curve = await measureHalves(rulesets, runHalf, stopped)
    curves.push(curve.length === 0 ? [] : [half(rules, measured), ...curve])
  }
  const [{ measured: against }] = contenders
  const result = {
    captures: options.captures,
    packets: Number(against[0].report.packets),
    workers: against[0].workers,
    node: process.version,
    halved: options.halves && !stopped(),
    rulesets: contenders.map(({ file, first, measured }, index) =>
      describe(file, first, measured, against, curves[index] ?? []),
    ),
  }
  return { result, interrupted: stopped(), problem }
}

/** One replay with a rules file (null: the box's), told to whoever watches as `what`. */
type Run = (file: string | null, what: string, timeWalks: boolean) => Promise<ReplayResult>

/** Null when it was interrupted. */
async function warmUp(
  files: readonly (string | null)[],
  run: Run,
  stopped: () => boolean,
): Promise<Contender[] | null> {
  const contenders: Contender[] = []
  for (const file of files) {
    contenders.push({ file, first: await run(file, `${name(file)}, warm-up`, true), measured: [] })
    if (stopped()) return null
  }
  return contenders
}

/** Rounds of all contenders in turn; one that was interrupted compares nothing and is left out. */
async function measure(
  contenders: readonly Contender[],
  runs: number,
  run: Run,
  stopped: () => boolean,
): Promise<void> {
  for (let round = 0; round < runs; round++) {
    const results: ReplayResult[] = []
    for (const { file } of contenders) {
      results.push(await run(file, name(file), false))
      if (stopped()) return
    }
    results.forEach((result, index) => contenders[index].measured.push(result))
  }
}

function name(file: string | null): string {
  return file ?? "the box's rules"
}

function replayOptions(options: BenchmarkOptions): ReplayOptions {
  const { rules: _rules, runs: _runs, halves: _halves, onProgress: _progress, ...rest } = options
  return rest
}

interface Cuts {
  /** Of the whole file. */
  readonly rules: number
  readonly halves: readonly Ruleset[]
}

/** No halves of a file that does not parse: the replay itself says what is wrong with it. */
async function readCuts(file: string | null, unknown: UnknownAnswer = 'error'): Promise<Cuts> {
  if (file === null) return { rules: 0, halves: [] }
  const { ruleset, problems } = parseRuleset(await readFile(file, 'utf8'), file, 4, unknown)
  return { rules: ruleCount(ruleset), halves: problems.length > 0 ? [] : halves(ruleset) }
}

type RunHalf = (file: string) => Promise<ReplayResult>

/** Empty when it was interrupted. */
async function measureHalves(cuts: readonly Ruleset[], run: RunHalf, stopped: () => boolean): Promise<HalfResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-halves-'))
  try {
    const results: HalfResult[] = []
    for (const cut of cuts) {
      if (stopped()) return []
      const file = join(folder, `${ruleCount(cut)}-rules`)
      await writeFile(file, printRuleset(cut, null))
      const measured: ReplayResult[] = []
      for (let round = 0; round < HALF_RUNS; round++) {
        measured.push(await run(file))
        if (stopped()) return []
      }
      results.push(half(ruleCount(cut), measured))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}
