import { expect, test } from 'vitest'
import { changedChecksum } from '../../src/netfilter/checksum.js'

/** Of words that are summed up. */
function checksum(words: readonly number[]): number {
  let sum = words.reduce((total, word) => total + word, 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

test('a changed word leaves the checksum that computing anew would give', () => {
  for (const after of [0, 1, 0x1234, 0xfffe, 0xffff]) {
    expect(changedChecksum(checksum([0x4500, 0xbeef, 77]), 0xbeef, after)).toBe(checksum([0x4500, after, 77]))
  }
})

test('a wrong checksum stays wrong by as much', () => {
  const right = checksum([0x4500, 0xbeef])
  const changed = changedChecksum(right - 5, 0xbeef, 0x1111)
  expect(changed).toBe(checksum([0x4500, 0x1111]) - 5)
})

test('zero is never written as all ones', () => {
  expect(changedChecksum(0xffff, 0xffff, 0)).toBe(0)
})
