import { expect, test } from 'vitest'
import { fateOf } from '../../src/kernel/fate.js'
import type { Injection } from '../../src/kernel/injection.js'
import type { Passage } from '../../src/kernel/log-socket.js'
import { pointOf } from '../../src/kernel/observer.js'
import { udp } from './packets.js'

const bytes = udp('10.0.0.9:1 > 10.0.0.1:53', 4)
const INJECTION: Injection = {
  packet: { number: 7, atNs: 0n, linkType: 101, bytes, original: bytes.length, interface: 'eth0' },
  way: 'receive',
  interface: 'eth0',
  family: 4,
  fragment: false,
  bytes,
  captured: bytes,
}

/** `enter 0`, `state NEW`, `leave 4 out 2`, ...: points in the observer's words. */
function passages(...words: string[]): Passage[] {
  return words.map((text) => {
    const [what, out] = text.split(' out ')
    const point = pointOf(`hookline ${what}`)
    if (point === null) throw new Error(`no point ${what}`)
    return { point, mark: 3, outInterface: Number(out ?? 0) }
  })
}

test('a packet that reaches the end of INPUT is accepted', () => {
  const fate = fateOf(INJECTION, passages('enter 0', 'state NEW', 'leave 0', 'enter 1', 'leave 1'))
  expect(fate).toMatchObject({ number: 7, verdict: 'ACCEPT', hooks: ['PREROUTING', 'INPUT'], state: 'NEW', mark: 3 })
})

test('one that enters a hook and does not leave it was dropped there, one that enters no further by routing', () => {
  expect(fateOf(INJECTION, passages('enter 0', 'leave 0', 'enter 2')).verdict).toBe('DROP')
  expect(fateOf(INJECTION, passages('enter 0', 'leave 0')).verdict).toBe('ROUTE')
  expect(fateOf(INJECTION, []).verdict).toBe('IP')
})

test('what the kernel makes in answer is not the packet', () => {
  const fate = fateOf(
    INJECTION,
    passages('enter 0', 'leave 0', 'enter 1', 'made 3', 'leave 3', 'enter 4', 'leave 4 out 2'),
  )
  expect(fate).toMatchObject({ verdict: 'REJECT', hooks: ['PREROUTING', 'INPUT'] })
})

test('a fragment that is not put together yet is kept, one that completes its datagram goes on', () => {
  const fragment = { ...INJECTION, fragment: true }
  expect(fateOf(fragment, passages('enter 0')).verdict).toBe('STOLEN')
  expect(fateOf(fragment, passages('enter 0', 'whole 0')).verdict).toBe('DROP')
})

test('what left the box is accepted, whatever becomes of the copy that the box keeps', () => {
  const way = ['enter 3', 'state NEW', 'leave 3', 'enter 4', 'leave 4 out 2', 'enter 0', 'leave 0', 'enter 1']
  const hooks = ['OUTPUT', 'POSTROUTING', 'PREROUTING', 'INPUT']
  expect(fateOf(INJECTION, passages(...way))).toMatchObject({ verdict: 'ACCEPT', hooks })
  const overLo = way.map((text) => text.replace('out 2', 'out 1'))
  expect(fateOf(INJECTION, passages(...overLo))).toMatchObject({ verdict: 'DROP', hooks })
})

test('the copy of a broadcast that passes POSTROUTING first says nothing of the broadcast', () => {
  const copy = [
    'enter 3',
    'state NEW',
    'leave 3',
    'enter 4',
    'leave 4 out 2',
    'enter 0',
    'leave 0',
    'enter 1',
    'leave 1',
  ]
  expect(fateOf(INJECTION, passages(...copy, 'enter 4', 'leave 4 out 2')).verdict).toBe('ACCEPT')
  expect(fateOf(INJECTION, passages(...copy, 'enter 4')).verdict).toBe('DROP')
  expect(fateOf(INJECTION, passages(...copy.slice(0, 4), 'enter 4', 'leave 4 out 2')).verdict).toBe('ACCEPT')
})

test('the copy of an IPv6 multicast that passes POSTROUTING second says nothing of the multicast', () => {
  const multicast = passages('enter 3', 'state NEW', 'leave 3', 'enter 4', 'leave 4 out 2')
  const copy = passages('enter 4', 'leave 4 out 2', 'enter 0', 'leave 0', 'enter 1').map((each) => ({
    ...each,
    mark: 9,
  }))
  const fate = fateOf({ ...INJECTION, family: 6 }, [...multicast, ...copy])
  expect(fate).toMatchObject({ verdict: 'ACCEPT', mark: 3 })
})

test('a packet of the box to itself that is seen no more behind POSTROUTING was dropped as it came back', () => {
  const way = passages('enter 3', 'state NEW', 'leave 3', 'enter 4', 'leave 4 out 1')
  expect(fateOf(INJECTION, way)).toMatchObject({ verdict: 'IP', hooks: ['OUTPUT', 'POSTROUTING'] })
})
