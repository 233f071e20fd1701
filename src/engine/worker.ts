/**
 * What a worker does with a replay: claim units, run them in the data plane, and walk the rules when it asks.
 */
import { Box, type BoxData } from '../box/box.js'
import { BlockView } from '../memory/block.js'
import { DataPlane } from '../memory/data-plane.js'
import { DepartureList } from '../memory/departure-list.js'
import { Memory } from '../memory/memory.js'
import { SpillFile } from '../memory/spill-file.js'
import { AwaitedAnswers } from '../netfilter/awaited-answers.js'
import { HeldAnswers } from '../netfilter/held-answers.js'
import { type RunRules, Walker } from '../netfilter/walker.js'
import { readRules, type RulesText } from '../syntax/rules-text.js'
import { InterfaceNames } from './interface-names.js'
import { Schedule, type Unit } from './schedule.js'
import type { EngineAddresses } from './setup.js'
import { noTimes, type WorkerTimes } from './stages.js'

/** Plain data; module and memory are shared with all workers. */
export interface ReplayTask {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly addresses: EngineAddresses
  readonly box: BoxData
  readonly rules: Omit<RunRules, 'rulesets'>
  readonly texts: readonly RulesText[]
  /** --sent: descriptor of the file for departures that find no room in memory; else null. */
  readonly spill: number | null
  /** Number of the worker, from 0. */
  readonly number: number
  /** Time each walk, too. */
  readonly timeWalks: boolean
}

export interface ReplayDone {
  /** Null when the trace was replayed to its end; else what went wrong (errors lose their fields between threads). */
  readonly failure: string | null
  readonly times: WorkerTimes
}

/** Replays units of work until the trace is done or a worker failed, sleeping until there is something to do. */
export function runReplay(task: ReplayTask): ReplayDone {
  const worker = new ReplayWorker(task)
  worker.workToTheEnd()
  return worker.result()
}

export class ReplayWorker {
  private readonly times = noTimes()
  private readonly schedule: Schedule
  private readonly preferredShard: number
  private failure: string | null = null
  /** Does a unit; null when the worker could not be set up. */
  private readonly perform: ((unit: Unit) => void) | null

  constructor(task: ReplayTask) {
    const memory = new Memory(task.memory)
    const { schedule, blocks, shards, looksAhead } = task.addresses
    this.schedule = new Schedule(memory, schedule, blocks, shards, looksAhead)
    this.preferredShard = Math.floor((task.number * shards.length) / 2) % shards.length
    this.perform = this.orFail(() => prepare(task, memory, this.times))
  }

  workToTheEnd(): void {
    for (let unit = this.claim(); unit !== null; unit = this.claim()) this.work(unit)
  }

  /** Does one unit of work, if there is one now. Returns whether there was. */
  workOnce(): boolean {
    if (this.perform === null) return false
    const unit = this.schedule.claimNow(this.preferredShard)
    if (unit === null) return false
    this.work(unit)
    return true
  }

  result(): ReplayDone {
    return { failure: this.failure, times: this.times }
  }

  private claim(): Unit | null {
    return this.perform === null ? null : this.schedule.claim(this.preferredShard)
  }

  private work(unit: Unit): void {
    const began = performance.now()
    this.orFail(() => {
      this.perform?.(unit)
      this.times[`${unit.kind}Ms`] += performance.now() - began
      this.schedule.finish(unit)
    })
  }

  private orFail<T>(step: () => T): T | null {
    try {
      return step()
    } catch (error) {
      this.schedule.publishFailure()
      this.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return null
    }
  }
}

function prepare(task: ReplayTask, memory: Memory, times: WorkerTimes): (unit: Unit) => void {
  const { addresses, rules, texts, spill } = task
  const timedWalk = (): void => {
    const began = performance.now()
    walker.walk()
    times.walkMs += performance.now() - began
  }
  const plane = DataPlane.instantiate(task.module, memory, {
    walk: task.timeWalks ? timedWalk : () => walker.walk(),
    expected: (entry) => walker.helping?.meet(entry),
    ended: (shard, entry, atNs) => walker.helping?.ended(shard, entry, atNs),
    sequenceOffset: (entry, direction, at) => walker.helping?.sequenceOffset(entry, direction, at) ?? 0,
  })
  const names = new InterfaceNames(memory, addresses.interfaceNames, 0)
  const box = new Box(task.box, (number) => names.name(number))
  const awaited = addresses.awaited === 0 ? null : new AwaitedAnswers(memory, addresses.awaited)
  const blocks = addresses.blocks.map((at) => new BlockView(memory, at))
  const held = blocks[0].heldAnswers === 0 ? null : new HeldAnswers(memory)
  const departures = spill === null ? null : new DepartureList(memory, new SpillFile(memory, addresses.spill, spill))
  const { state, helpers } = addresses
  const skb = plane.createSkb()
  const run = { ...rules, rulesets: texts.map(readRules) }
  const walker = new Walker(plane, box, run, state, awaited, held, departures, helpers, skb)
  return (unit) => {
    const { at: block, heldAnswers, departures: leaving } = blocks[unit.block]
    held?.use(heldAnswers)
    departures?.use(leaving)
    if (unit.kind === 'index') plane.exports.indexBlock(block)
    else if (unit.kind === 'defragment') plane.exports.defragmentBlock(block)
    else plane.exports.replayShard(addresses.shards[unit.shard], block, skb)
  }
}
