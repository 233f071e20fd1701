/**
 * Packets and bytes added up by verdict or by state, listed in the order of their names.
 */
import { type State, type StateCount, STATES, type Verdict, type VerdictCount, VERDICTS } from './report.js'

interface Sum {
  packets: bigint
  bytes: bigint
}

class Tally<Name extends string> {
  private readonly sums = new Map<Name, Sum>()

  add(name: Name, packets: bigint, bytes: bigint): void {
    const sum = this.sums.get(name)
    if (sum === undefined) this.sums.set(name, { packets, bytes })
    else {
      sum.packets += packets
      sum.bytes += bytes
    }
  }

  /** Those that came up, in the order of `names`. */
  protected inOrder(
    names: readonly Name[],
  ): { readonly name: Name; readonly packets: bigint; readonly bytes: bigint }[] {
    return names.flatMap((name) => {
      const sum = this.sums.get(name)
      return sum === undefined || sum.packets === 0n ? [] : [{ name, ...sum }]
    })
  }
}

export class VerdictTally extends Tally<Verdict> {
  list(): VerdictCount[] {
    return this.inOrder(VERDICTS).map(({ name, packets, bytes }) => ({ verdict: name, packets, bytes }))
  }
}

export class StateTally extends Tally<State> {
  list(): StateCount[] {
    return this.inOrder(STATES).map(({ name, packets, bytes }) => ({ state: name, packets, bytes }))
  }
}
