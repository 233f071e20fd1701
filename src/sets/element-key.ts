/**
 * Under which key an element of a saved set is looked up.
 */
import type { SetData, SetElement } from './set.js'
import { detailOfWildcard, KEY, keyOfMember, kindOf } from './set-key.js'

/** `index`: its place in the set; `interfaceId` gives the number of a name. */
export function keyOfElement(
  data: SetData,
  element: SetElement,
  index: number,
  wildcards: readonly string[],
  interfaceId: (name: string) => number,
): number[] {
  if (element.member !== null) return keyOfMember(index)
  const key = Array<number>(KEY.words).fill(0)
  const { address, address2, mac, interfaceName, wildcard } = element
  key[KEY.kind] = kindOf(element.prefix, element.prefix2, element.protocol)
  if (interfaceName === null) key[KEY.detail] = element.port + element.mark
  else key[KEY.detail] = wildcard ? detailOfWildcard(wildcards.indexOf(interfaceName)) : interfaceId(interfaceName)
  address.forEach((word, at) => (key[KEY.address + at] = word))
  address2.forEach((word, at) => (key[KEY.address2 + at] = word))
  // The MAC of a bitmap:ip,mac is no part of the key.
  if (mac !== null && data.type !== 'bitmap:ip,mac') key.splice(KEY.address2, 2, ...mac)
  return key
}

/** Longer ones first: in one network, a shorter one that stood in front would have kept them out. */
export function wildcardsOf({ elements }: SetData): string[] {
  const starts = new Set(elements.flatMap(({ wildcard, interfaceName }) => (wildcard ? (interfaceName ?? []) : [])))
  return [...starts].sort((a, b) => b.length - a.length)
}
