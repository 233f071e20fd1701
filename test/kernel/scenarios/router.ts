/**
 * A router between two networks: forwarding, what it refuses to forward, marks that choose a route.
 */
import { echo, icmpError, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER } from './boxes.js'

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -p tcp -j MARK --set-xmark 0x2/0xffffffff
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff00
-A FORWARD -i lan0 -o wan0 -p udp -j MARK --set-xmark 0x300/0xff00
-A FORWARD -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
-A POSTROUTING -o wan0 -j TTL --ttl-set 63
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lan0 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan0 -o wan0 -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -i wan0 -d 192.168.1.10/32 -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -i wan0 -j REJECT --reject-with icmp-admin-prohibited
-A OUTPUT -m ttl --ttl-lt 10 -j DROP
COMMIT
`

const out = tcp('192.168.1.5:4000 > 198.51.100.7:443', 'S', { seq: 1 })
const query = udp('192.168.1.5:4000 > 198.51.100.53:53', 30)

export const ROUTER_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a router forwards what begins inside, and the answers',
    box: ROUTER,
    rules: RULES,
    packets: [
      out,
      tcp('198.51.100.7:443 > 192.168.1.5:4000', 'SA', { seq: 9, ack: 2 }),
      tcp('192.168.1.5:4000 > 198.51.100.7:443', 'A', { seq: 2, ack: 10 }),
      query,
      udp('198.51.100.53:53 > 192.168.1.5:4000', 90),
      icmpError('198.51.100.53 > 192.168.1.5', 3, 3, query),
      icmpError('203.0.113.1 > 192.168.1.5', 11, 0, out),
      tcp('198.51.100.8:1 > 192.168.1.10:80', 'S', { seq: 1 }),
      tcp('198.51.100.8:1 > 192.168.1.10:81', 'S', { seq: 1 }),
      udp('198.51.100.8:1 > 192.168.1.10:81', 10),
      echo('192.168.1.5 > 192.168.1.1', 'request', 1, 1),
      echo('192.168.1.1 > 192.168.1.5', 'reply', 1, 1),
      echo('198.51.100.8 > 203.0.113.2', 'request', 1, 1),
    ],
  },
  {
    title: 'a router does not forward: TTL at its end, too big, broadcast, no route, martian addresses',
    box: ROUTER,
    rules: RULES,
    packets: [
      tcp('192.168.1.5:1 > 198.51.100.7:443', 'S', { ttl: 1 }),
      tcp('192.168.1.5:1 > 192.168.1.1:22', 'S', { ttl: 1 }),
      tcp('192.168.1.5:2 > 198.51.100.7:443', 'A', { data: 1600, dontFragment: true }),
      tcp('192.168.1.5:2 > 198.51.100.7:443', 'A', { data: 1600 }),
      udp('192.168.1.5:1 > 255.255.255.255:9', 5),
      udp('192.168.1.5:1 > 192.168.1.255:9', 5),
      on('wan0', udp('198.51.100.8:1 > 192.168.1.255:9', 5)),
      on('wan0', udp('192.168.1.5:1 > 192.168.1.10:9', 5)),
      on('lan0', udp('198.51.100.8:1 > 192.168.1.10:9', 5)),
      on('wan0', udp('127.0.0.1:1 > 192.168.1.10:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 224.1.1.1:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 0.0.0.0:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 240.0.0.1:9', 5)),
    ],
  },
  {
    title: 'strict reverse path filtering on one interface',
    box: { ...ROUTER, sysctls: { ...ROUTER.sysctls, 'net.ipv4.conf.wan0.rp_filter': '1' } },
    rules: RULES,
    packets: [
      on('wan0', udp('192.168.1.5:1 > 203.0.113.2:9', 5)),
      on('wan0', udp('198.51.100.8:1 > 203.0.113.2:9', 5)),
      on('lan0', udp('198.51.100.8:1 > 192.168.1.1:9', 5)),
    ],
  },
  {
    title: 'loose reverse path filtering without a default route',
    box: {
      ...ROUTER,
      commands: ['route add 198.51.100.0/24 via 203.0.113.1'],
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.rp_filter': '2' },
    },
    rules: RULES,
    packets: [
      on('wan0', udp('192.168.1.5:1 > 203.0.113.2:9', 5)),
      on('lan0', udp('198.51.100.8:1 > 192.168.1.1:9', 5)),
      on('lan0', udp('8.8.8.8:1 > 192.168.1.1:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 8.8.8.8:9', 5)),
    ],
  },
  {
    title: 'a mark chooses another table of routes, for forwarded packets and for the box itself',
    box: {
      ...ROUTER,
      commands: [
        ...(ROUTER.commands ?? []),
        'route add default via 192.168.1.254 dev lan0 table 100',
        'route add unreachable 198.51.100.99 table 100',
        'rule add fwmark 0x5/0xf table 100',
        'rule add from 192.168.1.66 table 100',
      ],
    },
    rules: `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x5/0xf
-A OUTPUT -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x5/0xf
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -o lan0
-A FORWARD -o wan0
-A OUTPUT -o lan0
-A OUTPUT -o wan0 -m mark --mark 0x5
COMMIT
`,
    packets: [
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.7:80', 'S')),
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.7:81', 'S')),
      on('lan0', tcp('192.168.1.66:1 > 198.51.100.7:81', 'S')),
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.99:80', 'S')),
      tcp('203.0.113.2:1 > 198.51.100.7:80', 'S'),
      tcp('203.0.113.2:1 > 198.51.100.7:81', 'S'),
    ],
  },
]
