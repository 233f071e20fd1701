/**
 * What the data plane calls for each packet whose path it does not remember: the rulesets made ready once, and one
 * packet walk at a time. In: the address of the `Skb`. Out: in the skb the path that the packet took, and whether
 * packets like it may take it again; the packet is counted on its path, answers of REJECT on theirs.
 */
import type { Box } from '../box/box.js'
import { numberCounters } from '../compile/counters.js'
import { layOutState } from '../compile/extension-state.js'
import { numberGuesses } from '../compile/guesses.js'
import { translates } from '../compile/reads.js'
import { Field } from '../extensions/extension.js'
import type { DataPlane } from '../memory/data-plane.js'
import type { Family, Ruleset } from '../ruleset/ruleset.js'
import type { AwaitedAnswers } from './awaited-answers.js'
import type { HeldAnswers } from './held-answers.js'
import type { Helping } from './helping.js'
import { NatTrial } from './nat-trial.js'
import type { Departures } from './outgoing.js'
import { PacketWalk, type TrialMaker, type WalkSettings } from './packet-walk.js'
import { prepareRuleset } from './program.js'

export class Walker {
  private readonly packetWalk: PacketWalk

  /**
   * `track`: families whose rules need conntrack. `covered`: fields that the signature of a packet holds.
   * `stateAt`: address of the matches' state, laid out by `layOutState`. `awaited`: --vantage tap, else null.
   * `held`: where answers go whose rate the box limits; null when it limits none. `departures`: where packets go that
   * leave the box; null when nobody asks for them. `helpersAt`: see `WalkSettings`. `skbAt`: the worker's own `Skb`.
   */
  constructor(
    plane: DataPlane,
    box: Box,
    rulesets: readonly Ruleset[],
    track: { readonly ipv4: boolean; readonly ipv6: boolean },
    covered: ReadonlySet<Field>,
    stateAt: number,
    awaited: AwaitedAnswers | null,
    held: HeldAnswers | null,
    departures: Departures | null,
    helpersAt: number,
    skbAt: number,
  ) {
    const counters = numberCounters(rulesets)
    const preparation = {
      box,
      counters,
      guesses: numberGuesses(rulesets, counters),
      state: layOutState(rulesets, box),
      stateAt,
      covered,
      learns: awaited !== null,
    }
    const readsUncoveredTos = (family: Family): boolean => box.fib[family].readsTos && !covered.has(Field.Tos)
    const translated = rulesets.filter(({ family }) => translates(rulesets, family))
    const trialOf =
      (ruleset: Ruleset): TrialMaker =>
      (packet, routing) =>
        new NatTrial(plane, packet, routing, ruleset, preparation, box)
    const settings: WalkSettings = {
      box,
      programs: new Map(rulesets.map((ruleset) => [ruleset.family, prepareRuleset(ruleset, preparation)])),
      tracks: { 4: track.ipv4, 6: track.ipv6 },
      trials: new Map(awaited === null ? [] : translated.map((ruleset) => [ruleset.family, trialOf(ruleset)])),
      forgets: { 4: readsUncoveredTos(4), 6: readsUncoveredTos(6) },
      awaited,
      held,
      departures,
      helpersAt,
    }
    this.packetWalk = new PacketWalk(plane, skbAt, settings)
  }

  /** The packet in the worker's `Skb`. */
  walk(): void {
    this.packetWalk.walk()
  }

  /** The connections that helpers see and foresee; null when there can be none. */
  get helping(): Helping | null {
    return this.packetWalk.helping
  }
}
