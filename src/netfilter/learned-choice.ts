/**
 * --vantage tap: which of the rules of the table nat that match at random (-m statistic --mode random) the kernel took
 * for a connection: the one by which it is mapped to what the capture shows of its first packet.
 */
import type { Packet } from '../memory/packet.js'
import type { NatRange } from '../memory/nat-range.js'
import type { Tuple } from '../memory/tuple.js'
import { rulesOfChain, type TableSource } from '../ruleset/rule-source.js'
import type { Match, Rule } from '../ruleset/ruleset.js'

/** What a rule may map a connection to. */
interface Mapping {
  readonly manip: 'source' | 'destination'
  readonly range: NatRange
}

export class LearnedChoices {
  /** By chain: what its rules, and those of the chains that it leads to, may do. */
  private readonly mappings = new Map<string, readonly Mapping[]>()

  constructor(private readonly table: TableSource) {}

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
    if (target.kind === 'jump' || target.kind === 'goto') return this.ofChain(target.chain)
    if (target.kind !== 'extension') return []
    const range = target.options as NatRange
    if (target.name === 'DNAT') return [{ manip: 'destination', range }]
    return target.name === 'SNAT' ? [{ manip: 'source', range }] : []
  }

  private ofChain(name: string): readonly Mapping[] {
    const known = this.mappings.get(name)
    if (known !== undefined) return known
    const chain = this.table.chain(name)
    const mappings = chain === null ? [] : [...rulesOfChain(chain)].flatMap((rule) => this.of(rule))
    this.mappings.set(name, mappings)
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
