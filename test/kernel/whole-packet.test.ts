import { expect, test } from 'vitest'
import { readFrame, type Frame } from '../../src/kernel/frame.js'
import { assumeChecksum, isFragment, isWellFormed, wholePacket } from '../../src/kernel/whole-packet.js'
import { ethernet, fragmentsOf, tcp, udp } from './packets.js'

const MACS = { to: '02:00:00:00:00:01', from: '02:00:00:00:00:09' }

function frameOf(linkType: number, bytes: Buffer): Frame {
  const frame = readFrame(linkType, bytes)
  if (frame === null) throw new Error('no IP packet')
  return frame
}

test('Ethernet padding is cut off', () => {
  const packet = tcp('10.0.0.9:1 > 10.0.0.1:80', 'S')
  const padded = Buffer.concat([ethernet(packet, MACS), Buffer.alloc(6)])
  expect(wholePacket(frameOf(1, padded), padded, padded.length)).toEqual(packet)
})

test('what a snap length cut off comes back as zeros under a right checksum', () => {
  const packet = tcp('10.0.0.9:1 > 10.0.0.1:80', 'PA', { data: 200 })
  const whole = wholePacket(frameOf(101, packet), packet.subarray(0, 60), packet.length)
  expect(whole).toHaveLength(packet.length)
  expect(whole.subarray(60)).toEqual(Buffer.alloc(packet.length - 60))
  const again = Buffer.from(whole)
  assumeChecksum(again, 4)
  expect(again).toEqual(whole)
})

test('a packet that was shorter than it says on the wire stays so', () => {
  const packet = udp('[2001:db8::9]:1 > [2001:db8::1]:53', 100)
  const short = packet.subarray(0, 80)
  const whole = wholePacket(frameOf(101, short), short, short.length)
  expect(whole).toHaveLength(80)
  expect(isWellFormed(whole, 6)).toBe(false)
})

test('a wrong TCP checksum becomes the right one', () => {
  const ends = '10.0.0.9:1 > 10.0.0.1:80'
  const wrong = tcp(ends, 'S', { badChecksum: true })
  assumeChecksum(wrong, 4)
  expect(wrong).toEqual(tcp(ends, 'S'))
})

test('it does behind extension headers of IPv6 too', () => {
  const ends = '[2001:db8::9]:1 > [2001:db8::1]:53'
  const authentication = { number: 51, bytes: Buffer.from([17, 4, ...Array<number>(22).fill(0)]) }
  const extensions = ['hop-by-hop', authentication, 'destination'] as const
  const wrong = udp(ends, 20, { extensions, badChecksum: true })
  assumeChecksum(wrong, 6)
  expect(wrong).toEqual(udp(ends, 20, { extensions }))
})

test('fragments are told by their headers, in IPv6 behind other extension headers too', () => {
  const parts = fragmentsOf(udp('10.0.0.9:1 > 10.0.0.1:53', 100), 48)
  expect(parts.map((part) => isFragment(part, 4))).toEqual([true, true, true])
  const six = fragmentsOf(udp('[2001:db8::9]:1 > [2001:db8::1]:53', 100), 48)
  expect(isFragment(six[0], 6)).toBe(true)
  const extended = udp('[2001:db8::9]:1 > [2001:db8::1]:53', 10, { extensions: ['hop-by-hop', 'destination'] })
  expect(isFragment(extended, 6)).toBe(false)
})

test('VLAN tags, cooked captures and loopback headers lead to the packet inside', () => {
  const packet = udp('10.0.0.9:1 > 10.0.0.1:53', 4)
  const tagged = frameOf(1, ethernet(packet, MACS, 10))
  expect(tagged).toMatchObject({ family: 4, at: 18, vlans: [10], pppoe: false })
  const cooked = Buffer.concat([Buffer.from('00010001000602000000000900000800', 'hex'), packet])
  expect(frameOf(113, cooked)).toMatchObject({ at: 16, target: 'broadcast', ethernet: null })
  expect(frameOf(0, Buffer.concat([Buffer.from([2, 0, 0, 0]), packet]))).toMatchObject({ family: 4, at: 4 })
  expect(readFrame(1, ethernet(Buffer.alloc(0), MACS))).toBeNull()
})
