/**
 * Matches that look at what is around a packet, at their edges: the interface and the route by which it came, its
 * frame, its connection, and targets that need these.
 */
import type { BoxSketch } from '../box-directory.js'
import { ethernet, fragmentsOf, icmp, icmpError, tcp, udp } from '../packets.js'
import type { PlacedPacket, Scenario } from '../scenario.js'

const OWN_MAC = '02:00:00:00:00:aa'
const PEER = '02:00:00:00:00:09'
/** Of an address that ends with ::ff:fe00:9, by EUI-64. */
const PEER_HOST = '2001:db8:1::ff:fe00:9'

const BOX: BoxSketch = {
  interfaces: {
    lan0: ['192.168.1.1/24', 'fe80::1/64', '2001:db8:1::1/64'],
    wan0: ['203.0.113.2/24', 'fe80::2/64', '2001:db8:2::2/64'],
  },
  macs: { lan0: OWN_MAC, wan0: '02:00:00:00:00:bb' },
  commands: [
    'route add default via 203.0.113.1',
    'route add unreachable 10.9.0.0/16',
    '-6 route add default via 2001:db8:2::1 dev wan0',
    'link set dev lan0 group 7',
  ],
  sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' },
}

const RULES = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -m rpfilter
-A PREROUTING -m rpfilter --invert
-A PREROUTING -m rpfilter --loose
-A PREROUTING -m rpfilter --loose --invert
-A PREROUTING -m rpfilter --accept-local
-A PREROUTING -m rpfilter --validmark
-A PREROUTING -m mac --mac-source 02:00:00:00:00:09
-A PREROUTING -m mac ! --mac-source 02:00:00:00:00:0a
-A PREROUTING -m pkttype --pkt-type unicast
-A PREROUTING -m pkttype --pkt-type broadcast
-A PREROUTING -m pkttype ! --pkt-type multicast
-A PREROUTING -p udp -m udp --dport 77 -j NOTRACK
-A PREROUTING -p udp -m udp --dport 78 -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m physdev ! --physdev-is-bridged
-A PREROUTING -m physdev --physdev-is-in
-A FORWARD -m physdev --physdev-in lan0
-A FORWARD -m physdev ! --physdev-out wan0
-A PREROUTING -m policy --dir in --pol none
-A PREROUTING -m policy --dir in --pol ipsec
-A PREROUTING -m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 2 --cluster-hash-seed 0x00000000
-A PREROUTING -m cluster ! --cluster-local-nodemask 0x00000020 --cluster-total-nodes 32 --cluster-hash-seed 0xffffffff
-A PREROUTING -m conntrack --ctstate INVALID,UNTRACKED
-A PREROUTING -m conntrack --ctstate NEW --ctorigsrcport 9 --ctproto 17
-A PREROUTING -m conntrack --ctexpire 29:30
-A PREROUTING -m conntrack ! --ctstatus SEEN_REPLY
-A PREROUTING -m conntrack --ctdir REPLY
-A PREROUTING -m state --state ESTABLISHED
-A PREROUTING -m state --state UNTRACKED
-A PREROUTING -m helper --helper ""
-A PREROUTING -m helper ! --helper ftp
-A PREROUTING -m time --timestart 00:00:00 --timestop 23:59:58 --datestop 2038-01-19T03:14:07
-A PREROUTING -m time --weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun --datestop 2020-01-01T00:00:00
COMMIT
`

const frame = (
  on: string,
  packet: Buffer,
  { to = on === 'lan0' ? OWN_MAC : '02:00:00:00:00:bb', from = PEER } = {},
): PlacedPacket => ({
  bytes: ethernet(packet, { to, from }),
  on,
  ethernet: true,
})

function packets4(): PlacedPacket[] {
  const there = '192.168.1.9:9 > 198.51.100.7:53'
  const back = '198.51.100.7:53 > 192.168.1.9:9'
  const asked = udp(there, 5)
  return [
    frame('lan0', asked),
    frame('wan0', udp(back, 5)),
    frame('lan0', asked, { from: '02:00:00:00:00:0a' }),
    frame('wan0', icmpError('198.51.100.7 > 192.168.1.9', 3, 3, asked)),
    frame('lan0', udp('192.168.1.9:9 > 198.51.100.127:53', 5)),
    frame('lan0', udp('192.168.1.9:9 > 198.51.100.128:53', 5)),
    ...[77, 78, 79].map((port) => frame('lan0', udp(`192.168.1.9:9 > 198.51.100.7:${port}`, 5))),
    frame('wan0', udp('192.168.1.9:9 > 203.0.113.2:53', 5)),
    frame('lan0', udp('198.51.100.7:9 > 192.168.1.1:53', 5)),
    frame('wan0', udp('10.9.0.1:9 > 203.0.113.2:53', 5)),
    frame('wan0', udp('203.0.113.2:9 > 203.0.113.2:53', 5)),
    frame('lan0', udp('0.0.0.0:68 > 255.255.255.255:67', 5), { to: 'ff:ff:ff:ff:ff:ff' }),
    frame('lan0', udp('192.168.1.9:9 > 224.0.0.1:67', 5), { to: '01:00:5e:00:00:01' }),
    frame('lan0', udp('192.168.1.9:9 > 192.168.1.255:67', 5), { to: 'ff:ff:ff:ff:ff:ff' }),
    ...fragmentsOf(udp('192.168.1.10:9 > 192.168.1.1:53', 40), 16).map((part) => frame('lan0', part)),
    frame('lan0', tcp('192.168.1.9:9 > 198.51.100.7:80', 'SA')),
    frame('lan0', icmp('192.168.1.9 > 198.51.100.7', 8, 0, Buffer.from([0, 9, 0, 0]))),
  ]
}

function packets6(): PlacedPacket[] {
  const far = '2001:db8:9::7'
  const asked = udp(`[${PEER_HOST}]:9 > [${far}]:53`, 5)
  return [
    frame('lan0', asked),
    frame('wan0', udp(`[${far}]:53 > [${PEER_HOST}]:9`, 5)),
    frame('lan0', asked, { from: '02:00:00:00:00:0a' }),
    frame('lan0', udp(`[2001:db8:1::ff:fe00:a]:9 > [${far}]:53`, 5)),
    frame('lan0', udp(`[2001:db8:1::200:ff:fe00:9]:9 > [${far}]:53`, 5)),
    frame('lan0', udp(`[2001:db8:1::2ff:fe00:9]:9 > [${far}]:53`, 5)),
    ...[77, 78, 79].map((port) => frame('lan0', udp(`[${PEER_HOST}]:9 > [${far}]:${port}`, 5))),
    frame('wan0', udp(`[${PEER_HOST}]:9 > [2001:db8:2::2]:53`, 5)),
    frame('lan0', udp(`[${far}]:9 > [2001:db8:1::1]:53`, 5)),
    frame('wan0', udp('[2001:db8:2::2]:9 > [2001:db8:2::2]:53', 5)),
    frame('lan0', udp('[fe80::ff:fe00:9]:9 > [ff02::1]:53', 5), { to: '33:33:00:00:00:01' }),
    frame('lan0', udp('[fe80::ff:fe00:9]:9 > [fe80::1]:53', 5)),
    frame('lan0', tcp(`[${PEER_HOST}]:9 > [${far}]:80`, 'SA')),
  ]
}

const SHARED = 'rpfilter mac pkttype NOTRACK CT physdev policy cluster conntrack state helper time'.split(' ')

const REALMS = (
  'cosmos 0x5 0x7 0x1/0x1 0x7/0xffff 0x30000/0xffff0000 0x40000/0xffff0000 0x50000 0x6 0x70005 0x60003 ' +
  '0x90000/0xffff0000 0x8 0x9/0xffff 0xa0000/0xffff0000 0xb/0xffff'
).split(' ')

/** Routes and rules with realms, to and from which packets are forwarded, delivered and sent. */
const REALMED: Scenario = {
  title: 'realms of routes, of ways back, and of policy rules',
  box: {
    ...BOX,
    commands: [
      'route add default via 203.0.113.1 realm 5',
      'route add 10.1.0.0/16 via 203.0.113.1 realms 3/7',
      'route add 10.2.0.0/16 via 192.168.1.9 realm 6',
      'route add 10.3.0.0/16 via 192.168.1.9 realms 7/3',
      'route add 10.4.0.0/16 via 203.0.113.1',
      'rule add to 10.4.0.0/16 priority 100 realms 9/8 table main',
      'rule add from 10.4.0.0/16 priority 101 realms 10/11 table main',
    ],
  },
  rules: `*mangle
:PREROUTING ACCEPT [0:0]
${['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']
  .flatMap((chain) => [`:${chain} ACCEPT [0:0]`, ...REALMS.map((realm) => `-A ${chain} -m realm --realm ${realm}`)])
  .sort((one, other) => Number(one.startsWith('-')) - Number(other.startsWith('-')))
  .join('\n')}
COMMIT
`,
  packets: [
    ...['8.8.8.8', '10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1', '192.168.1.1', '203.0.113.2'].flatMap((to) =>
      ['192.168.1.9', '10.2.0.9', '10.3.0.9'].map((from) => frame('lan0', udp(`${from}:9 > ${to}:53`, 5))),
    ),
    ...['192.168.1.9', '10.2.0.1', '10.3.0.1', '203.0.113.2', '255.255.255.255', '203.0.113.255'].flatMap((to) =>
      ['8.8.8.8', '10.1.0.9', '10.4.0.9', '203.0.113.9'].map((from) => frame('wan0', udp(`${from}:9 > ${to}:53`, 5))),
    ),
    frame('lan0', udp('0.0.0.0:68 > 255.255.255.255:67', 5), { to: 'ff:ff:ff:ff:ff:ff' }),
    frame('lan0', udp('10.2.0.9:9 > 224.0.0.1:67', 5), { to: '01:00:5e:00:00:01' }),
    ...['8.8.8.8', '10.1.0.1', '10.2.0.1', '10.4.0.1', '192.168.1.1', '192.168.1.255', '224.0.0.9'].map((to) =>
      udp(`203.0.113.2:9 > ${to}:53`, 5),
    ),
  ],
}

export const SURROUNDING_EDGES: readonly Scenario[] = [
  REALMED,
  {
    title: 'IPv4: interfaces, routes, frames and connections at the edges of what matches ask for',
    box: BOX,
    edges: [...SHARED, 'realm', 'devgroup'],
    rules: `${RULES}*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m realm --realm 0x5
-A FORWARD -m realm ! --realm 0x1/0x5
-A FORWARD -m realm --realm cosmos
-A FORWARD -m devgroup --src-group 0x7
-A FORWARD -m devgroup --src-group 0x8/0x8
-A FORWARD -m devgroup --dst-group 0x7
-A FORWARD -m devgroup ! --dst-group 0x0/0x1
COMMIT
`,
    packets: packets4(),
  },
  {
    title: 'IPv6: interfaces, routes, frames and connections at the edges of what matches ask for',
    box: BOX,
    edges: [...SHARED, 'eui64', 'devgroup'],
    rules6: `${RULES}*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m eui64
-A INPUT -m eui64 -m devgroup ! --src-group 0x7
-A INPUT -m eui64
-A FORWARD -m devgroup --src-group 0x7
-A FORWARD -m devgroup --dst-group 0x7
COMMIT
`,
    packets: packets6(),
  },
]
