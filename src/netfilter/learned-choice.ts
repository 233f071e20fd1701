/**
 * --vantage tap: which of the rules of the table nat that match at random (-m statistic --mode random) the kernel took
 * for a connection: the one by which it is mapped to what the capture shows of its first packet.
 */
import type { Packet } from '../memory/packet.js'
import type { NatRange } from '../memory/nat-range.js'
import type { Tuple } from '../memory/tuple.js'
import type { Chain, Match, Rule } from '../ruleset/ruleset.js'

/** What a rule may map a connection to. */
interface Mapping {
  readonly manip: 'source' | 'destination'
  readonly range: NatRange
}

export class LearnedChoices {
  /** What the rules of a chain, and of those that it leads to, may do. */
  private readonly mappings = new Map<Chain, readonly Mapping[]>()
  private readonly chains: ReadonlyMap<string, Chain>

  constructor(chains: readonly Chain[]) {
    this.chains = new Map(chains.map((chain) => [chain.name, chain]))
  }

  /** What the capture says of the rule; null when it says nothing. */
  choice(rule: Rule): (packet: Packet) => boolean | null {
    const mappings = this.of(rule)
    if (mappings.length === 0) return () => null
    return (packet) => {
      const departure = packet.departure()
      return departure === null ? null : mappings.some((mapping) => leadsTo(mapping, departure))
    }
  }

  private of({ target }: Rule): readonly Mapping[] {
    if (target.kind === 'jump' || target.kind === 'goto') {
      const chain = this.chains.get(target.chain)
      return chain === undefined ? [] : this.ofChain(chain)
    }
    if (target.kind !== 'extension') return []
    const range = target.options as NatRange
    if (target.name === 'DNAT') return [{ manip: 'destination', range }]
    return target.name === 'SNAT' ? [{ manip: 'source', range }] : []
  }

  private ofChain(chain: Chain): readonly Mapping[] {
    const known = this.mappings.get(chain)
    if (known !== undefined) return known
    const mappings = chain.rules.flatMap((rule) => this.of(rule))
    this.mappings.set(chain, mappings)
    return mappings
  }
}

export function isRandom({ name, options }: Match): boolean {
  return name === 'statistic' && (options as { readonly mode: string }).mode === 'random'
}

function leadsTo({ manip, range: { addresses, ports } }: Mapping, departure: Tuple): boolean {
  const address = departure[manip]
  const port = manip === 'source' ? departure.srcPort : departure.dstPort
  if (ports !== null && (port < ports[0] || port > ports[1])) return false
  return addresses === null || (!isBelow(address, addresses[0]) && !isBelow(addresses[1], address))
}

function isBelow(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((word, at) => word !== other[at])
  return index >= 0 && one[index] < other[index]
}
