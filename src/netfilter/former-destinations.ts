/**
 * Where a packet of the box may have been going before DNAT or REDIRECT in OUTPUT sent it where it was seen going: read
 * off the rules on the ways to each such target. In: a table nat. Out: candidates, for nat-trial.ts.
 */
import type { Words } from '../box/address.js'
import type { Box } from '../box/box.js'
import { matchExtension } from '../extensions/all.js'
import type { NatRange } from '../memory/nat-range.js'
import { FULL_MASK } from '../ruleset/address.js'
import { type ChainSource, rulesOfChain, type TableSource } from '../ruleset/rule-source.js'
import { type Family, Hook, type Rule } from '../ruleset/ruleset.js'
import { sameWords } from './nat-tuple.js'

export interface Endpoint {
  readonly address: Words
  readonly port: number
}

/** A target, and what the rules on the way to it ask of a packet's destination. */
interface Way {
  readonly range: NatRange
  readonly wanted: Wanted
}

interface Wanted {
  /** The one address that the rules ask for; null: any of the box's own, as far as they say. */
  readonly address: Words | null
  /** Their ports; null: any. */
  readonly ports: readonly number[] | null
}

/** Ways that are kept, and ports of one of them: rules may describe more than anybody could try. */
const MAX_WAYS = 1 << 18
const MAX_PORTS = 64
const LOOPBACK: Readonly<Record<Family, Words>> = { 4: [0x7f000001], 6: [0, 0, 0, 1] }

export class FormerDestinations {
  private readonly ways: Way[] = []
  /** Ways to a single address, by that address. */
  private readonly waysTo = new Map<string, Way[]>()

  constructor(
    private readonly family: Family,
    private readonly nat: TableSource,
    private readonly box: Box,
  ) {
    const output = nat.builtin(Hook.Output)
    if (output !== null) this.follow(output, { address: null, ports: null })
  }

  /** Others than the destination itself. */
  of({ address, port }: Endpoint): Endpoint[] {
    const ways = [...(this.waysTo.get(address.join()) ?? []), ...this.ways.filter((way) => leadsTo(way, address))]
    return ways.flatMap(({ range, wanted }) => {
      if (range.ports !== null && (port < range.ports[0] || port > range.ports[1])) return []
      const ports = wanted.ports ?? (range.ports === null ? [port] : [])
      const addresses = wanted.address === null ? this.ownAddresses() : [wanted.address]
      return addresses.flatMap((former) => ports.map((formerPort) => ({ address: former, port: formerPort })))
    })
  }

  private ownAddresses(): Words[] {
    const { box, family } = this
    return [...box.ownAddresses.flatMap((own) => (own.family === family ? [own.words] : [])), LOOPBACK[family]]
  }

  /** Chains never lead back to themselves. */
  private follow(chain: ChainSource, wanted: Wanted): void {
    for (const rule of rulesOfChain(chain)) {
      if (this.ways.length + this.waysTo.size > MAX_WAYS) return
      const here = this.narrowed(wanted, rule)
      const { target } = rule
      if (target.kind === 'jump' || target.kind === 'goto') {
        const next = this.nat.chain(target.chain)
        if (next !== null) this.follow(next, here)
      } else if (target.kind === 'extension' && (target.name === 'DNAT' || target.name === 'REDIRECT')) {
        this.add(target.options as NatRange, here)
      }
    }
  }

  private add(range: NatRange, wanted: Wanted): void {
    const addresses = range.addresses ?? ([LOOPBACK[this.family], LOOPBACK[this.family]] as const)
    const way = { range: { ...range, addresses }, wanted }
    if (!sameWords(addresses[0], addresses[1])) {
      this.ways.push(way)
      return
    }
    const key = addresses[0].join()
    const others = this.waysTo.get(key)
    if (others === undefined) this.waysTo.set(key, [way])
    else others.push(way)
  }

  private narrowed(wanted: Wanted, { destination, matches }: Rule): Wanted {
    const single = destination !== null && !destination.inverted && sameWords(destination.mask, FULL_MASK[this.family])
    const ranges = matches.flatMap(
      ({ name, options }) => matchExtension(name, this.family).destinationPorts?.(options) ?? [],
    )
    const ports = ranges.flatMap(([first, last]) =>
      last - first < MAX_PORTS ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [],
    )
    return {
      address: single ? destination.address : wanted.address,
      ports: ports.length > 0 ? ports : wanted.ports,
    }
  }
}

function leadsTo({ range }: Way, address: Words): boolean {
  return range.addresses !== null && !isBelow(address, range.addresses[0]) && !isBelow(range.addresses[1], address)
}

function isBelow(one: Words, other: Words): boolean {
  const index = one.findIndex((word, at) => word !== other[at])
  return index >= 0 && one[index] < other[index]
}
