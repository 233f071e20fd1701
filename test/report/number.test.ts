import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatShare, formatSpan, formatTime } from '../../src/report/number.js'

test('counts have a comma every three digits', () => {
  expect([0n, 999n, 1000n, 1_234_567n, 18_446_744_073_709_551_615n].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
    '18,446,744,073,709,551,615',
  ])
})

test('bytes are in powers of a thousand', () => {
  expect([0n, 999n, 1000n, 999_949n, 999_950n, 5_000_000_000n].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '999.9 kB',
    '1.0 MB',
    '5.0 GB',
  ])
})

test('spans are in the unit that people would use', () => {
  const second = 1_000_000_000n
  expect(
    [12_345_678n, 32n * second + 510_000_000n, 725n * second, 7325n * second, 108n * 3600n * second].map(formatSpan),
  ).toEqual(['0.012 s', '32.51 s', '12 min 05 s', '2 h 02 min', '4 d 12 h'])
})

test('shares of little are not nothing', () => {
  expect([
    formatShare(0n, 10n),
    formatShare(1n, 100_000n),
    formatShare(1n, 3n),
    formatShare(3n, 3n),
    formatShare(0n, 0n),
  ]).toEqual(['0.0 %', '< 0.1 %', '33.3 %', '100.0 %', ''])
})

test('times are in UTC', () => {
  expect(formatTime(1_795_391_549_999_999_999n)).toBe('2026-11-22 23:52:29')
})
