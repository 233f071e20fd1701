/**
 * Connections without a handshake: UDP, pings, errors about them, protocols that nothing is known of.
 */
import { echo, icmp, icmpError, other, tcp, udp } from '../packets.js'
import type { Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const STATES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate NEW
-A INPUT -m conntrack --ctstate ESTABLISHED
-A INPUT -m conntrack --ctstate RELATED
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctproto 17 --ctstatus ASSURED
-A INPUT -m conntrack --ctstatus SEEN_REPLY
-A OUTPUT -m state --state NEW
-A OUTPUT -m state --state ESTABLISHED
-A OUTPUT -m state --state RELATED
-A OUTPUT -m state --state INVALID
COMMIT
`

const ask = (port: number): Buffer => udp(`10.0.0.9:${port} > 10.0.0.1:53`, 20)
const answer = (port: number): Buffer => udp(`10.0.0.1:53 > 10.0.0.9:${port}`, 60)
const syn = tcp('10.0.0.1:700 > 198.51.100.7:80', 'S', { seq: 5 })

export const UDP_ICMP: readonly Scenario[] = [
  {
    title: 'UDP becomes a stream only when it still talks both ways after two seconds',
    box: SERVER,
    rules: STATES,
    realTime: true,
    packets: [
      ask(1),
      answer(1),
      ask(2),
      answer(2),
      ask(3),
      { bytes: ask(1), afterMs: 1000 },
      { bytes: answer(1), afterMs: 1200 },
      { bytes: ask(1), afterMs: 10 },
      ask(3),
      answer(3),
      { bytes: ask(3), afterMs: 20 },
    ],
  },
  {
    title: 'ICMP requests make entries, stray replies and unknown types do not',
    box: SERVER,
    rules: STATES,
    packets: [
      echo('10.0.0.9 > 10.0.0.1', 'request', 1, 1),
      echo('10.0.0.9 > 10.0.0.1', 'request', 1, 2),
      echo('10.0.0.1 > 10.0.0.9', 'reply', 1, 1),
      echo('10.0.0.9 > 10.0.0.1', 'request', 1, 3),
      echo('10.0.0.9 > 10.0.0.1', 'reply', 4, 1),
      icmp('10.0.0.9 > 10.0.0.1', 13, 0, Buffer.alloc(16)),
      icmp('10.0.0.1 > 10.0.0.9', 14, 0, Buffer.alloc(16)),
      icmp('10.0.0.9 > 10.0.0.1', 15, 0, Buffer.alloc(4)),
      icmp('10.0.0.9 > 10.0.0.1', 17, 0, Buffer.alloc(8)),
      icmp('10.0.0.9 > 10.0.0.1', 9, 0, Buffer.alloc(8)),
      icmp('10.0.0.9 > 10.0.0.1', 30, 0, Buffer.alloc(8)),
      icmp('10.0.0.9 > 10.0.0.1', 8, 5, Buffer.alloc(8)),
    ],
  },
  {
    title: 'errors are RELATED when they quote a living connection the right way round',
    box: SERVER,
    rules: STATES,
    packets: [
      syn,
      icmpError('192.0.2.1 > 10.0.0.1', 11, 0, syn),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, syn),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 4, syn, 28, 1400),
      icmpError('192.0.2.1 > 10.0.0.1', 4, 0, syn),
      icmpError('192.0.2.1 > 10.0.0.1', 5, 1, syn),
      icmpError('192.0.2.1 > 10.0.0.1', 12, 0, syn),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, syn, 20),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, syn, 24),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, tcp('10.0.0.1:701 > 198.51.100.7:80', 'S')),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, tcp('198.51.100.7:80 > 10.0.0.1:700', 'SA')),
      ask(9),
      icmpError('10.0.0.1 > 10.0.0.9', 3, 3, ask(9)),
      answer(9),
      icmpError('10.0.0.9 > 10.0.0.1', 3, 3, answer(9)),
      echo('10.0.0.1 > 198.51.100.7', 'request', 5, 1),
      icmpError('192.0.2.1 > 10.0.0.1', 11, 0, echo('10.0.0.1 > 198.51.100.7', 'request', 5, 1)),
      icmpError('192.0.2.1 > 10.0.0.1', 11, 0, echo('10.0.0.1 > 198.51.100.7', 'request', 6, 1)),
      icmpError('192.0.2.1 > 10.0.0.1', 11, 0, icmpError('10.0.0.1 > 10.0.0.9', 3, 3, ask(9)), 56),
    ],
  },
  {
    title: 'other protocols: by addresses alone',
    box: SERVER,
    rules: STATES,
    packets: [
      other('10.0.0.9 > 10.0.0.1', 50, Buffer.alloc(24)),
      other('10.0.0.1 > 10.0.0.9', 50, Buffer.alloc(24)),
      other('10.0.0.9 > 10.0.0.1', 51, Buffer.alloc(24)),
      other('10.0.0.9 > 10.0.0.1', 89, Buffer.alloc(44)),
      other('10.0.0.9 > 224.0.0.5', 89, Buffer.alloc(44)),
      other('10.0.0.9 > 10.0.0.1', 2, Buffer.alloc(8)),
      other('10.0.0.9 > 10.0.0.1', 255, Buffer.alloc(8)),
      other('10.0.0.9 > 10.0.0.1', 4, udp('1.1.1.1:1 > 2.2.2.2:2', 5)),
    ],
  },
  {
    title: 'checksums count when the box verifies them',
    box: SERVER,
    sysctls: ['net.netfilter.nf_conntrack_checksum=1'],
    rules: STATES,
    packets: [
      tcp('10.0.0.9:2 > 10.0.0.1:80', 'S', { badChecksum: true }),
      udp('10.0.0.9:3 > 10.0.0.1:80', 5, { badChecksum: true }),
      tcp('10.0.0.9:2 > 10.0.0.1:80', 'S'),
      udp('10.0.0.9:3 > 10.0.0.1:80', 5),
      tcp('10.0.0.1:2 > 10.0.0.9:80', 'S', { badChecksum: true }),
    ],
  },
]
