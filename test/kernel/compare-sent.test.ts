import { expect, test } from 'vitest'
import { compareSent, type SentPacket } from '../../src/kernel/compare-sent.js'
import { echo, icmpError, tcp, udp } from './packets.js'

function sent(bytes: Buffer, device = 'eth0', length = bytes.length): SentPacket {
  return { interface: device, bytes, length }
}

/** A copy with other bytes at an offset. */
function changed(packet: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(packet)
  copy.set(bytes, at)
  return copy
}

const QUERY = udp('10.0.0.1:1000 > 10.0.0.9:53', 20)

/** 24 bytes long. */
const AUTHENTICATION = { number: 51, bytes: Buffer.from([0, 4, ...Buffer.alloc(22)]) }

test('the same packets by the same interface are no difference', () => {
  expect(compareSent([[sent(QUERY)], []], [[sent(QUERY)], []], false)).toEqual([])
})

test('one byte is a difference that names packet, interface and place', () => {
  expect(compareSent([[], [sent(QUERY)]], [[], [sent(changed(QUERY, 30, 0xff))]], false)).toEqual([
    {
      where: 'packet 2 sent by eth0',
      kernel: expect.stringMatching(/ at 30 of 48$/) as string,
      replay: expect.stringMatching(/^ff.* at 30 of 48$/) as string,
      note: '',
    },
  ])
})

test('a packet that only one side sends, or by another interface, is a difference', () => {
  expect(compareSent([[sent(QUERY)]], [[]], false)).toMatchObject([{ kernel: '48 bytes', replay: 'nothing' }])
  expect(compareSent([[sent(QUERY)]], [[sent(QUERY, 'eth1')]], false)).toMatchObject([
    { where: 'packet 1 sent by eth0', kernel: '48 bytes', replay: 'nothing' },
    { where: 'packet 1 sent by eth1', kernel: 'nothing', replay: '48 bytes' },
  ])
})

test('of a cut packet only what is there is compared, and the length on the wire', () => {
  const cut = sent(QUERY.subarray(0, 30), 'eth0', QUERY.length)
  expect(compareSent([[sent(QUERY)]], [[cut]], false)).toEqual([])
  expect(compareSent([[sent(QUERY)]], [[{ ...cut, length: 49 }]], false)).toHaveLength(1)
})

test('an IPv4 id that the kernel drew where the replay has none is no difference, a wrong header checksum is', () => {
  const ours = changed(QUERY, 4, 0x12, 0x34)
  const theirs = changed(QUERY, 4, 0, 0)
  for (const packet of [ours, theirs]) packet.writeUInt16BE(headerChecksum(packet), 10)
  expect(compareSent([[sent(ours)]], [[sent(theirs)]], false)).toEqual([])
  expect(compareSent([[sent(ours)]], [[sent(changed(theirs, 10, 0, 0))]], false)).toHaveLength(1)
  // The other way round the replay would have made one up.
  expect(compareSent([[sent(theirs)]], [[sent(ours)]], false)).toHaveLength(1)
})

test.each([
  ['TCP', tcp('10.0.0.1:1000 > 10.0.0.9:80', 'S'), tcp('10.0.0.1:2000 > 10.0.0.9:80', 'S')],
  ['UDP', QUERY, udp('10.0.0.1:2000 > 10.0.0.9:53', 20)],
  ['ICMP', echo('10.0.0.1 > 10.0.0.9', 'request', 7, 1), echo('10.0.0.1 > 10.0.0.9', 'request', 8, 1)],
  ['IPv6', udp('[fd00::1]:1000 > [fd00::9]:53', 20), udp('[fd00::1]:2000 > [fd00::9]:53', 20)],
  [
    'behind an authentication header',
    udp('[fd00::1]:1000 > [fd00::9]:53', 20, { extensions: [AUTHENTICATION] }),
    udp('[fd00::1]:2000 > [fd00::9]:53', 20, { extensions: [AUTHENTICATION] }),
  ],
  [
    'quoted',
    icmpError('10.0.0.1 > 10.0.0.9', 3, 3, QUERY, 28),
    icmpError('10.0.0.1 > 10.0.0.9', 3, 3, udp('10.0.0.1:2000 > 10.0.0.9:53', 20), 28),
  ],
])('ports that NAT drew are no difference where they are random: %s', (_name, ours, theirs) => {
  expect(compareSent([[sent(ours)]], [[sent(theirs)]], false)).toHaveLength(1)
  expect(compareSent([[sent(ours)]], [[sent(theirs)]], true)).toEqual([])
})

test('a checksum that does not fit the port is a difference, whatever the port', () => {
  const theirs = changed(QUERY, 20, 0x07, 0xd0)
  expect(compareSent([[sent(QUERY)]], [[sent(theirs)]], true)).toHaveLength(1)
})

function headerChecksum(packet: Buffer): number {
  let sum = 0
  for (let at = 0; at < 20; at += 2) if (at !== 10) sum += packet.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
