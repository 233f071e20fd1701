/**
 * IPv6: neighbour discovery, pings, errors, extension headers, fragments, forwarding, REJECT.
 */
import { echo, fragmentsOf, icmp, icmpError, other, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const RULES = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 99 -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -j MARK --set-xmark 0x5/0xffffffff
-A POSTROUTING -p udp -j HL --hl-set 33
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate UNTRACKED
-A INPUT -m conntrack --ctstate INVALID
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j ACCEPT
-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT
-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m mark --mark 0x5 -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -s 2001:db8::/64 -j REJECT --reject-with icmp6-adm-prohibited
-A INPUT -j REJECT --reject-with icmp6-port-unreachable
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
-A FORWARD -j REJECT --reject-with icmp6-policy-fail
-A OUTPUT -p ipv6-icmp -m conntrack --ctstate RELATED
-A OUTPUT -p ipv6-icmp -m conntrack --ctstate UNTRACKED
COMMIT
`

const BOX = '2001:db8::1'
const PEER = '2001:db8::9'
const target = Buffer.concat([Buffer.alloc(4), Buffer.from('20010db8000000000000000000000001', 'hex')])
const syn = tcp(`[${BOX}]:700 > [2001:db8:ffff::7]:80`, 'S', { seq: 5 })

export const IPV6: readonly Scenario[] = [
  {
    title: 'neighbour discovery and multicast listener messages are UNTRACKED',
    box: SERVER,
    rules6: RULES,
    packets: [
      icmp(`${PEER} > ff02::1:ff00:1`, 135, 0, target, { ttl: 255 }),
      icmp(`${PEER} > ff02::1:ff00:1`, 135, 0, target, { ttl: 64 }),
      icmp(`${BOX} > ${PEER}`, 136, 0, target, { ttl: 255 }),
      icmp(`fe80::9 > fe80::1`, 136, 0, target, { ttl: 255 }),
      on('eth0', icmp('fe80::9 > ff02::1', 134, 0, Buffer.alloc(12), { ttl: 255 })),
      icmp('fe80::1 > ff02::2', 133, 0, Buffer.alloc(4), { ttl: 255 }),
      on('eth0', icmp('fe80::9 > ff02::1', 130, 0, Buffer.alloc(20), { ttl: 1, extensions: ['hop-by-hop'] })),
      icmp(`${PEER} > ${BOX}`, 137, 0, Buffer.alloc(36), { ttl: 255 }),
    ],
  },
  {
    title: 'IPv6 connections: TCP, UDP, ping, errors, extension headers',
    box: SERVER,
    rules6: RULES,
    packets: [
      tcp(`[${PEER}]:4000 > [${BOX}]:22`, 'S', { seq: 1 }),
      tcp(`[${BOX}]:22 > [${PEER}]:4000`, 'SA', { seq: 9, ack: 2 }),
      tcp(`[${PEER}]:4000 > [${BOX}]:22`, 'A', { seq: 2, ack: 10 }),
      tcp(`[${PEER}]:4000 > [${BOX}]:23`, 'S', { seq: 1 }),
      udp(`[${PEER}]:4000 > [${BOX}]:53`, 30),
      udp(`[${BOX}]:53 > [${PEER}]:4000`, 90),
      udp(`[${PEER}]:4000 > [${BOX}]:54`, 30),
      udp(`[${PEER}]:4000 > [${BOX}]:99`, 30),
      udp(`[2001:db8:ffff::9]:4000 > [${BOX}]:54`, 30),
      echo(`${PEER} > ${BOX}`, 'request', 7, 1),
      echo(`${BOX} > ${PEER}`, 'reply', 7, 1),
      echo(`${PEER} > ${BOX}`, 'reply', 8, 1),
      icmp(`${PEER} > ${BOX}`, 139, 0, Buffer.alloc(12)),
      icmp(`${PEER} > ${BOX}`, 200, 0, Buffer.alloc(12)),
      syn,
      icmpError(`2001:db8:ffff::1 > ${BOX}`, 1, 0, syn),
      icmpError(`2001:db8:ffff::1 > ${BOX}`, 2, 0, syn),
      icmpError(`2001:db8:ffff::1 > ${BOX}`, 3, 0, syn),
      icmpError(`2001:db8:ffff::1 > ${BOX}`, 4, 0, syn),
      icmpError(`2001:db8:ffff::1 > ${BOX}`, 1, 0, tcp(`[${BOX}]:701 > [2001:db8:ffff::7]:80`, 'S')),
      tcp(`[${PEER}]:4001 > [${BOX}]:22`, 'S', { seq: 1, extensions: ['hop-by-hop', 'destination'] }),
      udp(`[${PEER}]:4001 > [${BOX}]:53`, 9, { extensions: ['destination'] }),
      other(`${PEER} > ${BOX}`, 59, Buffer.alloc(0)),
      other(`${PEER} > ${BOX}`, 50, Buffer.alloc(24)),
      udp(`[fe80::9]:546 > [fe80::1]:547`, 9),
      on('eth0', udp(`[fe80::9]:5353 > [ff02::fb]:5353`, 9)),
      on('eth0', udp(`[fe80::9]:5353 > [ff02::1]:5353`, 9)),
      on('eth0', udp(`[::1]:1 > [${BOX}]:53`, 9)),
      on('eth0', udp(`[ff02::1]:1 > [${BOX}]:53`, 9)),
      udp(`[${BOX}]:1 > [${BOX}]:53`, 9),
      udp(`[::1]:1 > [::1]:53`, 9),
    ],
  },
  {
    title: 'IPv6 fragments are put together when connections are tracked',
    box: SERVER,
    rules6: RULES,
    packets: [
      ...fragmentsOf(udp(`[${PEER}]:1 > [${BOX}]:53`, 1000), 400, 1),
      ...fragmentsOf(udp(`[${PEER}]:2 > [${BOX}]:53`, 1000), 400, 2).reverse(),
      fragmentsOf(udp(`[${PEER}]:3 > [${BOX}]:53`, 1000), 400, 3)[0],
      ...fragmentsOf(udp(`[${PEER}]:4 > [${BOX}]:53`, 8), 400, 4),
    ],
  },
  {
    title: 'an IPv6 router: forwarding, hop limit, link-local addresses, too big',
    box: ROUTER,
    rules6: RULES,
    packets: [
      on('lan0', tcp('[2001:db8:1::5]:1 > [2001:db8:ffff::7]:80', 'S', { seq: 1 })),
      on('wan0', tcp('[2001:db8:ffff::7]:80 > [2001:db8:1::5]:1', 'SA', { seq: 9, ack: 2 })),
      on('lan0', tcp('[2001:db8:1::5]:2 > [2001:db8:ffff::7]:80', 'S', { ttl: 1 })),
      on('wan0', udp('[2001:db8:ffff::7]:1 > [2001:db8:1::5]:1', 5)),
      on('lan0', udp('[fe80::5]:1 > [2001:db8:ffff::7]:1', 5)),
      on('lan0', udp('[2001:db8:1::5]:3 > [2001:db8:ffff::7]:1', 1600)),
      on('lan0', udp('[2001:db8:1::5]:3 > [ff05::1]:1', 16)),
      on('lan0', udp('[2001:db8:1::5]:3 > [2001:db8:1::]:53', 16)),
      on('lan0', udp('[::1]:3 > [2001:db8:ffff::7]:53', 16)),
    ],
  },
  {
    title: 'a marked packet to the own link-local address keeps its link when it is routed again',
    box: SERVER,
    rules6: `*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -j MARK --set-xmark 0x3/0xffffffff
COMMIT
*filter
:OUTPUT ACCEPT [0:0]
-A OUTPUT -s fe80::1
-A OUTPUT -d fe80::1
COMMIT
`,
    packets: [
      udp('[fe80::1]:1 > [fe80::1]:53', 9),
      udp('[fe80::1]:1 > [fe80::9]:53', 9),
      udp('[fe80::1]:1 > [2001:db8::9]:53', 9),
      udp(`[${BOX}]:1 > [fe80::9]:53`, 9),
      udp(`[${BOX}]:1 > [fe80::1]:53`, 9),
    ],
  },
  {
    title: 'the copy of an own multicast packet does not come back with too much padding',
    box: SERVER,
    rules6: RULES,
    packets: [
      Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]),
      Buffer.from([0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ].map((bytes) => udp(`[${BOX}]:1 > [ff02::1]:53`, 9, { extensions: [{ number: 0, bytes }] })),
  },
]
