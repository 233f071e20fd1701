import { expect, test } from 'vitest'
import { collect, wholeNumber, workerCount } from '../../src/cli/option-value.js'

test('a whole number has at most nine digits, and nothing else', () => {
  expect(wholeNumber('0')).toBe(0)
  expect(wholeNumber('999999999')).toBe(999_999_999)
  for (const text of ['', '-1', '1.5', '1e3', 'x', '1000000000'])
    expect(() => wholeNumber(text)).toThrow('whole number')
})

test('there is at least one worker, and at most 256', () => {
  expect(workerCount('1')).toBe(1)
  expect(workerCount('256')).toBe(256)
  for (const text of ['0', '257', '-1', 'x']) expect(() => workerCount(text)).toThrow('from 1 to 256')
})

test('an option given again adds to what it had', () => {
  expect(collect('b=2', collect('a=1'))).toEqual(['a=1', 'b=2'])
})
