/**
 * SCTP: the life of associations, their tags, heartbeats, what is INVALID, and errors about them.
 */
import { icmpError, udp } from '../packets.js'
import { type Scenario } from '../scenario.js'
import { init, sctp } from '../sctp-packets.js'
import { SERVER } from './boxes.js'

/** Each state lives as long as no other, so that the time left tells which one set it. */
export const SCTP_TIMEOUTS = [
  'closed=1000',
  'cookie_wait=2000',
  'cookie_echoed=3000',
  'established=4000',
  'shutdown_sent=5000',
  'shutdown_recd=6000',
  'shutdown_ack_sent=7000',
  'heartbeat_sent=8000',
].map((setting) => `net.netfilter.nf_conntrack_sctp_timeout_${setting}`)

export const SCTP_STATES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate NEW
-A INPUT -m conntrack --ctstate ESTABLISHED
-A INPUT -m conntrack --ctstate RELATED
-A INPUT -m conntrack --ctstate INVALID
-A OUTPUT -m conntrack --ctstate NEW
-A OUTPUT -m conntrack --ctstate ESTABLISHED
-A OUTPUT -m conntrack --ctstate RELATED
-A OUTPUT -m conntrack --ctstate INVALID
COMMIT
`

const there = '10.0.0.9:5000 > 10.0.0.1:3868'
const back = '10.0.0.1:3868 > 10.0.0.9:5000'
const there6 = '[2001:db8::9]:5000 > [2001:db8::1]:3868'
const back6 = '[2001:db8::1]:3868 > [2001:db8::9]:5000'

function handshake(one: string, other: string): Buffer[] {
  return [
    sctp(one, 0, [init('INIT', 0x11)]),
    sctp(other, 0x11, [init('INIT_ACK', 0x22)]),
    sctp(one, 0x22, ['COOKIE_ECHO', 'DATA']),
    sctp(other, 0x11, ['COOKIE_ACK', 'SACK']),
  ]
}

const LIVES: readonly (readonly [string, readonly Buffer[]])[] = [
  ['a handshake and data', [...handshake(there, back), sctp(there, 0x22, ['DATA']), sctp(back, 0x11, ['SACK'])]],
  ['over IPv6', [...handshake(there6, back6), sctp(there6, 0x22, ['DATA'])]],
  ['an INIT, repeated', [sctp(there, 0, [init('INIT', 1)]), sctp(there, 0, [init('INIT', 2)])]],
  [
    'a shutdown',
    [
      ...handshake(there, back),
      sctp(there, 0x22, ['SHUTDOWN']),
      sctp(back, 0x11, ['SHUTDOWN_ACK']),
      sctp(there, 0x22, ['SHUTDOWN_COMPLETE']),
    ],
  ],
  ['a shutdown from the other side that does not end', [...handshake(there, back), sctp(back, 0x11, ['SHUTDOWN'])]],
  [
    'an abort with the own tag, and one with the wrong one',
    [...handshake(there, back), sctp(there, 0x11, ['ABORT']), sctp(there, 0x11, [{ type: 'ABORT', flags: 1 }])],
  ],
  [
    'data with a wrong tag, or before anything',
    [sctp('10.0.0.9:5001 > 10.0.0.1:3868', 7, ['DATA']), ...handshake(there, back), sctp(there, 0x23, ['DATA'])],
  ],
  [
    'heartbeats of a second path',
    [
      sctp(there, 0x22, ['HEARTBEAT']),
      sctp(back, 0x11, ['HEARTBEAT_ACK']),
      sctp(there, 0x22, ['DATA']),
      sctp(back, 0x11, ['HEARTBEAT']),
    ],
  ],
  [
    'an error and a heartbeat in the first packet, whose tag is then no answer',
    [
      sctp(there, 0x22, ['ERROR', 'HEARTBEAT']),
      sctp(back, 0x22, ['DATA', 'SACK']),
      sctp('10.0.0.9:5003 > 10.0.0.1:3868', 0x22, ['ERROR']),
      sctp('10.0.0.1:3868 > 10.0.0.9:5003', 0x22, ['DATA', 'SACK']),
    ],
  ],
  [
    'heartbeats with new tags',
    [
      ...handshake(there, back),
      sctp(there, 0x33, ['HEARTBEAT']),
      sctp(back, 0x44, ['HEARTBEAT_ACK']),
      sctp(there, 0x55, ['HEARTBEAT', 'DATA']),
    ],
  ],
  [
    'chunks that do not go together, and none',
    [
      sctp(there, 0, [init('INIT', 1), 'DATA']),
      sctp(there, 0, []),
      sctp(there, 0, [{ type: 'INIT', claims: 0 }]),
      sctp(there, 0, ['INIT']),
      sctp(there, 9, ['COOKIE_ECHO', 'DATA']),
      sctp('10.0.0.9:5002 > 10.0.0.1:3868', 9, ['DATA', 'COOKIE_ECHO']),
    ],
  ],
  [
    'a header that is not whole',
    [sctp(there, 0, [init('INIT', 1)]).subarray(0, 20 + 11), sctp(there, 0, [init('INIT', 1)])],
  ],
  [
    'errors about an association',
    [
      ...handshake(there, back).slice(0, 2),
      icmpError('10.0.0.9 > 10.0.0.1', 3, 3, sctp(back, 0x11, ['DATA'])),
      icmpError('10.0.0.1 > 10.0.0.9', 3, 2, sctp(there, 0x22, ['DATA'])),
      icmpError('10.0.0.1 > 10.0.0.9', 3, 2, udp(there, 8)),
    ],
  ],
]

export const SCTP: readonly Scenario[] = [
  ...LIVES.map(([title, packets]) => ({
    title: `SCTP: ${title}`,
    box: SERVER,
    rules: SCTP_STATES,
    rules6: SCTP_STATES,
    sysctls: SCTP_TIMEOUTS,
    packets,
  })),
  {
    title: 'SCTP: a wrong checksum, where checksums are verified',
    box: SERVER,
    rules: SCTP_STATES,
    sysctls: [...SCTP_TIMEOUTS, 'net.netfilter.nf_conntrack_checksum=1'],
    packets: [
      sctp(there, 0, [init('INIT', 1)], { badChecksum: true }),
      sctp(there, 0, [init('INIT', 1)]),
      sctp(back, 1, [init('INIT_ACK', 2)], { badChecksum: true }),
    ],
  },
  {
    title: 'SCTP: the timeouts as they are',
    box: SERVER,
    rules: SCTP_STATES,
    packets: [
      ...handshake(there, back),
      ...handshake('10.0.0.9:5003 > 10.0.0.1:3868', '10.0.0.1:3868 > 10.0.0.9:5003').slice(0, 1),
      sctp('10.0.0.9:5004 > 10.0.0.1:3868', 5, ['HEARTBEAT']),
    ],
  },
]
