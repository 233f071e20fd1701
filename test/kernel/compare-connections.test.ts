import { expect, test } from 'vitest'
import { compareConnections } from '../../src/kernel/compare-connections.js'
import { printDifference } from '../../src/kernel/difference.js'

const TCP =
  'ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.9 dst=10.0.0.1 sport=4000 dport=22 packets=2 bytes=80 ' +
  'src=10.0.0.1 dst=10.0.0.9 sport=22 dport=4000 packets=1 bytes=40 [ASSURED] mark=0 zone=0 use=2'
const UDP =
  'ipv4     2 udp      17 29 src=10.0.0.9 dst=10.0.0.1 sport=1 dport=53 packets=1 bytes=38 [UNREPLIED] ' +
  'src=10.0.0.1 dst=10.0.0.9 sport=53 dport=1 packets=0 bytes=0 mark=0 zone=0 use=2'

function compare(kernel: string, replay: string): string[] {
  return compareConnections(kernel, replay, 2).map(printDifference)
}

test('order, references and zone 0 do not count, and clocks may differ a little', () => {
  const replay = `${UDP}\n${TCP}\n`.replaceAll(' zone=0 use=2', ' use=1').replace(' 431999 ', ' 432000 ')
  expect(compare(`${TCP}\n${UDP}\n`, replay)).toEqual([])
})

test('each field that differs is named with its connection', () => {
  const replay = TCP.replace('ESTABLISHED', 'SYN_RECV').replace('packets=1 bytes=40', 'packets=2 bytes=80')
  const named = compare(TCP, replay).map((line) => line.replace(/^.*dport=4000 /, ''))
  expect(named).toEqual([
    'state: kernel ESTABLISHED, hookline SYN_RECV',
    'reply packets: kernel 1, hookline 2',
    'reply bytes: kernel 40, hookline 80',
  ])
})

test('flags, marks and times far apart are differences', () => {
  const replay = UDP.replace('[UNREPLIED] ', '').replace('mark=0', 'mark=5').replace(' 29 ', ' 119 ')
  expect(compare(UDP, replay).map((line) => line.replace(/^.*dport=1 /, ''))).toEqual([
    'mark: kernel 0, hookline 5',
    'flags: kernel [UNREPLIED], hookline none',
    'left: kernel 29 s, hookline 119 s',
  ])
})

test('a connection on one side only is a difference, unless it is about to end', () => {
  expect(compare(`${TCP}\n${UDP}`, TCP)).toHaveLength(1)
  expect(compare(TCP, `${TCP}\n${UDP}`)[0]).toContain('kernel no such connection')
  expect(compare(`${TCP}\n${UDP.replace(' 29 ', ' 1 ')}`, TCP)).toEqual([])
})
