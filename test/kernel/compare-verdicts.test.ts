import { expect, test } from 'vitest'
import { compareVerdicts } from '../../src/kernel/compare-verdicts.js'
import { printDifference } from '../../src/kernel/difference.js'
import type { Fate } from '../../src/kernel/fate.js'

const HEADER = 'packet\ttime\thooks\tverdict\twhere\tctstate\tctid\tmark\n'
const ACCEPTED: Fate = {
  number: 1,
  verdict: 'ACCEPT',
  hooks: ['PREROUTING', 'INPUT'],
  state: 'NEW',
  mark: 5,
  fragment: false,
}

function compare(fate: Fate | null, hooks: string, verdict: string, state: string, mark: string): string[] {
  const line = `1\t0.000000000\t${hooks}\t${verdict}\tINPUT filter INPUT 1\t${state}\t-\t${mark}\n`
  return compareVerdicts([fate], HEADER + line).map(printDifference)
}

test('the same verdict, hooks, state and mark make no difference', () => {
  expect(compare(ACCEPTED, 'PREROUTING,INPUT', 'ACCEPT', 'NEW', '5')).toEqual([])
})

test('each of them that differs is named, with who decided', () => {
  expect(compare(ACCEPTED, 'PREROUTING,FORWARD', 'DROP', 'ESTABLISHED', '0')).toEqual([
    'packet 1 verdict: kernel ACCEPT, hookline DROP  (INPUT filter INPUT 1)',
    'packet 1 hooks: kernel PREROUTING,INPUT, hookline PREROUTING,FORWARD  (INPUT filter INPUT 1)',
    'packet 1 ctstate: kernel NEW, hookline ESTABLISHED  (INPUT filter INPUT 1)',
    'packet 1 mark: kernel 0x5, hookline 0x0  (INPUT filter INPUT 1)',
  ])
})

test('a drop that nobody saw answered may be a REJECT, an answered one must be', () => {
  const dropped: Fate = { ...ACCEPTED, verdict: 'DROP' }
  expect(compare(dropped, 'PREROUTING,INPUT', 'REJECT', 'NEW', '0')).toEqual([])
  expect(compare({ ...dropped, verdict: 'REJECT' }, 'PREROUTING,INPUT', 'DROP', 'NEW', '0')).toHaveLength(1)
})

test('the state of a packet that was never tracked is not compared', () => {
  const early: Fate = { ...ACCEPTED, verdict: 'DROP', hooks: ['PREROUTING'], state: null }
  expect(compare(early, 'PREROUTING', 'DROP', '-', '-')).toEqual([])
})

test('a packet that was not offered to the box is not compared, one without a verdict is a difference', () => {
  expect(compare(null, '-', 'IP', '-', '-')).toEqual([])
  expect(compareVerdicts([ACCEPTED], HEADER)).toHaveLength(1)
})

test('a packet that routing refused before any hook agrees with ROUTE and IP', () => {
  const refused: Fate = { ...ACCEPTED, verdict: 'IP', hooks: [], state: null, mark: 0 }
  expect(compare(refused, '-', 'ROUTE', '-', '-')).toEqual([])
  expect(compare(refused, '-', 'IP', '-', '-')).toEqual([])
})
