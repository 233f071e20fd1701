/**
 * REJECT: what is answered and what is not, how the answers pass the box's own rules, what becomes of the connection.
 */
import { echo, fragmentsOf, icmpError, other, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const ANSWERS = [
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'icmp-admin-prohibited',
]

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 1 -j MARK --set-xmark 0x9/0xffffffff
-A OUTPUT -p icmp -m icmp --icmp-type 3
-A POSTROUTING -p icmp -m tos --tos 0xc0/0xff
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${ANSWERS.map((answer, index) => `-A INPUT -p udp -m udp --dport ${index + 1} -j REJECT --reject-with ${answer}`).join('\n')}
-A INPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset
-A INPUT -p tcp -m tcp --dport 2 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -p tcp -m tcp --dport 3 -m length --length 41:65535 -j REJECT --reject-with tcp-reset
-A INPUT -p icmp -j REJECT --reject-with icmp-host-unreachable
-A FORWARD -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset
-A FORWARD -p udp -m udp --dport 1 -j REJECT --reject-with icmp-net-unreachable
-A OUTPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset
-A OUTPUT -p udp -m udp --dport 1 -j REJECT --reject-with icmp-port-unreachable
-A OUTPUT -p icmp -m conntrack --ctstate RELATED
-A OUTPUT -p tcp -m conntrack --ctstate RELATED -m tcp --tcp-flags RST RST
COMMIT
`

const open = (port: number): Buffer[] => [
  tcp(`10.0.0.9:${port} > 10.0.0.1:3`, 'S', { seq: 100 }),
  tcp(`10.0.0.1:3 > 10.0.0.9:${port}`, 'SA', { seq: 500, ack: 101 }),
  tcp(`10.0.0.9:${port} > 10.0.0.1:3`, 'A', { seq: 101, ack: 501 }),
]

export const REJECTS: readonly Scenario[] = [
  {
    title: 'every kind of answer to packets for the box',
    box: SERVER,
    rules: RULES,
    packets: [
      ...ANSWERS.map((_, index) => udp(`10.0.0.9:9 > 10.0.0.1:${index + 1}`, 900)),
      tcp('10.0.0.9:1 > 10.0.0.1:1', 'S', { seq: 1 }),
      tcp('10.0.0.9:1 > 10.0.0.1:1', 'A', { seq: 1, ack: 7 }),
      tcp('10.0.0.9:1 > 10.0.0.1:1', 'FA', { seq: 1, ack: 7 }),
      tcp('10.0.0.9:1 > 10.0.0.1:2', 'S', { seq: 1 }),
      echo('10.0.0.9 > 10.0.0.1', 'request', 1, 1),
    ],
  },
  {
    title: 'no answer to resets, errors, broadcasts and damaged packets',
    edges: ['REJECT'],
    box: SERVER,
    rules: RULES,
    packets: [
      tcp('10.0.0.9:1 > 10.0.0.1:1', 'R', { seq: 1 }),
      tcp('10.0.0.9:1 > 10.0.0.1:1', 'S', { seq: 1, badChecksum: true }),
      udp('10.0.0.9:9 > 10.0.0.1:1', 9, { badChecksum: true }),
      icmpError('10.0.0.9 > 10.0.0.1', 3, 3, udp('10.0.0.1:1 > 10.0.0.9:1', 1)),
      udp('10.0.0.9:9 > 10.0.0.255:1', 9),
      udp('10.0.0.9:9 > 224.0.0.1:1', 9),
      { bytes: udp('0.0.0.0:9 > 255.255.255.255:1', 9), on: 'eth0' },
      ...fragmentsOf(udp('10.0.0.9:9 > 10.0.0.1:1', 200), 80),
    ],
  },
  {
    title: 'a reset closes the connection of the packet that it answers',
    box: SERVER,
    rules: RULES,
    packets: [
      ...open(1),
      tcp('10.0.0.9:1 > 10.0.0.1:3', 'PA', { seq: 101, ack: 501, data: 10 }),
      tcp('10.0.0.1:3 > 10.0.0.9:1', 'A', { seq: 501, ack: 101 }),
      ...open(2),
    ],
  },
  {
    title: 'packets of the box itself and packets on their way through are rejected',
    box: ROUTER,
    rules: RULES,
    packets: [
      tcp('203.0.113.2:5 > 198.51.100.7:1', 'S', { seq: 1 }),
      udp('203.0.113.2:5 > 198.51.100.7:1', 5),
      udp('203.0.113.2:5 > 192.168.1.1:1', 5),
      tcp('203.0.113.2:5 > 192.168.1.1:1', 'S', { seq: 1 }),
      on('lan0', tcp('192.168.1.5:5 > 198.51.100.7:1', 'S', { seq: 1 })),
      on('lan0', udp('192.168.1.5:5 > 198.51.100.7:1', 5)),
      on('wan0', udp('198.51.100.7:5 > 192.168.1.5:1', 5)),
    ],
  },
  {
    title: 'a packet is answered after one like it that was not',
    box: SERVER,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -j REJECT
COMMIT
`,
    rules6: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A OUTPUT -m conntrack --ctstate RELATED
COMMIT
`,
    packets: [
      ...['R', 'S', 'A'].map((flags) => tcp('10.0.0.9:1 > 10.0.0.1:3', flags, { seq: 1 })),
      icmpError('10.0.0.9 > 10.0.0.1', 3, 3, udp('10.0.0.1:53 > 10.0.0.9:4000', 30)),
      echo('10.0.0.9 > 10.0.0.1', 'request', 7, 1),
      ...['R', 'RA', 'S', 'A'].map((flags) => tcp('[2001:db8::9]:1 > [2001:db8::1]:3', flags, { seq: 1 })),
      tcp('[2001:db8::1]:3 > [2001:db8::9]:2', 'S', { seq: 1 }),
      ...['RA', 'S', 'S'].map((flags) => tcp('[2001:db8::9]:2 > [2001:db8::1]:3', flags, { seq: 1, ack: 9 })),
    ],
  },
  {
    title: 'the first fragment of a datagram is answered only if it alone sums up, or has no checksum',
    box: ROUTER,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -j REJECT
COMMIT
`,
    packets: [
      ...fragmentsOf(udp('192.168.1.5:4000 > 198.51.100.7:53', 200), 96),
      ...fragmentsOf(echo('192.168.1.5 > 198.51.100.7', 'request', 7, 1), 8),
      ...fragmentsOf(other('192.168.1.5 > 198.51.100.7', 50, Buffer.alloc(64, 1)), 32),
    ].map((bytes) => on('lan0', bytes)),
  },
]
