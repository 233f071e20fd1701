/**
 * What kind of address an address is to the box: `-m addrtype`, and routing's own questions.
 * Kernel: inet_addr_type(), net/ipv4/fib_frontend.c; match_type6(), net/netfilter/xt_addrtype.c.
 */
import {
  ANY,
  isAny6,
  isLimitedBroadcast4,
  isMulticast4,
  isMulticast6,
  isUnicast6,
  isZeronet4,
  sameAddress,
  type Words,
} from './address.js'
import type { Fib } from './fib.js'
import type { Interface } from './interface.js'
import type { Flow } from './policy-rule.js'

/** As `-m addrtype` names them. */
export type AddressType =
  'UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT'

/** Where an IPv6 address is asked for. */
interface Link {
  /** The loopback interface, from which the box's own questions come. */
  readonly loopback: number
  /** The one interface that counts; 0: all do. */
  readonly id: number
  readonly device: Interface | null
}

/** Only the local table counts; with an interface, only its addresses. */
export function addressType4(fib: Fib, words: Words, interfaceId: number): AddressType {
  const [address] = words
  if (isZeronet4(address) || isLimitedBroadcast4(address)) return 'BROADCAST'
  if (isMulticast4(address)) return 'MULTICAST'
  const found = fib.tableLookup('local', flowTo(words, 0))
  if (found?.kind !== 'route' || (interfaceId !== 0 && found.hop.interface !== interfaceId)) return 'UNICAST'
  switch (found.route.type) {
    case 'local':
      return 'LOCAL'
    case 'broadcast':
      return 'BROADCAST'
    case 'anycast':
      return 'ANYCAST'
    case 'multicast':
      return 'MULTICAST'
    default:
      return 'UNICAST'
  }
}

/** The most telling type; a LOCAL address is UNICAST too. */
export function addressType6(fib: Fib, words: Words, link: Link): AddressType {
  if (isAny6(words)) return 'UNSPEC'
  if (isMulticast6(words)) return 'MULTICAST'
  return routedType6(fib, words, link) ?? 'UNICAST'
}

/** The kernel tests the types that an address has by itself all together, those by route one of them. */
export function addressMatches6(fib: Fib, words: Words, wanted: ReadonlySet<AddressType>, link: Link): boolean {
  if (wanted.has('MULTICAST') && !isMulticast6(words)) return false
  if (wanted.has('UNICAST') && !isUnicast6(words)) return false
  if (wanted.has('UNSPEC') && !isAny6(words)) return false
  const byRoute = (['LOCAL', 'ANYCAST', 'PROHIBIT', 'UNREACHABLE'] as const).some((type) => wanted.has(type))
  if (!byRoute) return true
  const type = routedType6(fib, words, link)
  return type !== null && wanted.has(type)
}

/** Null when the route there is an ordinary one. Kernel: match_lookup_rt6(). */
function routedType6(
  fib: Fib,
  words: Words,
  { loopback, id, device }: Link,
): 'LOCAL' | 'ANYCAST' | 'UNREACHABLE' | null {
  const found = fib.lookup({ ...flowTo(words, loopback), outInterface: id })
  if (found.kind !== 'route') return 'UNREACHABLE'
  if (id !== 0) {
    const own = device?.addresses ?? []
    if (own.some((address) => address.family === 6 && sameAddress(address.words, words))) return 'LOCAL'
  } else if (found.route.type === 'local') {
    return 'LOCAL'
  }
  return found.route.type === 'anycast' ? 'ANYCAST' : null
}

function flowTo(destination: Words, inInterface: number): Flow {
  return {
    source: ANY[destination.length === 1 ? 4 : 6],
    destination,
    mark: 0,
    tos: 0,
    inInterface,
    outInterface: 0,
    protocol: 0,
    srcPort: 0,
    dstPort: 0,
  }
}
