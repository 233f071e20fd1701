/**
 * Connections alive by address where their tuples come and go: dropped and begun anew, asked about before conntrack,
 * without an entry, in zones, behind NAT, closed, in the other direction.
 */
import { echo, icmpError, other, tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const FILTER = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
const RAW = '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
/** More than a tick of the kernel's clock. */
const LATER_MS = 9

/** The same test with each limit: how many connections the kernel counts for each packet shows in the counters. */
function upTo(most: number, rule: (limit: number) => string): string {
  return Array.from({ length: most + 1 }, (_, limit) => `${rule(limit)}\n`).join('')
}

function counted(chain: string, tests: string, options = ''): string {
  return upTo(6, (limit) => `-A ${chain} ${tests} -m connlimit --connlimit-above ${limit} ${options}`)
}

function later(bytes: Buffer): PlacedPacket {
  return { bytes, afterMs: LATER_MS }
}

function datagram(port: number, bytes: number): Buffer {
  return udp(`10.0.0.9:${port} > 10.0.0.1:53`, bytes)
}

/** Datagrams of 40 bytes are counted and dropped, those of 50 counted, those of 60 neither. */
const DROPPED_FIRST = [
  ...[1, 2, 3].map((port) => datagram(port, 40)),
  // Begun anew, the rule not asked.
  datagram(1, 60),
  datagram(4, 50),
  later(datagram(5, 50)),
  later(datagram(2, 60)),
  later(datagram(2, 50)),
  later(datagram(1, 50)),
  datagram(1, 50),
  datagram(3, 40),
  datagram(3, 40),
  datagram(3, 40),
  later(datagram(3, 50)),
  later(datagram(3, 40)),
  later(datagram(6, 40)),
  later(datagram(6, 40)),
]

/** A tuple put down while its packets are dropped is, later, the reply of a connection of the box's own. */
const TURNED_ROUND = [
  datagram(7, 40),
  udp('10.0.0.1:53 > 10.0.0.9:7', 60),
  later(datagram(8, 50)),
  later(datagram(7, 50)),
  later(datagram(7, 60)),
  later(datagram(9, 50)),
]

function handshake(port: number, server = '10.0.0.1:80', client = '10.0.0.9'): PlacedPacket[] {
  const there = `${client}:${port} > ${server}`
  const back = `${server} > ${client}:${port}`
  return [
    later(tcp(there, 'S', { seq: 1 })),
    { bytes: tcp(there, 'S', { seq: 1 }) },
    later(tcp(back, 'SA', { seq: 100, ack: 2 })),
    later(tcp(there, 'A', { seq: 2, ack: 101 })),
    later(tcp(there, 'PA', { seq: 2, ack: 101, data: 10 })),
  ]
}

function ends(port: number): PlacedPacket[] {
  const there = `10.0.0.9:${port} > 10.0.0.1:80`
  const back = `10.0.0.1:80 > 10.0.0.9:${port}`
  return [
    later(tcp(there, 'FA', { seq: 12, ack: 101 })),
    later(tcp(back, 'FA', { seq: 101, ack: 13 })),
    later(tcp(there, 'A', { seq: 13, ack: 102 })),
    later(tcp(there, 'A', { seq: 13, ack: 102 })),
    // Again, in the place of the closed one.
    later(tcp(there, 'S', { seq: 5000 })),
  ]
}

const MANY = [
  ...Array.from({ length: 150 }, (_, index) => datagram(1000 + index, 40)),
  ...Array.from({ length: 20 }, (_, index) => later(datagram(2000 + index, 50))),
]

const query = udp('10.0.0.9:4000 > 10.0.0.1:53', 20)
/** Seen by the table raw, before conntrack. */
const EARLY = [
  query,
  later(query),
  udp('10.0.0.1:53 > 10.0.0.9:4000', 30),
  later(query),
  later(query),
  icmpError('10.0.0.9 > 10.0.0.1', 3, 3, udp('10.0.0.1:53 > 10.0.0.9:4000', 30)),
  later(other('10.0.0.9 > 10.0.0.1', 17, Buffer.from([1, 2, 3]))),
  other('10.0.0.9 > 10.0.0.1', 6, Buffer.from([1, 2, 3, 4, 5, 6])),
  other('10.0.0.9 > 10.0.0.1', 1, Buffer.from([8, 0, 0, 0])),
  other('10.0.0.9 > 10.0.0.1', 50, Buffer.alloc(12)),
  later(echo('10.0.0.9 > 10.0.0.1', 'request', 7, 1)),
  echo('10.0.0.9 > 10.0.0.1', 'reply', 8, 1),
  ...handshake(500),
  later(udp('10.0.0.9:4001 > 10.0.0.1:53', 20)),
  later(query),
  // Both directions pass OUTPUT, each with a tuple of its own.
  ...['1 > 10.0.0.1:2', '2 > 10.0.0.1:1', '2 > 10.0.0.1:1', '1 > 10.0.0.1:2'].map((ends) =>
    later(udp(`10.0.0.1:${ends}`, 9)),
  ),
]

export const CONNLIMIT: readonly Scenario[] = [
  {
    title: 'connections dropped first and begun anew',
    box: SERVER,
    realTime: true,
    rules: `${FILTER}${counted('INPUT', '-p udp -m length --length 68:78')}-A INPUT -m length --length 68 -j DROP\nCOMMIT\n`,
    packets: [...DROPPED_FIRST, ...TURNED_ROUND],
  },
  {
    title: 'more new connections than are gone over at once',
    box: SERVER,
    realTime: true,
    rules: `${FILTER}${[1, 10, 64, 65, 66, 75, 85, 86, 120, 149].map((limit) => `-A INPUT -p udp -m length --length 68:78 -m connlimit --connlimit-above ${limit}\n`).join('')}-A INPUT -m length --length 68 -j DROP\nCOMMIT\n`,
    packets: MANY,
  },
  {
    title: 'connections asked about in the table raw, with and without tracking',
    box: SERVER,
    realTime: true,
    rules: `${RAW}${counted('PREROUTING', '')}${counted('OUTPUT', '', '--connlimit-daddr')}-A PREROUTING -p udp -m udp --sport 4001 -j CT --notrack\nCOMMIT\n${FILTER}${counted('INPUT', '', '--connlimit-mask 24')}COMMIT\n`,
    packets: EARLY,
  },
  {
    title: 'connections of zones',
    box: SERVER,
    realTime: true,
    rules: `${RAW}-A PREROUTING -p udp -m length --length 68 -j CT --zone 5\n-A PREROUTING -p udp -m length --length 78 -j CT --zone-orig 5\n-A PREROUTING -p tcp -j CT --zone-reply 7\n-A PREROUTING -p icmp -j CT --zone mark\n-A OUTPUT -p tcp -j CT --zone-reply 7\n${counted('PREROUTING', '')}COMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${counted('PREROUTING', '')}COMMIT\n`,
    packets: [
      ...[40, 50, 60].flatMap((bytes) => [datagram(1, bytes), later(datagram(1, bytes))]),
      ...[40, 50, 60].flatMap((bytes) => [later(datagram(1, bytes)), later(datagram(2, bytes))]),
      later(udp('10.0.0.1:53 > 10.0.0.9:1', 10)),
      ...handshake(500),
      ...handshake(501),
      later(echo('10.0.0.9 > 10.0.0.1', 'request', 7, 1)),
      later(echo('10.0.0.9 > 10.0.0.1', 'request', 7, 2)),
      ...[40, 50, 60].flatMap((bytes) => [later(datagram(3, bytes)), later(datagram(1, bytes))]),
    ],
  },
  {
    title: 'connections that close and come again',
    box: SERVER,
    realTime: true,
    rules: `${FILTER}${counted('INPUT', '-p tcp')}${counted('OUTPUT', '-p tcp', '--connlimit-daddr')}COMMIT\n`,
    packets: [
      ...handshake(1),
      ...handshake(2),
      ...handshake(3),
      ...ends(1),
      ...handshake(4),
      ...ends(2),
      later(tcp('10.0.0.9:3 > 10.0.0.1:80', 'R', { seq: 12 })),
      later(tcp('10.0.0.9:3 > 10.0.0.1:80', 'R', { seq: 12 })),
      ...handshake(5),
    ],
  },
  {
    title: 'connections counted behind NAT',
    box: ROUTER,
    realTime: true,
    rules: `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -i wan0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.5:8080\n-A POSTROUTING -o wan0 -j MASQUERADE\nCOMMIT\n${FILTER}${counted('FORWARD', '', '--connlimit-daddr')}${counted('FORWARD', '')}-A FORWARD -p udp -m length --length 48 -j DROP\nCOMMIT\n`,
    packets: [
      ...[1, 2].flatMap((port) => [
        { ...on('lan0', udp(`192.168.1.5:${port} > 198.51.100.53:53`, 20)), afterMs: LATER_MS },
        { ...on('lan0', udp(`192.168.1.5:${port} > 198.51.100.53:53`, 30)), afterMs: LATER_MS },
        { ...on('lan0', udp(`192.168.1.5:${port} > 198.51.100.53:53`, 30)), afterMs: LATER_MS },
        { ...on('wan0', tcp(`198.51.100.7:${port} > 203.0.113.2:80`, 'S', { seq: 1 })), afterMs: LATER_MS },
        { ...on('lan0', tcp(`192.168.1.5:8080 > 198.51.100.7:${port}`, 'SA', { seq: 9, ack: 2 })), afterMs: LATER_MS },
        { ...on('wan0', tcp(`198.51.100.7:${port} > 203.0.113.2:80`, 'A', { seq: 2, ack: 10 })), afterMs: LATER_MS },
      ]),
      { ...on('lan0', udp('192.168.1.6:3 > 198.51.100.53:53', 30)), afterMs: LATER_MS },
    ],
  },
  {
    title: 'connections counted whose timeout is over at once',
    box: SERVER,
    realTime: true,
    sysctls: ['net.netfilter.nf_conntrack_udp_timeout=0', 'net.netfilter.nf_conntrack_icmp_timeout=0'],
    rules: `${FILTER}${counted('INPUT', '')}${counted('OUTPUT', '')}COMMIT\n`,
    packets: [
      query,
      query,
      later(query),
      echo('10.0.0.9 > 10.0.0.1', 'request', 7, 1),
      echo('10.0.0.1 > 10.0.0.1', 'request', 7, 1),
      later(udp('10.0.0.1:1 > 10.0.0.1:2', 5)),
      later(udp('10.0.0.1:1 > 10.0.0.1:2', 5)),
    ],
  },
  {
    title: 'connections of IPv6 networks',
    box: SERVER,
    realTime: true,
    rules6: `${RAW}${counted('PREROUTING', '', '--connlimit-mask 96')}COMMIT\n${FILTER}${counted('INPUT', '', '--connlimit-mask 64')}-A INPUT -p udp -m length --length 88 -j DROP\nCOMMIT\n`,
    packets: [
      ...[1, 2, 3].flatMap((port) =>
        [40, 60].map((bytes) => later(udp(`[2001:db8::1${port}]:9 > [2001:db8::1]:53`, bytes))),
      ),
      ...[1, 2, 3].flatMap((port) => [40, 60].map((bytes) => udp(`[2001:db8::9]:${port} > [2001:db8::1]:53`, bytes))),
      later(echo('[2001:db8::9]:0 > [2001:db8::1]:0', 'request', 7, 1)),
      later(tcp('[2001:db8::9]:1 > [2001:db8::1]:80', 'S', { seq: 1 })),
      later(tcp('[2001:db8::9]:1 > [2001:db8::1]:80', 'S', { seq: 1 })),
    ],
  },
]
