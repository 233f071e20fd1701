/**
 * Takes down one packet's way through the hooks while it is walked: hooks entered, counters bumped, what decided.
 * At the end the shard keeps it as a `Path`, each different one once, and counts the packet on it.
 */
import { GUESS } from '../compile/guesses.js'
import type { DataPlane } from '../memory/data-plane.js'
import { OutOfMemory } from '../memory/data-plane.js'
import { NO_COUNTER, PATH_SIZE, PathFlag, PathState, PathVerdict, PathView } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import type { Hook } from '../ruleset/ruleset.js'

const BITS_PER_HOOK = 3
const FIRST_COUNTERS = 1024

interface Decision {
  readonly verdict: PathVerdict
  readonly reason: Reason
  readonly where: number
  readonly whereHook: number
  readonly state: PathState
}

/** Memory in which a worker writes a path before the data plane keeps it. */
export class PathScratch {
  readonly path: PathView
  private capacity = 0

  constructor(private readonly plane: DataPlane) {
    this.path = new PathView(plane.memory)
    this.grow(FIRST_COUNTERS)
  }

  /** Makes room for this many counters. */
  grow(counters: number): void {
    if (counters <= this.capacity) return
    this.capacity = counters * 2
    this.path.at = this.plane.allocate(PATH_SIZE + 4 * this.capacity, 'a path')
  }
}

export class PathRecorder {
  verdict = PathVerdict.Accept
  reason = Reason.None
  /** Conntrack's word, once the packet has been tracked. */
  state = PathState.None
  /** By which a forwarded packet leaves, where somebody asks; else 0. */
  outInterface = 0
  private hooks = 0
  private entered = 0
  /** The rule or policy that decided, and in which hook (plus 1). */
  private where = NO_COUNTER
  private whereHook = 0
  private readonly counters: number[] = []

  constructor(
    private readonly plane: DataPlane,
    private readonly scratch: PathScratch,
  ) {}

  /** Forgets the last packet's way. */
  reset(): void {
    this.verdict = PathVerdict.Accept
    this.reason = Reason.None
    this.state = PathState.None
    this.outInterface = 0
    this.hooks = 0
    this.entered = 0
    this.where = NO_COUNTER
    this.whereHook = 0
    this.counters.length = 0
  }

  enter(hook: Hook): void {
    this.hooks |= (hook + 1) << (BITS_PER_HOOK * this.entered++)
  }

  /** A rule matched, or a chain ended at its policy. */
  bump(counter: number): void {
    this.counters.push(counter)
  }

  /** A match or target answered as --unknown says. */
  guess(number: number): void {
    this.counters.push(GUESS + number)
  }

  /** The rule or policy that has the last word so far. */
  decide(counter: number, hook: Hook): void {
    this.where = counter
    this.whereHook = hook + 1
  }

  /** Ends the way at the rule that decided last. */
  end(verdict: PathVerdict): void {
    this.verdict = verdict
  }

  /** Ends the way by something other than a rule, in a hook or (null) between hooks. */
  stop(verdict: PathVerdict, reason: Reason, hook: Hook | null): void {
    this.verdict = verdict
    this.reason = reason
    this.where = NO_COUNTER
    this.whereHook = hook === null ? 0 : hook + 1
  }

  /** What was decided so far, to come back to after a way that decides nothing for the packet itself. */
  decision(): Decision {
    const { verdict, reason, where, whereHook, state } = this
    return { verdict, reason, where, whereHook, state }
  }

  restore(decision: Decision): void {
    Object.assign(this, decision)
  }

  /** Keeps the path in the shard and counts a packet of `length` bytes on it. Returns the path's address. */
  finish(shard: number, family: 4 | 6, length: number, flags: number): number {
    const kept = this.keep(shard, family, flags)
    this.plane.exports.countPath(kept, length)
    return kept
  }

  /**
   * Counts what rules counted so far for a fragment of `length` bytes. From here on it is the datagram that is
   * walked; its path has all the hooks.
   */
  finishPart(shard: number, family: 4 | 6, length: number): void {
    const { hooks } = this
    this.hooks = 0
    this.finish(shard, family, length, PathFlag.Part)
    this.hooks = hooks
    this.counters.length = 0
  }

  /** Keeps the path in the shard. Returns its address. */
  keep(shard: number, family: 4 | 6, flags: number): number {
    const { scratch, counters } = this
    scratch.grow(counters.length)
    const { path } = scratch
    path.hooks = this.hooks
    path.where = this.where
    path.verdict = this.verdict
    path.hook = this.whereHook
    path.ctState = this.state
    path.family = family
    path.reason = this.reason
    path.flags = flags
    path.outInterface = this.outInterface
    path.counterCount = counters.length
    counters.forEach((counter, index) => path.setCounter(index, counter))
    const kept = this.plane.exports.internPath(shard, path.at) >>> 0
    if (kept === 0) throw new OutOfMemory('paths')
    return kept
  }
}
