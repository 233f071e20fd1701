/**
 * Flows for questions to routing.
 */
import { ANY, parseAddress, type Words } from '../../src/box/address.js'
import type { Flow } from '../../src/box/policy-rule.js'

export function words(text: string): Words {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is no address`)
  return address.words
}

/** A flow to the address, with nothing else that rules could look at. */
export function flow(destination: string, more: Partial<Flow> = {}): Flow {
  return {
    source: ANY[destination.includes(':') ? 6 : 4],
    destination: words(destination),
    mark: 0,
    tos: 0,
    inInterface: 1,
    outInterface: 0,
    protocol: 0,
    srcPort: 0,
    dstPort: 0,
    ...more,
  }
}
