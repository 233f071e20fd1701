/**
 * What both an element and a packet's question are looked up by: ten words.
 *
 *   prefix, prefix 2, protocol | port or mark or interface | address 4 | address 2 or MAC 4
 */

export const KEY = { kind: 0, detail: 1, address: 2, address2: 6, words: 10 }

export function kindOf(prefix: number, prefix2: number, protocol: number): number {
  return prefix | (prefix2 << 8) | (protocol << 16)
}

/** Members of a list:set stay where they are: each is known by its place. */
export function keyOfMember(index: number): number[] {
  const key = Array<number>(KEY.words).fill(0)
  key[KEY.detail] = index
  return key
}

/** What an element with the beginning of a name has instead of the number of an interface. */
export function detailOfWildcard(index: number): number {
  return 0x80000000 + index
}
