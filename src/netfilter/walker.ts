/**
 * What the data plane calls for each packet whose path it does not remember: the rulesets made ready once, and one
 * packet walk at a time. In: the address of the `Skb`. Out: in the skb the path that the packet took, and whether
 * packets like it may take it again; the packet is counted on its path, answers of REJECT on theirs.
 */
import type { Box } from '../box/box.js'
import { numberCounters } from '../compile/counters.js'
import { layOutState } from '../compile/extension-state.js'
import { numberGuesses } from '../compile/guesses.js'
import { Field } from '../extensions/extension.js'
import type { DataPlane } from '../memory/data-plane.js'
import type { Family, Ruleset } from '../ruleset/ruleset.js'
import type { AwaitedAnswers } from './awaited-answers.js'
import type { HeldAnswers } from './held-answers.js'
import type { Departures } from './outgoing.js'
import { PacketWalk, type WalkSettings } from './packet-walk.js'
import { prepareRuleset } from './program.js'

export class Walker {
  private readonly settings: WalkSettings
  /** Of the `Skb` that was walked last: a worker has one. */
  private current: PacketWalk | null = null

  /**
   * `track`: families whose rules need conntrack. `covered`: fields that the signature of a packet holds.
   * `stateAt`: address of the matches' state, laid out by `layOutState`. `awaited`: --vantage tap, else null.
   * `held`: where answers go whose rate the box limits; null when it limits none. `departures`: where packets go that
   * leave the box; null when nobody asks for them.
   */
  constructor(
    private readonly plane: DataPlane,
    box: Box,
    rulesets: readonly Ruleset[],
    track: { readonly ipv4: boolean; readonly ipv6: boolean },
    covered: ReadonlySet<Field>,
    stateAt: number,
    awaited: AwaitedAnswers | null,
    held: HeldAnswers | null,
    departures: Departures | null,
  ) {
    const counters = numberCounters(rulesets)
    const guesses = numberGuesses(rulesets, counters)
    const preparation = { box, counters, guesses, state: layOutState(rulesets, box), stateAt, covered }
    const readsUncoveredTos = (family: Family): boolean => box.fib[family].readsTos && !covered.has(Field.Tos)
    this.settings = {
      box,
      programs: new Map(rulesets.map((ruleset) => [ruleset.family, prepareRuleset(ruleset, preparation)])),
      tracks: { 4: track.ipv4, 6: track.ipv6 },
      forgets: { 4: readsUncoveredTos(4), 6: readsUncoveredTos(6) },
      awaited,
      held,
      departures,
    }
  }

  walk(skbAt: number): void {
    if (this.current?.skbAt !== skbAt) this.current = new PacketWalk(this.plane, skbAt, this.settings)
    this.current.walk()
  }
}
