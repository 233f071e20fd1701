/**
 * The whole way on one page: open the box and the captures, read and compile the rules, run the engine, merge what
 * the shards counted, write the outputs.
 */
import { readFile } from 'node:fs/promises'
import type { Box } from './box/box.js'
import { idleSettingsAmong } from './box/idle-settings.js'
import { BOX_FILES, boxFile, boxFileNames, readBox } from './box/read-box.js'
import type { CaptureError } from './capture/capture-error.js'
import { CaptureInterfaces } from './capture/capture-interfaces.js'
import { CaptureReader, type RecordFinder } from './capture/capture-reader.js'
import { bytesOnDisk, type CaptureSource, parseCaptureSource } from './capture/capture-source.js'
import { numberCounters } from './compile/counters.js'
import { numberGuesses } from './compile/guesses.js'
import { layOutState } from './compile/extension-state.js'
import { namedPorts } from './compile/named-ports.js'
import { planFlowClasses } from './compile/flow-classes.js'
import { rulesOf, rulesWithHelpers, splitsZones, tracks, translates } from './compile/reads.js'
import { planSignature, type SignaturePlan } from './compile/signature.js'
import { planShards, type ShardPlan } from './engine/plan-shards.js'
import { CapturedInterfaces } from './engine/captured-interfaces.js'
import { type Crew, gatherCrew } from './engine/crew.js'
import { type EngineEnd, runEngine } from './engine/run.js'
import { InterfaceNames } from './engine/interface-names.js'
import { LimitedAnswers } from './engine/limited-answers.js'
import { boxInterfaceOf, resetAllocator, setUp } from './engine/setup.js'
import type { Stages } from './engine/stages.js'
import { planAgain, planOnce } from './engine/second-replay.js'
import { collectionLagNs } from './engine/table-limit.js'
import type { UnknownAnswer } from './extensions/option-reader.js'
import { loadProblems } from './extensions/load-problems.js'
import { rulesUsing } from './extensions/set-rules.js'
import { DataPlane, NO_CONTROL } from './memory/data-plane.js'
import { compileDataPlane } from './memory/data-plane-module.js'
import { isWorthHugePages, useHugePages } from './memory/huge-pages.js'
import { Memory } from './memory/memory.js'
import { REASON_COUNT } from './memory/reason.js'
import { areCoupled } from './memory/replay.js'
import { describePlaces } from './report/counter-places.js'
import { isRegularFile } from './report/output.js'
import { refuseClashes } from './report/output-clash.js'
import { canStartAgain, type OutputFiles, Outputs } from './report/outputs.js'
import { SentDirectory } from './report/sent-directory.js'
import { suggestion } from './ruleset/nearest-name.js'
import { RulesError, type RulesProblem } from './ruleset/rules-error.js'
import type { Family, Ruleset } from './ruleset/ruleset.js'
import type { CounterPlace } from './statistics/counter-place.js'
import { merge } from './statistics/merge.js'
import type { Report } from './statistics/report.js'
import { parseRuleset } from './syntax/parse-ruleset.js'
import { rulesText } from './syntax/rules-text.js'

export interface ReplayOptions extends OutputFiles {
  /** `[IFACE=]FILE`, or `-` for standard input; several are merged by time. */
  readonly captures: readonly string[]
  /** Directory of the machine under study; without it and without `local`, a router that owns no address. */
  readonly box?: string | undefined
  /** Files in place of the box's `iptables-save` and `ip6tables-save`. */
  readonly rules?: string | undefined
  readonly rules6?: string | undefined
  /** A file in place of the box's `ipset-save`. */
  readonly sets?: string | undefined
  /** Further addresses of the box. */
  readonly local?: readonly string[] | undefined
  /** Each KEY=VALUE, in place of the box's. */
  readonly sysctl?: readonly string[] | undefined
  /** Kernel version in place of the box's, such as 6.18. */
  readonly kernel?: string | undefined
  /** Where the captures were taken; `arrival` by default. */
  readonly vantage?: 'arrival' | 'tap' | undefined
  /** Who finds the records in the captures; `hookline` by default. */
  readonly reader?: RecordFinder | undefined
  /** What a match that hookline does not know answers; `error` by default: it is an error. */
  readonly unknown?: UnknownAnswer | undefined
  /** A directory, new or empty, for the packets that leave the box: one pcapng file for each interface. */
  readonly sent?: string | undefined
  /** Worker threads; by default one a core, but one for less than 4 MiB of captures. They never change a result. */
  readonly workers?: number | undefined
  readonly seed?: number | undefined
  /** False walks the rules for every packet. */
  readonly cache?: boolean | undefined
  /** Times each walk through the rules, too (`stages.walkMs`), which makes walks a little slower. */
  readonly timeWalks?: boolean | undefined
  /** Ends the replay early: what was read until then is replayed. */
  readonly signal?: AbortSignal | undefined
  /** Share of the input that was read (null: not known), and packets so far. */
  readonly onProgress?: ((fraction: number | null, packets: bigint) => void) | undefined
}

export interface ReplayResult {
  readonly report: Report
  /** Why a capture broke off; everything before was replayed. Null when none did. */
  readonly problem: CaptureError | null
  readonly interrupted: boolean
  readonly workers: number
  readonly elapsedMs: number
  readonly stages: Stages
}

/**
 * Replays captures through the box's firewall. Throws BoxError, RulesError, CaptureError (kind `unreadable`) and
 * OutputError for what the user can mend; a capture that breaks off in the middle is part of the result.
 *
 * The first replay tells whether it was exact (engine/second-replay.ts), and if it was not, there is a second one. What
 * can be read or written only once is replayed slower instead.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const started = performance.now()
  const sources = options.captures.map(parseCaptureSource)
  refuseClashes(options, inputPaths(options, sources))
  // Threads start while the rules are read.
  const [crew, module] = await Promise.all([gatherCrew(options.workers, bytesOnDisk(sources)), compileDataPlane()])
  try {
    return await replayBy({ crew, module }, options, sources, started)
  } finally {
    await crew.dismiss()
  }
}

function inputPaths({ box, rules, rules6, sets }: ReplayOptions, sources: readonly CaptureSource[]): string[] {
  const boxPaths = boxFileNames().map((name) => boxFile(box ?? null, name))
  return [...sources.map(({ file }) => file), rules, rules6, sets, ...boxPaths].filter(
    (path) => typeof path === 'string',
  )
}

/** Who replays, and with which module. */
interface Means {
  readonly crew: Crew
  readonly module: WebAssembly.Module
}

async function replayBy(
  means: Means,
  options: ReplayOptions,
  sources: CaptureSource[],
  started: number,
): Promise<ReplayResult> {
  const machine = await readMachine(options, sources)
  const { box, rulesets, track } = machine
  const tracking = track.ipv4 || track.ipv6
  const free = planShards(rulesets, box, options.vantage === 'tap')
  const canRepeat = canStartAgain(options) && sources.every(({ file }) => isRegularFile(file))
  const plan = tracking && !canRepeat ? planOnce(box, free) : free
  const first = await replayOnce(means, options, machine, plan, started)
  const again = tracking ? planAgain(box, plan, first.report.conntrack, first.coupled) : null
  const run = again === null ? first : await repeat(means, options, machine, first, again, started)
  await run.write(run.report)
  const elapsedMs = performance.now() - started
  return {
    report: run.report,
    problem: run.problem,
    interrupted: run.interrupted,
    workers: run.workers,
    elapsedMs,
    stages: { ...run.stages, mergeMs: elapsedMs - run.stages.setUpMs - run.stages.engineMs },
  }
}

/** The second replay, of which nothing shows that there was another; an interrupted first one must do. */
async function repeat(
  means: Means,
  options: ReplayOptions,
  machine: Machine,
  first: Run,
  plan: ShardPlan,
  started: number,
): Promise<Run> {
  const interrupted = first.interrupted || options.signal?.aborted === true
  if (interrupted) return { ...first, interrupted, report: inexact(first.report, plan) }
  first.outputs.discard()
  return replayOnce(means, options, machine, plan, started)
}

/** The replay was interrupted before the second one, which `plan` is for, could begin. */
function inexact(report: Report, plan: ShardPlan): Report {
  const warning = `interrupted before a second replay, without which these numbers may be wrong (${plan.reason})`
  return { ...report, ending: 'INTERRUPTED', warnings: [...report.warnings, warning] }
}

/** The machine under study and what all replays of its captures have in common. */
interface Machine {
  readonly box: Box
  readonly rulesets: readonly Ruleset[]
  /** Each with the file that it was read from. */
  readonly texts: readonly string[]
  readonly sources: CaptureSource[]
  readonly track: { readonly ipv4: boolean; readonly ipv6: boolean }
  readonly interfaceCapacity: number
  readonly signature: SignaturePlan
  /** What the command line names and the box does not have. */
  readonly warnings: readonly string[]
}

async function readMachine(options: ReplayOptions, sources: CaptureSource[]): Promise<Machine> {
  const box = readBox(options.box ?? null, {
    local: options.local ?? [],
    sysctls: options.sysctl ?? [],
    ...(options.sets === undefined ? {} : { sets: options.sets }),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  })
  const read = await readRulesets(options, box)
  const rulesets = read.map(({ ruleset }) => ruleset)
  box.changeSets(new Set(rulesUsing(rulesets).flatMap(({ name, changes }) => (changes ? name : []))))
  const warnings = foreignInterfaces(box, sources)
  internInterfaces(box, rulesets, sources)
  const interfaceCapacity = InterfaceNames.capacity(box)
  return {
    box,
    rulesets,
    texts: read.map(({ text }) => text),
    sources,
    track: { ipv4: tracks(rulesets, 4), ipv6: tracks(rulesets, 6) },
    interfaceCapacity,
    signature: planSignature(
      rulesets,
      interfaceCapacity,
      box.interfaces.map(({ mtu }) => mtu),
    ),
    warnings,
  }
}

/** Captures are said to be of interfaces that the box does not have. */
function foreignInterfaces({ interfaces }: Box, sources: readonly CaptureSource[]): string[] {
  if (interfaces.length === 0) return []
  const names = interfaces.map(({ name }) => name)
  const foreign = new Set(
    sources.flatMap(({ interfaceName: name }) => (name === null || names.includes(name) ? [] : [name])),
  )
  return [...foreign].map((name) => `the box has no interface ${name}${suggestion(name, names)}`)
}

/** One replay of the captures, before anything that is known at its end only is written. */
interface Run {
  readonly report: Report
  readonly problem: CaptureError | null
  readonly interrupted: boolean
  readonly workers: number
  /** Its shards may have depended on one another; it was broken off then. */
  readonly coupled: boolean
  readonly outputs: Outputs
  readonly stages: Omit<Stages, 'mergeMs'>
  /** Writes the rest of the outputs. */
  write(report: Report): Promise<void>
}

/** `started`: when the replay as a whole began. */
async function replayOnce(
  { crew, module }: Means,
  options: ReplayOptions,
  machine: Machine,
  plan: ShardPlan,
  started: number,
): Promise<Run> {
  const { box, rulesets, texts, sources, track, interfaceCapacity, signature } = machine
  const { max, buckets } = box.conntrack
  const counters = numberCounters(rulesets)
  // A path tells what becomes of a packet, not its bytes; and which of two entries it belongs to, the walk asks.
  const remember = (options.cache ?? true) && options.sent === undefined && !splitsZones(rulesets)
  const flowClasses = remember
    ? ([4, 6] as const).flatMap((family) => {
        const ruleset = rulesets.find((given) => given.family === family) ?? { family, tables: [] }
        return planFlowClasses(ruleset, box, counters, signature.covered) ?? []
      })
    : []

  const translate = { ipv4: translates(rulesets, 4), ipv6: translates(rulesets, 6) }
  const state = layOutState(rulesets, counters, box)
  const guesses = numberGuesses(rulesets, counters)

  const memory = Memory.create()
  const plane = DataPlane.instantiate(module, memory, NO_CONTROL)
  resetAllocator(memory)
  const addresses = setUp(plane, box, {
    shards: plan.shards,
    limited: plan.limited,
    signature,
    flowClasses,
    track,
    remember,
    translate: {
      ipv4: translate.ipv4 ? namedPorts(rulesets, 4) : null,
      ipv6: translate.ipv6 ? namedPorts(rulesets, 6) : null,
    },
    tap: options.vantage === 'tap',
    outcomes: options.verdicts !== undefined,
    departures: options.sent !== undefined,
    seed: options.seed ?? 0,
    stateBytes: state.bytes,
    helpers: box.conntrack.automaticHelpers || !rulesWithHelpers(rulesets).next().done,
  })
  const names = new InterfaceNames(memory, addresses.interfaceNames, interfaceCapacity)
  const captured = new CapturedInterfaces(memory, addresses.captured, box)
  const knownInterface = boxInterfaceOf(plane, box, names)
  const interfaces = new CaptureInterfaces(memory, addresses.captureInterfaces, (name, linkType) => {
    const known = knownInterface(name, linkType)
    captured.add(known.boxInterface, linkType)
    return known
  })
  const reader = await CaptureReader.open(plane, sources, interfaces, options.reader ?? 'hookline')
  const coupling = new AbortController()
  const signal = options.signal === undefined ? coupling.signal : AbortSignal.any([options.signal, coupling.signal])
  const closeReader = (): void => reader.close()
  signal.addEventListener('abort', closeReader)

  let described: readonly CounterPlace[] | undefined
  const places = (): readonly CounterPlace[] => (described ??= describePlaces(rulesets, counters))
  const sent =
    options.sent === undefined
      ? null
      : SentDirectory.open(options.sent, memory, (id) => box.interfaceName(id), addresses.spill)
  const outputs = Outputs.open(options, memory, rulesets, counters, sent)
  const reasons: bigint[] = Array.from({ length: REASON_COUNT }, () => 0n)
  const limitedAnswers = new LimitedAnswers(memory, box, options.seed ?? 0)
  try {
    // While the workers start.
    if (isWorthHugePages(bytesOnDisk(sources))) await useHugePages(memory)
    const task = {
      module,
      memory: memory.wasm,
      addresses,
      box: box.data(),
      rules: { track, translate, covered: signature.covered, guesses: guesses.numbers, state },
      texts: rulesets.map((ruleset, index) =>
        rulesText(ruleset, texts[index], options.unknown ?? 'error', (chain) => counters.rule(chain, 0)),
      ),
      timeWalks: options.timeWalks ?? false,
      spill: sent?.spillDescriptor ?? null,
    }
    const setUpMs = performance.now() - started
    const end: EngineEnd = await runEngine(
      crew,
      task,
      memory,
      addresses,
      reader,
      () => {
        captured.settle()
        // In this moment threads are still busy getting ready.
        places()
      },
      (block) => {
        for (let reason = 0; reason < REASON_COUNT; reason++) {
          reasons[reason] += BigInt(memory.u32(block.reasons + reason * 4))
        }
        outputs.writeBlock(block, limitedAnswers.takeBlock(block))
        options.onProgress?.(reader.progress(), BigInt(reader.packets))
        if (areCoupled(memory)) coupling.abort()
      },
      signal,
    )
    const interrupted = end.interrupted && options.signal?.aborted === true
    const engineMs = performance.now() - started - setUpMs
    const nowNs = reader.lastNs ?? 0n
    const shards = await Promise.all(
      addresses.shards.map((shard) => crew.collect({ module, memory: memory.wasm, shard, nowNs })),
    )
    const report = merge(
      shards,
      {
        captures: options.captures,
        packets: BigInt(reader.packets),
        capturedBytes: BigInt(reader.capturedBytes()),
        wireBytes: BigInt(reader.originalBytes()),
        firstNs: reader.firstNs ?? 0n,
        lastNs: nowNs,
        kernel: box.profile.version.join('.'),
        vantage: options.vantage ?? 'arrival',
        plan: { shards: plan.shards, reason: plan.reason },
        interrupted,
        problem: end.problem?.message ?? null,
        checksums: box.conntrack.checksum,
        warnings: [...idleSettingsAmong(options.sysctl ?? [], box.profile), ...box.warnings, ...machine.warnings],
        table: { limit: max, buckets, lagNs: collectionLagNs(box.profile, max === 0 ? reader.packets : max) },
        reasons,
        limitedAnswers: limitedAnswers.paths(),
        answersSuppressed: limitedAnswers.suppressed,
        guessPlaces: guesses.places,
      },
      places(),
    )
    return {
      report,
      problem: end.problem,
      interrupted,
      coupled: areCoupled(memory),
      workers: crew.size,
      outputs,
      stages: { setUpMs, readMs: end.readMs, engineMs, ...end.workerTimes },
      write: (final) => outputs.finish(final, addresses.shards, nowNs),
    }
  } finally {
    signal.removeEventListener('abort', closeReader)
    reader.close()
  }
}

/** The box's rulesets, IPv4 first, with their texts; a family without a text has none. */
async function readRulesets(
  options: ReplayOptions,
  box: Box,
): Promise<readonly { readonly text: string; readonly ruleset: Ruleset }[]> {
  const read: { readonly text: string; readonly ruleset: Ruleset; readonly problems: readonly RulesProblem[] }[] = []
  for (const family of [4, 6] as const) {
    const file = rulesFile(options, family)
    if (file === null) continue
    const text = await readRules(file)
    const { ruleset, problems } = parseRuleset(text, file, family, options.unknown ?? 'error')
    read.push({ text, ruleset, problems })
  }
  const rulesets = read.map(({ ruleset }) => ruleset)
  for (const { text, ruleset, problems } of read) {
    const all = [...problems, ...loadProblems(ruleset, { rulesets, sets: box.sets, profile: box.profile })]
    if (all.length > 0) throw new RulesError(all, text)
  }
  return read
}

/** The error of a file that cannot be read names it. */
async function readRules(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file })
  }
}

/** Gives every interface that rules and the command line name its number, before workers copy the box. */
function internInterfaces(box: Box, rulesets: readonly Ruleset[], sources: readonly CaptureSource[]): void {
  for (const { rule } of rulesOf(rulesets)) {
    for (const match of [rule.inInterface, rule.outInterface]) {
      if (match !== null && !match.name.endsWith('+')) box.internInterface(match.name)
    }
  }
  for (const { interfaceName } of [...sources, ...box.sets.flatMap(({ elements }) => elements)]) {
    if (interfaceName !== null) box.internInterface(interfaceName)
  }
}

function rulesFile(options: ReplayOptions, family: Family): string | null {
  const given = family === 4 ? options.rules : options.rules6
  return given ?? boxFile(options.box ?? null, BOX_FILES.rules[family])
}
