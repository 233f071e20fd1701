/**
 * What the data plane calls for each packet whose path it does not remember: the rulesets made ready once, and one
 * packet walk at a time. In: the address of the `Skb`. Out: in the skb the path that the packet took, and whether
 * packets like it may take it again; the packet is counted on its path, answers of REJECT on theirs.
 */
import type { Box } from '../box/box.js'
import type { StateLayout } from '../compile/extension-state.js'
import type { GuessNumbers } from '../compile/guesses.js'
import { Field } from '../extensions/extension.js'
import type { DataPlane } from '../memory/data-plane.js'
import type { RulesetSource } from '../ruleset/rule-source.js'
import type { Family } from '../ruleset/ruleset.js'
import type { AwaitedAnswers } from './awaited-answers.js'
import type { HeldAnswers } from './held-answers.js'
import type { Helping } from './helping.js'
import { NatTrial } from './nat-trial.js'
import type { Departures } from './outgoing.js'
import { PacketWalk, type TrialMaker, type WalkSettings } from './packet-walk.js'
import { prepareRuleset } from './program.js'

/** The rules that are run, and what of them was worked out for all who run them. */
export interface RunRules {
  readonly rulesets: readonly RulesetSource[]
  /** Families whose rules need conntrack. */
  readonly track: { readonly ipv4: boolean; readonly ipv6: boolean }
  /** Families whose packets the table nat translates. */
  readonly translate: { readonly ipv4: boolean; readonly ipv6: boolean }
  /** Fields that the signature of a packet holds. */
  readonly covered: ReadonlySet<Field>
  readonly guesses: GuessNumbers['numbers']
  readonly state: Pick<StateLayout, 'offsets' | 'sharers'>
}

export class Walker {
  private readonly packetWalk: PacketWalk

  /**
   * `stateAt`: address of the matches' state. `awaited`: --vantage tap, else null.
   * `held`: where answers go whose rate the box limits; null when it limits none. `departures`: where packets go that
   * leave the box; null when nobody asks for them. `helpersAt`: see `WalkSettings`. `skbAt`: the worker's own `Skb`.
   */
  constructor(
    plane: DataPlane,
    box: Box,
    { rulesets, track, translate, covered, guesses, state }: RunRules,
    stateAt: number,
    awaited: AwaitedAnswers | null,
    held: HeldAnswers | null,
    departures: Departures | null,
    helpersAt: number,
    skbAt: number,
  ) {
    const preparation = { box, guesses, state, stateAt, covered, learns: awaited !== null }
    const readsUncoveredTos = (family: Family): boolean => box.fib[family].readsTos && !covered.has(Field.Tos)
    const translated = rulesets.filter(({ family }) => (family === 4 ? translate.ipv4 : translate.ipv6))
    const natTables = translated.flatMap(({ family, tables }) =>
      tables.filter(({ name }) => name === 'nat').map((nat) => [family, nat] as const),
    )
    const trials = natTables.map(([family, nat]): [Family, TrialMaker] => [
      family,
      (packet, routing) => new NatTrial(plane, packet, routing, nat, family, preparation),
    ])
    const settings: WalkSettings = {
      box,
      programs: new Map(rulesets.map((ruleset) => [ruleset.family, prepareRuleset(ruleset, preparation)])),
      tracks: { 4: track.ipv4, 6: track.ipv6 },
      trials: new Map(awaited === null ? [] : trials),
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
