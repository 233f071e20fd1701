/**
 * The own IPv6 address that suits a packet best.
 * Kernel: ipv6_dev_get_saddr(), net/ipv6/addrconf.c (v6.18); labels and deprecation are not looked at.
 */
import { inPrefix, isLinkLocal6, isLoopback6, isMulticast6, masked, sameAddress, type Words } from './address.js'
import type { Box } from './box.js'
import type { InterfaceAddress } from './interface.js'

/** One of the preferred interface before others; null when the box has none. */
export function bestSource6(box: Box, destination: Words, preferred: number): Words | null {
  const near = isLinkLocal6(destination) || isMulticast6(destination)
  let best: { readonly words: Words; readonly score: number } | null = null
  for (const { id, addresses, up } of box.interfaces) {
    if (!up || (near && id !== preferred)) continue
    for (const address of addresses) {
      if (address.family !== 6 || address.tentative) continue
      const score = sourceScore(address, destination, id === preferred)
      if (best === null || score > best.score) best = { words: address.words, score }
    }
  }
  return best?.words ?? box.ownAddresses.find(({ family }) => family === 6)?.words ?? null
}

/** Higher is better: the same address, then scope, then interface, then the longest common prefix. */
function sourceScore(address: InterfaceAddress, destination: Words, ofInterface: boolean): number {
  if (sameAddress(address.words, destination)) return Number.POSITIVE_INFINITY
  const [own, wanted] = [scopeOf(address.words), scopeOf(destination)]
  const scope = own >= wanted ? 16 - own : own - 16
  let common = 0
  while (common < 128 && inPrefix(destination, { words: masked(address.words, common + 1), length: common + 1 }))
    common++
  return scope * 1024 + (ofInterface ? 512 : 0) + common
}

/** Kernel: IPV6_ADDR_SCOPE_*; loopback counts as the narrowest. */
function scopeOf(words: Words): number {
  if (isLoopback6(words)) return 1
  return isLinkLocal6(words) || isMulticast6(words) ? 2 : 14
}
