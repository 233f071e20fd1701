/**
 * The address of an interface that stands for the box there: what MASQUERADE and REDIRECT use.
 * Kernel: inet_select_addr(), net/ipv4/devinet.c; nf_nat_redirect_ipv4(), nf_nat_redirect_ipv6(),
 * net/netfilter/nf_nat_redirect.c (v6.18).
 */
import type { Family } from '../ruleset/ruleset.js'
import { inPrefix, isLinkLocal6, isLoopback6, isMulticast6, type Words } from './address.js'
import type { Box } from './box.js'
import { type InterfaceAddress, linkPrefix } from './interface.js'

/** Scopes of multicast addresses, RFC 4291. */
const HOST_SCOPE = 1
const LINK_SCOPE = 2
const LOOPBACK: Readonly<Record<Family, Words>> = { 4: [0x7f000001], 6: [0, 0, 0, 1] }

/** The primary IPv4 address of the interface, of `nextHop`'s network if there is one; else another interface's. */
export function primaryAddress4(box: Box, interfaceId: number, nextHop: Words): Words | null {
  const usable = (box.interface(interfaceId)?.addresses ?? []).filter(isPrimaryGlobal)
  const near = usable.find((address) => inPrefix(nextHop, linkPrefix(address)))
  const own = near ?? usable[0] ?? box.interfaces.flatMap(({ addresses }) => addresses).find(isPrimaryGlobal)
  return own?.words ?? null
}

/** Where REDIRECT leads what came in by the interface (null: what the box itself sends); null when it has none. */
export function redirectAddress(
  box: Box,
  family: Family,
  destination: Words,
  inInterface: number | null,
): Words | null {
  if (inInterface === null) return LOOPBACK[family]
  const own = (box.interface(inInterface)?.addresses ?? []).filter((address) => address.family === family)
  if (family === 4) return own[0]?.words ?? null
  const usable = own.filter(({ tentative }) => !tentative)
  return usable.find(({ words }) => sharesScope(words, destination))?.words ?? null
}

function isPrimaryGlobal({ family, secondary, scope }: InterfaceAddress): boolean {
  return family === 4 && !secondary && scope === 'global'
}

/** Any address will do for a destination that is valid everywhere. Kernel: nf_nat_redirect_ipv6_usable(). */
function sharesScope(own: Words, destination: Words): boolean {
  const scope = isMulticast6(destination) ? (destination[0] >>> 16) & 15 : 0
  if (isLinkLocal6(destination) || scope === LINK_SCOPE) return isLinkLocal6(own)
  return !(isLoopback6(destination) || scope === HOST_SCOPE) || isLoopback6(own)
}
