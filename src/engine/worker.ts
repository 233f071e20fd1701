/**
 * What a worker does with a replay: claim units, run them in the data plane, and walk the rules when it asks.
 */
import { Box, type BoxData } from '../box/box.js'
import type { Field } from '../extensions/extension.js'
import { BlockView } from '../memory/block.js'
import { DataPlane } from '../memory/data-plane.js'
import { DepartureList } from '../memory/departure-list.js'
import { Memory } from '../memory/memory.js'
import { SpillFile } from '../memory/spill-file.js'
import { AwaitedAnswers } from '../netfilter/awaited-answers.js'
import { HeldAnswers } from '../netfilter/held-answers.js'
import { Walker } from '../netfilter/walker.js'
import type { Ruleset } from '../ruleset/ruleset.js'
import { InterfaceNames } from './interface-names.js'
import { Schedule } from './schedule.js'
import type { EngineAddresses } from './setup.js'
import { noTimes, type WorkerTimes } from './stages.js'

/** Plain data, sent to the worker as a structured clone; module and memory are shared. */
export interface ReplayTask {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly addresses: EngineAddresses
  readonly box: BoxData
  /** Rules and matches without positions. */
  readonly rulesets: readonly Ruleset[]
  readonly track: { readonly ipv4: boolean; readonly ipv6: boolean }
  readonly covered: ReadonlySet<Field>
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

export function runReplay(task: ReplayTask): ReplayDone {
  const times = noTimes()
  const memory = new Memory(task.memory)
  const { addresses } = task
  const schedule = new Schedule(memory, addresses.schedule, addresses.blocks, addresses.shards, addresses.looksAhead)
  try {
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
    const { spill } = task
    const departures = spill === null ? null : new DepartureList(memory, new SpillFile(memory, addresses.spill, spill))
    const { state, helpers } = addresses
    const skb = plane.createSkb()
    const { rulesets, track, covered } = task
    const walker = new Walker(plane, box, rulesets, track, covered, state, awaited, held, departures, helpers, skb)
    const preferred = Math.floor((task.number * addresses.shards.length) / 2) % addresses.shards.length
    for (let unit = schedule.claim(preferred); unit !== null; unit = schedule.claim(preferred)) {
      const { at: block, heldAnswers, departures: leaving } = blocks[unit.block]
      held?.use(heldAnswers)
      const began = performance.now()
      departures?.use(leaving)
      if (unit.kind === 'index') plane.exports.indexBlock(block)
      else if (unit.kind === 'defragment') plane.exports.defragmentBlock(block)
      else plane.exports.replayShard(addresses.shards[unit.shard], block, skb)
      times[`${unit.kind}Ms`] += performance.now() - began
      schedule.finish(unit)
    }
    return { failure: null, times }
  } catch (error) {
    schedule.publishFailure()
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error), times }
  }
}
