/**
 * The table nat: masquerading routers, port forwards, hairpins, redirects, networks mapped onto networks, ports that
 * run out, errors about translated packets. What the kernel picks at random is not asked for.
 */
import { echo, icmpError, other, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER } from './boxes.js'

const FILTER = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate DNAT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
-A OUTPUT -m conntrack --ctstate SNAT
COMMIT
`

function nat(...rules: string[]): string {
  const chains = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]\n`)
  return `*nat\n${chains.join('')}${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`
}

const GATEWAY =
  nat(
    '-A PREROUTING -d 203.0.113.2/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.1.10:80',
    '-A PREROUTING -d 203.0.113.2/32 -p udp -m udp --dport 5000:5003 -j DNAT --to-destination 192.168.1.11:6000-6003/5000',
    '-A PREROUTING -i lan0 -p udp -m udp --dport 53 -j REDIRECT',
    '-A PREROUTING -i lan0 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128',
    '-A OUTPUT -d 198.51.100.77/32 -j DNAT --to-destination 192.168.1.10',
    '-A OUTPUT -p tcp -m tcp --dport 25 -j REDIRECT --to-ports 2525',
    '-A POSTROUTING -s 192.168.1.0/24 -d 192.168.1.0/24 -j MASQUERADE',
    '-A POSTROUTING -o wan0 -j MASQUERADE',
  ) + FILTER

const first = udp('192.168.1.5:4000 > 198.51.100.53:99', 30)
const masqueraded = udp('203.0.113.2:4000 > 198.51.100.53:99', 30)
const forwarded = tcp('198.51.100.8:1234 > 203.0.113.2:8080', 'S', { seq: 1 })

export const NAT: readonly Scenario[] = [
  {
    title: 'a masquerading router: a connection and its answers, an error about it, a ping',
    edges: ['MASQUERADE'],
    box: ROUTER,
    rules: GATEWAY,
    packets: [
      tcp('192.168.1.5:4000 > 198.51.100.7:443', 'S', { seq: 1 }),
      on('wan0', tcp('198.51.100.7:443 > 203.0.113.2:4000', 'SA', { seq: 9, ack: 2 })),
      tcp('192.168.1.5:4000 > 198.51.100.7:443', 'A', { seq: 2, ack: 10 }),
      tcp('192.168.1.5:4000 > 198.51.100.7:443', 'PA', { seq: 2, ack: 10, data: 100 }),
      on('wan0', tcp('198.51.100.7:443 > 203.0.113.2:4000', 'A', { seq: 10, ack: 102, data: 50 })),
      first,
      first,
      on('wan0', icmpError('198.51.100.53 > 203.0.113.2', 3, 3, masqueraded)),
      on('wan0', icmpError('198.51.100.99 > 203.0.113.2', 11, 0, masqueraded)),
      on('wan0', icmpError('198.51.100.99 > 203.0.113.2', 5, 0, masqueraded)),
      on('wan0', udp('198.51.100.53:99 > 203.0.113.2:4000', 60)),
      echo('192.168.1.5 > 198.51.100.53', 'request', 7, 1),
      on('wan0', echo('198.51.100.53 > 203.0.113.2', 'reply', 7, 1)),
      // Nobody asked.
      on('wan0', udp('198.51.100.55:99 > 203.0.113.2:4000', 60)),
      // Same source, another destination: the source keeps its mapping.
      udp('192.168.1.5:4000 > 198.51.100.54:99', 30),
    ],
  },
  {
    title: 'port forwards: one port, shifted ports, errors from behind the translation',
    edges: ['DNAT'],
    box: ROUTER,
    rules: GATEWAY,
    packets: [
      forwarded,
      on('lan0', tcp('192.168.1.10:80 > 198.51.100.8:1234', 'SA', { seq: 5, ack: 2 })),
      tcp('198.51.100.8:1234 > 203.0.113.2:8080', 'A', { seq: 2, ack: 6 }),
      tcp('198.51.100.9:1234 > 203.0.113.2:8080', 'S', { seq: 1 }),
      on(
        'lan0',
        icmpError('192.168.1.10 > 198.51.100.9', 3, 3, tcp('198.51.100.9:1234 > 192.168.1.10:80', 'S', { seq: 1 })),
      ),
      udp('198.51.100.8:1 > 203.0.113.2:5000', 10),
      udp('198.51.100.8:1 > 203.0.113.2:5002', 10),
      on('lan0', udp('192.168.1.11:6002 > 198.51.100.8:1', 10)),
      udp('198.51.100.8:1 > 203.0.113.2:5004', 10),
      // To the box, past the forwards.
      tcp('198.51.100.8:1235 > 203.0.113.2:22', 'S', { seq: 1 }),
    ],
  },
  {
    title: 'a hairpin: from inside to the outer address and back inside',
    box: ROUTER,
    rules: GATEWAY,
    packets: [
      on('lan0', tcp('192.168.1.5:4000 > 203.0.113.2:8080', 'S', { seq: 1 })),
      on('lan0', tcp('192.168.1.10:80 > 192.168.1.1:4000', 'SA', { seq: 5, ack: 2 })),
      on('lan0', tcp('192.168.1.5:4000 > 203.0.113.2:8080', 'A', { seq: 2, ack: 6 })),
    ],
  },
  {
    title: 'redirects of received and of own packets, and own packets to another destination',
    edges: ['REDIRECT'],
    box: ROUTER,
    rules: GATEWAY,
    packets: [
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.53:53', 30)),
      udp('192.168.1.1:53 > 192.168.1.5:4000', 30),
      on('lan0', tcp('192.168.1.5:4001 > 198.51.100.53:80', 'S', { seq: 1 })),
      tcp('192.168.1.1:3128 > 192.168.1.5:4001', 'SA', { seq: 5, ack: 2 }),
      on('lan0', tcp('192.168.1.5:4001 > 198.51.100.53:80', 'A', { seq: 2, ack: 6 })),
      udp('203.0.113.2:77 > 198.51.100.77:99', 10),
      on('lan0', udp('192.168.1.10:99 > 192.168.1.1:77', 10)),
      on('lan0', udp('192.168.1.10:99 > 203.0.113.2:77', 10)),
      tcp('203.0.113.2:78 > 198.51.100.1:25', 'S', { seq: 1 }),
      tcp('127.0.0.1:79 > 198.51.100.1:25', 'S', { seq: 1 }),
      echo('203.0.113.2 > 198.51.100.77', 'request', 3, 1),
      on('lan0', echo('192.168.1.10 > 203.0.113.2', 'reply', 3, 1)),
    ],
  },
  {
    title: 'INVALID and untracked packets pass NAT by',
    box: ROUTER,
    rules:
      `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 9 -j CT --notrack\nCOMMIT\n` +
      nat(
        '-A PREROUTING -i lan0 -j DNAT --to-destination 198.51.100.1',
        '-A POSTROUTING -j SNAT --to-source 203.0.113.2',
      ) +
      FILTER,
    packets: [
      on('lan0', udp('192.168.1.5:1 > 198.51.100.7:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 198.51.100.7:10', 5)),
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.7:80', 'SA', { seq: 1, ack: 1 })),
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.7:80', '', { seq: 1 })),
      on('lan0', echo('192.168.1.5 > 198.51.100.7', 'reply', 9, 9)),
    ],
  },
  {
    title: 'a table nat without targets of NAT counts with conntrack, and not without',
    box: ROUTER,
    rules: nat('-A PREROUTING -p udp', '-A POSTROUTING -p udp -j ACCEPT'),
    packets: [on('lan0', udp('192.168.1.5:1 > 198.51.100.7:9', 5)), udp('192.168.1.5:1 > 192.168.1.1:9', 5)],
  },
  {
    title: 'a table nat without targets of NAT asks once for each connection',
    box: ROUTER,
    rules:
      nat('-A PREROUTING -p udp', '-A POSTROUTING -p udp -j ACCEPT', '-A INPUT -p udp', '-A OUTPUT -p udp') + FILTER,
    packets: [
      on('lan0', udp('192.168.1.5:1 > 198.51.100.7:9', 5)),
      on('lan0', udp('192.168.1.5:1 > 198.51.100.7:9', 5)),
      udp('192.168.1.5:1 > 192.168.1.1:9', 5),
      udp('192.168.1.1:9 > 192.168.1.5:1', 5),
      udp('192.168.1.1:10 > 192.168.1.5:1', 5),
      // Dropped in FORWARD: asked again each time.
      on('wan0', udp('198.51.100.8:1 > 192.168.1.5:9', 5)),
      on('wan0', udp('198.51.100.8:1 > 192.168.1.5:9', 5)),
      // To itself.
      udp('192.168.1.1:11 > 203.0.113.2:12', 5),
    ],
  },
  {
    title: 'ports of a range that run out: the last one is tried, and the connection is dropped at its confirmation',
    edges: ['SNAT'],
    box: ROUTER,
    rules:
      nat(
        '-A POSTROUTING -p udp -j SNAT --to-source 203.0.113.2:700',
        '-A POSTROUTING -p tcp -j SNAT --to-source 203.0.113.2:800',
      ) + FILTER,
    packets: [
      udp('192.168.1.5:1 > 198.51.100.7:9', 5),
      udp('192.168.1.6:1 > 198.51.100.7:9', 5),
      udp('192.168.1.6:1 > 198.51.100.8:9', 5),
      udp('192.168.1.6:700 > 198.51.100.8:9', 5),
      tcp('192.168.1.5:1 > 198.51.100.7:9', 'S', { seq: 1 }),
      tcp('192.168.1.6:1 > 198.51.100.7:9', 'S', { seq: 1 }),
      tcp('192.168.1.6:1 > 198.51.100.8:9', 'S', { seq: 1 }),
      // Another one that owns the port already.
      on('wan0', udp('198.51.100.7:9 > 203.0.113.2:700', 5)),
      on('wan0', udp('198.51.100.70:9 > 203.0.113.2:700', 5)),
    ],
  },
  {
    title: 'an old connection in TIME_WAIT makes way for a new one from another source',
    box: ROUTER,
    rules: nat('-A POSTROUTING -p tcp -j SNAT --to-source 203.0.113.2:800-801') + FILTER,
    packets: [
      ...['192.168.1.5:800', '192.168.1.6:801'].flatMap((from) => {
        const to = `203.0.113.2:${from.split(':')[1]}`
        return [
          tcp(`${from} > 198.51.100.7:9`, 'S', { seq: 100 }),
          on('wan0', tcp(`198.51.100.7:9 > ${to}`, 'SA', { seq: 50, ack: 101 })),
          tcp(`${from} > 198.51.100.7:9`, 'FA', { seq: 101, ack: 51 }),
          on('wan0', tcp(`198.51.100.7:9 > ${to}`, 'FA', { seq: 51, ack: 102 })),
        ]
      }),
      tcp('192.168.1.5:800 > 198.51.100.7:9', 'A', { seq: 102, ack: 52 }),
      tcp('192.168.1.7:900 > 198.51.100.7:9', 'S', { seq: 5000 }),
      tcp('192.168.1.8:901 > 198.51.100.7:9', 'S', { seq: 5 }),
    ],
  },
  {
    title: 'address ranges are spread by a hash, and stay with the source when persistent',
    box: ROUTER,
    rules:
      nat(
        '-A PREROUTING -d 203.0.113.2/32 -p udp -j DNAT --to-destination 192.168.1.20-192.168.1.90',
        '-A PREROUTING -d 203.0.113.2/32 -p tcp -j DNAT --to-destination 192.168.1.20-192.168.1.90 --persistent',
        '-A POSTROUTING -o wan0 -p udp -j SNAT --to-source 203.0.113.10-203.0.113.50',
        '-A POSTROUTING -o wan0 -p tcp -j SNAT --to-source 203.0.112.10-203.0.113.50 --persistent',
      ) + FILTER,
    packets: [1, 2, 3, 4, 5, 6].flatMap((n) => [
      on('lan0', udp(`192.168.1.${n}:100${n} > 198.51.100.7:9`, 5)),
      on('lan0', udp(`192.168.1.${n}:100${n} > 198.51.100.8:9`, 5)),
      on('lan0', udp(`192.168.1.${n}:200${n} > 198.51.100.8:9`, 5)),
      on('lan0', tcp(`192.168.1.${n}:100${n} > 198.51.100.8:9`, 'S')),
      on('lan0', tcp(`192.168.1.${n}:200${n} > 198.51.100.9:9`, 'S')),
      on('wan0', udp(`198.51.100.${n}:100${n} > 203.0.113.2:9`, 5)),
      on('wan0', tcp(`198.51.100.${n}:100${n} > 203.0.113.2:9`, 'S')),
    ]),
  },
  {
    title: 'networks mapped onto networks, both ways',
    edges: ['NETMAP'],
    box: ROUTER,
    rules:
      nat(
        '-A PREROUTING -d 203.0.113.0/28 -i wan0 -j NETMAP --to 192.168.1.0/28',
        '-A POSTROUTING -s 192.168.1.0/28 -o wan0 -j NETMAP --to 203.0.113.0/28',
      ) + FILTER,
    packets: [
      on('wan0', udp('198.51.100.8:1 > 203.0.113.9:9', 5)),
      on('lan0', udp('192.168.1.9:9 > 198.51.100.8:1', 5)),
      on('lan0', udp('192.168.1.10:9 > 198.51.100.8:1', 5)),
      on('wan0', udp('198.51.100.8:1 > 203.0.113.10:9', 5)),
      on('wan0', udp('198.51.100.8:1 > 203.0.113.20:9', 5)),
      on('wan0', echo('198.51.100.8 > 203.0.113.9', 'request', 1, 1)),
      on('lan0', echo('192.168.1.9 > 198.51.100.8', 'reply', 1, 1)),
    ],
  },
  {
    title: 'sources of local delivery are mapped in INPUT, and answers go back',
    box: ROUTER,
    rules:
      nat(
        '-A INPUT -p udp -j SNAT --to-source 192.168.1.200',
        '-A INPUT -p tcp -j SNAT --to-source 192.168.1.200:1000',
      ) + FILTER,
    packets: [
      udp('192.168.1.5:1 > 192.168.1.1:9', 5),
      udp('192.168.1.1:9 > 192.168.1.200:1', 5),
      tcp('192.168.1.5:1 > 192.168.1.1:9', 'S', { seq: 1 }),
      tcp('192.168.1.1:9 > 192.168.1.200:1000', 'SA', { seq: 1, ack: 2 }),
      tcp('192.168.1.5:1 > 192.168.1.1:9', 'A', { seq: 2, ack: 2 }),
    ],
  },
  {
    title: 'REJECT answers translated packets from where they were sent to',
    box: ROUTER,
    rules:
      nat(
        '-A PREROUTING -d 203.0.113.2/32 -p tcp -j DNAT --to-destination 192.168.1.10',
        '-A PREROUTING -d 203.0.113.2/32 -p udp -j DNAT --to-destination 192.168.1.10',
        '-A POSTROUTING -j SNAT --to-source 203.0.113.2',
        '-A POSTROUTING -p tcp',
      ) +
      `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n` +
      `-A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset\n-A FORWARD -p udp -m udp --dport 80 -j REJECT\n` +
      `-A INPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset\n-A INPUT -p udp -j REJECT\n` +
      `-A OUTPUT -s 203.0.113.2/32\n-A OUTPUT -s 192.168.1.10/32\nCOMMIT\n`,
    packets: [
      on('wan0', tcp('198.51.100.8:1 > 203.0.113.2:80', 'S', { seq: 1 })),
      on('wan0', udp('198.51.100.8:1 > 203.0.113.2:80', 5)),
      on('lan0', tcp('192.168.1.5:1 > 198.51.100.8:80', 'S', { seq: 1 })),
      on('lan0', udp('192.168.1.5:1 > 198.51.100.8:80', 5)),
      on('lan0', tcp('192.168.1.5:1 > 192.168.1.1:80', 'S', { seq: 1 })),
      on('lan0', udp('192.168.1.5:1 > 192.168.1.1:80', 5)),
    ],
  },
  {
    title: 'masquerading without an address drops; the mark decides the way and the address',
    box: {
      ...ROUTER,
      interfaces: { ...ROUTER.interfaces, tun9: [] },
      commands: [
        ...(ROUTER.commands ?? []),
        'route add 198.51.101.0/24 dev tun9',
        'route add default via 192.168.1.254 dev lan0 table 100',
        'rule add fwmark 0x5 table 100',
      ],
    },
    rules:
      `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m tos --tos 0x10/0xff -j MARK --set-xmark 0x5/0xffffffff\nCOMMIT\n` +
      nat('-A POSTROUTING -j MASQUERADE') +
      FILTER,
    packets: [
      on('lan0', udp('192.168.1.5:1 > 198.51.101.8:80', 5)),
      on('lan0', udp('192.168.1.5:2 > 198.51.100.8:80', 5)),
      on('lan0', udp('192.168.1.5:3 > 198.51.100.8:80', 5, { tos: 0x10 })),
      // Another way than the one it began on.
      on('lan0', udp('192.168.1.5:2 > 198.51.100.8:80', 5, { tos: 0x10 })),
      on('lan0', udp('192.168.1.5:2 > 198.51.100.8:80', 5)),
    ],
  },
  {
    title: 'IPv6: masquerading, port forwards, redirects, a network mapped, errors',
    box: ROUTER,
    rules6:
      nat(
        '-A PREROUTING -d 2001:db8:2::2/128 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [2001:db8:1::10]:80',
        '-A PREROUTING -i lan0 -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353',
        '-A PREROUTING -d 2001:db8:3::/64 -j NETMAP --to 2001:db8:1::/64',
        '-A OUTPUT -p tcp -m tcp --dport 25 -j REDIRECT --to-ports 2525',
        '-A POSTROUTING -o wan0 -j MASQUERADE',
      ) + FILTER,
    packets: [
      udp('[2001:db8:1::5]:4000 > [2001:db8:9::1]:99', 30),
      on('wan0', udp('[2001:db8:9::1]:99 > [2001:db8:2::2]:4000', 30)),
      on(
        'wan0',
        icmpError('2001:db8:9::7 > 2001:db8:2::2', 1, 4, udp('[2001:db8:2::2]:4000 > [2001:db8:9::1]:99', 30)),
      ),
      echo('2001:db8:1::5 > 2001:db8:9::1', 'request', 7, 1),
      on('wan0', echo('2001:db8:9::1 > 2001:db8:2::2', 'reply', 7, 1)),
      on('wan0', tcp('[2001:db8:9::1]:1234 > [2001:db8:2::2]:8080', 'S', { seq: 1 })),
      on('lan0', tcp('[2001:db8:1::10]:80 > [2001:db8:9::1]:1234', 'SA', { seq: 5, ack: 2 })),
      on('lan0', udp('[2001:db8:1::5]:4000 > [2001:db8:9::1]:53', 30)),
      udp('[2001:db8:1::1]:5353 > [2001:db8:1::5]:4000', 30),
      on('wan0', udp('[2001:db8:9::1]:4000 > [2001:db8:3::77]:53', 30)),
      on('lan0', udp('[2001:db8:1::77]:53 > [2001:db8:9::1]:4000', 30)),
      tcp('[2001:db8:2::2]:78 > [2001:db8:9::1]:25', 'S', { seq: 1 }),
    ],
  },
  {
    title: 'prefixes of IPv6 translated without connections',
    edges: ['SNPT', 'DNPT'],
    box: ROUTER,
    rules6: `*mangle
:PREROUTING ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan0 -j DNPT --src-pfx 2001:db8:5::/48 --dst-pfx 2001:db8:1::/48
-A FORWARD -d 2001:db8:1::/48
-A POSTROUTING -o wan0 -j SNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:5::/48
-A POSTROUTING -s 2001:db8:5::/48
-A POSTROUTING -s 2001:db8:5:f01e::/64
COMMIT
`,
    packets: [
      on('lan0', udp('[2001:db8:1::5]:4000 > [2001:db8:9::1]:99', 30)),
      on('wan0', udp('[2001:db8:9::1]:99 > [2001:db8:5:4::5]:4000', 30)),
      on('wan0', udp('[2001:db8:9::1]:99 > [2001:db8:5:fffb::5]:4000', 30)),
      on('wan0', udp('[2001:db8:9::1]:99 > [2001:db8:5:fffc::5]:4000', 30)),
    ],
  },
  {
    title: 'what is mapped to the address of another link has no route, and the kernel run no answer of its own',
    box: { ...ROUTER, interfaces: { ...ROUTER.interfaces, dmz0: ['2001:db8:3::1/64'] } },
    rules6:
      nat('-A PREROUTING -i lan0 -j REDIRECT') +
      '*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p ipv6-icmp\nCOMMIT\n',
    packets: [
      on('lan0', tcp('[2001:db8:1::5]:4000 > [ff02::2]:80', 'S', { seq: 1 })),
      on('dmz0', tcp('[2001:db8:1::5]:4000 > [ff02::2]:80', 'S', { seq: 1 })),
    ],
  },
  {
    title: 'GRE that cannot be translated is dropped',
    box: ROUTER,
    rules:
      nat('-A PREROUTING -i wan0 -j DNAT --to-destination 192.168.1.10', '-A POSTROUTING -o wan0 -j MASQUERADE') +
      FILTER,
    packets: [
      [0, 0, 8, 0],
      [0, 0, 8, 0, 0, 0, 0, 0],
      [0, 7, 8, 0, 0, 0, 0, 0],
      [0x30, 1, 0x88, 0x0b, 0, 0, 0, 5],
    ].flatMap((header, index) => [
      on('wan0', other(`198.51.100.${index + 1} > 203.0.113.2`, 47, Buffer.from(header))),
      on('lan0', other(`192.168.1.${index + 20} > 198.51.100.77`, 47, Buffer.from(header))),
    ]),
  },
]
