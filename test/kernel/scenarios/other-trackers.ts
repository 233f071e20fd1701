/**
 * Protocols besides TCP, UDP and SCTP: UDP-Lite, GRE of both versions, DCCP, and those with no tracker of their own;
 * requests of ICMP other than echo; errors about all of them. And how their entries are listed.
 */
import { icmp, icmpError, other } from '../packets.js'
import type { Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'
import { SCTP_STATES } from './sctp.js'

const UDPLITE = 136
const GRE = 47
const DCCP = 33
const ESP = 50

const there = '10.0.0.9 > 10.0.0.1'
const back = '10.0.0.1 > 10.0.0.9'
const there6 = '2001:db8::9 > 2001:db8::1'
const back6 = '2001:db8::1 > 2001:db8::9'

/** Two ports in front of `rest`. */
function ports(src: number, dst: number, rest: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(src, 0)
  head.writeUInt16BE(dst, 2)
  return Buffer.concat([head, Buffer.from(rest, 'hex')])
}

/** UDP-Lite that covers `coverage` bytes; its checksum is not verified here, but must not be 0. */
function udpLite(src: number, dst: number, coverage: number, checksum = 'abcd'): Buffer {
  return ports(src, dst, `${coverage.toString(16).padStart(4, '0')}${checksum}00112233`)
}

/** GRE version 0, perhaps with a key. */
function gre(key: string): Buffer {
  return Buffer.from(`${key === '' ? '0000' : '2000'}0800${key}45000000`, 'hex')
}

/** GRE version 1: payload length, call id, sequence number. */
function pptp(call: number, protocol = '880b'): Buffer {
  return Buffer.from(`3001${protocol}0004${call.toString(16).padStart(4, '0')}00000001deadbeef`, 'hex')
}

const DCCP_REQUEST = '06000000000000010000000012345678'

/** Each packet there, back, and there again. */
function exchange(protocol: number, payload: Buffer, answer: Buffer): Buffer[] {
  return [
    other(there, protocol, payload),
    other(back, protocol, answer),
    other(there, protocol, payload),
    other(there6, protocol, payload),
    other(back6, protocol, answer),
    other(there6, protocol, payload),
  ]
}

const CASES: readonly (readonly [string, readonly Buffer[]])[] = [
  ['UDP-Lite', exchange(UDPLITE, udpLite(1000, 2000, 12), udpLite(2000, 1000, 0))],
  [
    'UDP-Lite that covers too little or too much, or has no checksum',
    [
      other(there, UDPLITE, udpLite(1000, 2000, 4)),
      other(there, UDPLITE, udpLite(1000, 2001, 13)),
      other(there, UDPLITE, udpLite(1000, 2002, 8, '0000')),
      other(there, UDPLITE, ports(1000, 2003, '0008')),
    ],
  ],
  ['GRE', exchange(GRE, gre(''), gre(''))],
  ['GRE with a key', exchange(GRE, gre('00000007'), gre('00000008'))],
  ['GRE of version 1, which nothing foresaw', exchange(GRE, pptp(7), pptp(8))],
  [
    'GRE of version 1 that carries something else, and a header that is not whole',
    [
      other(there, GRE, pptp(7, '0800')),
      other(there, GRE, Buffer.from('3001880b00', 'hex')),
      other(there, GRE, Buffer.from('00', 'hex')),
    ],
  ],
  ['DCCP', exchange(DCCP, ports(1000, 2000, DCCP_REQUEST), ports(2000, 1000, DCCP_REQUEST))],
  [
    'DCCP of other ports, and of a header that is not whole',
    [
      other(there, DCCP, ports(1000, 2000, DCCP_REQUEST)),
      other(there, DCCP, ports(1001, 2001, DCCP_REQUEST)),
      other(back, DCCP, ports(9, 8, '')),
    ],
  ],
  ['ESP', exchange(ESP, Buffer.from('0000000100000001', 'hex'), Buffer.from('0000000200000001', 'hex'))],
  ['a protocol with no payload', [other(there, 253, Buffer.alloc(0)), other(back, 253, Buffer.alloc(0))]],
  [
    'requests of ICMP and their answers',
    [
      ...[13, 15, 17].flatMap((type) => [
        icmp(there, type, 0, Buffer.from('0007000100000000', 'hex')),
        icmp(back, type + 1, 0, Buffer.from('0007000100000000', 'hex')),
        icmp(back, type + 1, 1, Buffer.from('0007000100000000', 'hex')),
        icmp(there, type, 0, Buffer.from('0008000100000000', 'hex')),
      ]),
      icmp(there, 8, 3, Buffer.from('00070001', 'hex')),
      icmp(back, 0, 3, Buffer.from('00070001', 'hex')),
      icmp(there, 10, 0, Buffer.from('00000000', 'hex')),
      icmp(there6, 139, 0, Buffer.from('0007000100000000', 'hex')),
      icmp(back6, 140, 0, Buffer.from('0007000100000000', 'hex')),
      icmp(there6, 128, 0, Buffer.from('0000', 'hex')),
      icmp(there6, 151, 0, Buffer.from('00000000', 'hex')),
      icmp(there6, 148, 0, Buffer.from('00000000', 'hex')),
    ],
  ],
  [
    'errors about them',
    [
      other(there, UDPLITE, udpLite(1000, 2000, 12)),
      other(there, GRE, gre('')),
      other(there, GRE, pptp(7)),
      other(there, DCCP, ports(1000, 2000, DCCP_REQUEST)),
      other(there, ESP, Buffer.from('0000000100000001', 'hex')),
      icmpError(back, 3, 3, other(there, UDPLITE, udpLite(1000, 2000, 12))),
      icmpError(back, 3, 2, other(there, GRE, gre(''))),
      icmpError(back, 3, 2, other(there, GRE, pptp(7))),
      icmpError(back, 3, 2, other(there, DCCP, ports(1000, 2000, DCCP_REQUEST))),
      icmpError(back, 11, 0, other(there, ESP, Buffer.from('0000000100000001', 'hex'))),
      icmpError(back, 3, 2, other(there, 99, Buffer.from('0000000100000001', 'hex'))),
      other(there6, DCCP, ports(1000, 2000, DCCP_REQUEST)),
      icmpError(back6, 1, 4, other(there6, DCCP, ports(1000, 2000, DCCP_REQUEST))),
      icmpError(back6, 2, 0, other(there6, ESP, Buffer.from('0000000100000001', 'hex'))),
    ],
  ],
]

export const OTHER_TRACKERS: readonly Scenario[] = [
  ...CASES.map(([title, packets]) => ({
    title: `other protocols: ${title}`,
    box: SERVER,
    rules: SCTP_STATES,
    rules6: SCTP_STATES,
    packets,
  })),
  {
    title: 'other protocols: every timeout as it is set',
    box: SERVER,
    rules: SCTP_STATES,
    rules6: SCTP_STATES,
    sysctls: [
      'gre_timeout=1100',
      'gre_timeout_stream=1200',
      'udp_timeout=1300',
      'udp_timeout_stream=1400',
      'generic_timeout=1500',
      'icmp_timeout=1600',
      'icmpv6_timeout=1700',
    ].map((setting) => `net.netfilter.nf_conntrack_${setting}`),
    packets: [
      ...exchange(UDPLITE, udpLite(1000, 2000, 12), udpLite(2000, 1000, 0)).slice(0, 4),
      ...exchange(GRE, gre(''), gre('')).slice(0, 4),
      ...exchange(ESP, Buffer.from('0000000100000001', 'hex'), Buffer.from('0000000200000001', 'hex')),
      icmp(there, 8, 0, Buffer.from('00070001', 'hex')),
      icmp(there6, 128, 0, Buffer.from('00070001', 'hex')),
    ],
  },
]
