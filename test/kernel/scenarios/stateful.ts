/**
 * Rules that remember what came before: nth packets, quotas, counts of bytes and connections, lists of addresses,
 * rates by address.
 */
import { tcp, udp } from '../packets.js'
import type { PlacedPacket, Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const CLIENTS = [9, 10, 11, 12]

/** Datagrams of several clients in turn, of growing length. */
function datagrams(port: number, count: number, afterMs?: number): PlacedPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    bytes: udp(`10.0.0.${CLIENTS[index % 3]}:${4000 + (index % 7)} > 10.0.0.1:${port}`, 10 + ((index * 37) % 90)),
    ...(afterMs === undefined ? {} : { afterMs }),
  }))
}

/** A connection from opening to reset. */
function connection(client: number, port: number, afterMs: number): PlacedPacket[] {
  const there = `10.0.0.${client}:${port} > 10.0.0.1:80`
  const back = `10.0.0.1:80 > 10.0.0.${client}:${port}`
  return [
    { bytes: tcp(there, 'S', { seq: 1 }), afterMs },
    { bytes: tcp(back, 'SA', { seq: 100, ack: 2 }), afterMs },
    { bytes: tcp(there, 'A', { seq: 2, ack: 101 }), afterMs },
    { bytes: tcp(there, 'PA', { seq: 2, ack: 101, data: 50 }), afterMs },
  ]
}

function reset(client: number, port: number, afterMs: number): PlacedPacket {
  return { bytes: tcp(`10.0.0.${client}:${port} > 10.0.0.1:80`, 'R', { seq: 52 }), afterMs }
}

export const STATEFUL: readonly Scenario[] = [
  {
    title: 'nth packets, quotas, bytes of connections, marks by label',
    edges: ['statistic', 'quota', 'connbytes', 'connlabel'],
    box: SERVER,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m statistic --mode nth --every 5 --packet 0
-A INPUT -m statistic --mode nth --every 5 --packet 3
-A INPUT -m statistic --mode nth ! --every 3 --packet 2
-A INPUT -m statistic --mode random --probability 1
-A INPUT -m statistic --mode random --probability 0
-A INPUT -m quota --quota 1000
-A INPUT -m quota ! --quota 500
-A INPUT -m connbytes --connbytes 3 --connbytes-mode packets --connbytes-dir both
-A INPUT -m connbytes --connbytes 100:300 --connbytes-mode bytes --connbytes-dir original
-A INPUT -m connbytes ! --connbytes 60:80 --connbytes-mode avgpkt --connbytes-dir both
-A INPUT -m connbytes --connbytes 0:0 --connbytes-mode packets --connbytes-dir reply
-A INPUT -p udp -m udp --sport 4002 -m connlabel --label 7 --set
-A INPUT -m connlabel --label 7
-A INPUT -m connlabel ! --label 7
COMMIT
`,
    packets: [...datagrams(53, 60), ...CLIENTS.flatMap((client) => connection(client, 5000, 0))],
  },
  {
    title: 'lists of addresses seen lately',
    edges: ['recent'],
    box: SERVER,
    realTime: true,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 53 -m recent --set --name dns
-A INPUT -m recent --rcheck --name dns --hitcount 4
-A INPUT -m recent --rcheck --name dns --seconds 1 --hitcount 3
-A INPUT -m recent ! --rcheck --name dns --seconds 1 --reap
-A INPUT -m recent --update --name dns --seconds 1 --hitcount 9 --rttl
-A INPUT -p udp -m udp --sport 4003 -m recent --remove --name dns
-A INPUT -m recent --set --name net --mask 255.255.255.254
-A INPUT -m recent --update --name net --mask 255.255.255.254 --rsource --hitcount 40
-A OUTPUT -m recent --rcheck --name dns --rdest
COMMIT
`,
    packets: [
      ...datagrams(53, 40, 30),
      { bytes: udp('10.0.0.1:53 > 10.0.0.9:4000', 9), afterMs: 1000 },
      ...datagrams(54, 20, 90),
    ],
  },
  {
    title: 'a list of recent addresses has the mask of its first rule',
    box: SERVER,
    rules: `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m recent --rcheck --name whole
-A PREROUTING -m recent --rcheck --name net --mask 255.255.255.254
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:check - [0:0]
-A INPUT -p udp -m udp --sport 4000 -m recent --set --name whole --mask 255.255.255.0
-A INPUT -p udp -m udp --sport 4001 -m recent --set --name net --mask 255.255.0.0
-A INPUT -p udp -m udp --sport 4002 -m recent --set --name chain --mask 255.255.255.0
-A INPUT -j check
-A check -m recent --rcheck --name chain
COMMIT
`,
    rules6: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 1 -m recent --set --name whole --mask ffff:ffff:ffff:ffff::
-A INPUT -m recent --rcheck --name whole
-A INPUT -p udp -m udp --dport 1 -m recent --set --name net
-A INPUT -m recent --rcheck --name net
COMMIT
`,
    packets: [
      ...datagrams(53, 40),
      udp('[2001:db8::9]:9 > [2001:db8::1]:1', 8),
      ...['2001:db8::9', '2001:db8::a', '2001:db8:1::9', '2001:db9::9'].map((client) =>
        udp(`[${client}]:9 > [2001:db8::1]:2`, 8),
      ),
    ],
  },
  {
    title: 'a list of recent addresses holds a hundred',
    box: SERVER,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 1 -m recent --set
-A INPUT -p udp -m udp --dport 2 -m recent --rcheck
-A INPUT -p udp -m udp --dport 3 -m recent --update
COMMIT
`,
    packets: [1, 3, 1, 2].flatMap((port, round) =>
      Array.from({ length: 90 }, (_, index) => udp(`10.0.0.${2 + index + round * 20}:9 > 10.0.0.1:${port}`, 4)),
    ),
  },
  {
    title: 'connections alive by address',
    edges: ['connlimit'],
    box: SERVER,
    realTime: true,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN -m connlimit --connlimit-above 2 -j DROP
-A INPUT -m connlimit --connlimit-upto 3 --connlimit-mask 29
-A INPUT -m connlimit --connlimit-above 4 --connlimit-mask 0 --connlimit-daddr
-A INPUT -p tcp -m tcp --tcp-flags RST RST -m connlimit --connlimit-above 0
COMMIT
`,
    packets: [
      ...[1, 2].flatMap((port) => connection(9, port, 9)),
      // Not let in, so nothing follows.
      ...connection(9, 3, 9).slice(0, 1),
      ...[1, 2].flatMap((port) => connection(10, port, 9)),
      reset(9, 1, 9),
      ...connection(9, 4, 9),
      reset(10, 1, 9),
      reset(10, 2, 9),
      reset(10, 2, 9),
      ...datagrams(53, 9, 9),
      ...connection(10, 5, 9),
      ...datagrams(54, 9, 0),
    ],
  },
  {
    title: 'connections that are counted from a later packet on, until they are assured',
    box: SERVER,
    realTime: true,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m length --length 80:200 -m connlimit --connlimit-above 2 --connlimit-mask 24
-A INPUT -p tcp -m tcp --tcp-flags PSH PSH -m connlimit --connlimit-above 1
-A OUTPUT -p tcp -m connlimit --connlimit-upto 2
COMMIT
`,
    packets: [...datagrams(53, 30, 9), ...[1, 2, 3].flatMap((port) => connection(9, port, 9)), ...datagrams(53, 30, 9)],
  },
  {
    title: 'rates by address, of packets and of bytes',
    edges: ['hashlimit'],
    box: SERVER,
    realTime: true,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name a
-A INPUT -m hashlimit --hashlimit-above 2/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name a
-A INPUT -m hashlimit --hashlimit-upto 5/min --hashlimit-mode srcip,srcport --hashlimit-srcmask 24 --hashlimit-name b
-A INPUT -m hashlimit --hashlimit-above 10mb/s --hashlimit-mode dstport --hashlimit-name c
-A INPUT -m hashlimit --hashlimit-upto 16b/s --hashlimit-burst 16b --hashlimit-mode srcip --hashlimit-name d
-A INPUT -m hashlimit --hashlimit-above 4/sec --hashlimit-rate-match --hashlimit-mode srcip --hashlimit-name e
-A INPUT -m hashlimit --hashlimit-upto 200b/s --hashlimit-rate-match --hashlimit-name f
-A INPUT -m hashlimit --hashlimit-upto 5/sec --hashlimit-htable-size 1 --hashlimit-htable-max 2 --hashlimit-mode srcport --hashlimit-name g
COMMIT
`,
    // No packet comes near the moment at which a bucket has enough again: the clocks differ by a jiffy.
    packets: datagrams(53, 60, 30),
  },
]
