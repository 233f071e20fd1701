/**
 * Zones of connection tracking: the same tuples in several zones, zones of one direction, zones from marks and
 * interfaces, errors, NAT, and what of it the rules see.
 */
import { echo, icmpError, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const STATES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate NEW
-A INPUT -m conntrack --ctstate ESTABLISHED
-A INPUT -m conntrack --ctstate RELATED
-A INPUT -m conntrack --ctstate INVALID
-A INPUT -m conntrack --ctstate UNTRACKED
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
-A FORWARD -m conntrack --ctstate RELATED
-A FORWARD -m conntrack --ctstate INVALID
-A OUTPUT -m conntrack --ctstate NEW
-A OUTPUT -m conntrack --ctstate ESTABLISHED
-A OUTPUT -m conntrack --ctstate RELATED
COMMIT
`

function raw(...rules: string[]): string {
  return `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`
}

function nat(...rules: string[]): string {
  const chains = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]\n`)
  return `*nat\n${chains.join('')}${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`
}

const query = udp('192.168.1.5:4000 > 198.51.100.53:53', 20)
const answer = udp('198.51.100.53:53 > 192.168.1.5:4000', 60)

/** A query, its answer, an error about each, a handshake and a ping, in and out of the router. */
const EXCHANGE = [
  on('lan0', query),
  on('wan0', answer),
  on('wan0', icmpError('198.51.100.53 > 192.168.1.5', 3, 3, query)),
  on('lan0', icmpError('192.168.1.5 > 198.51.100.53', 3, 3, answer)),
  on('lan0', query),
  on('lan0', tcp('192.168.1.5:4001 > 198.51.100.7:443', 'S', { seq: 1 })),
  on('wan0', tcp('198.51.100.7:443 > 192.168.1.5:4001', 'SA', { seq: 9, ack: 2 })),
  on('lan0', tcp('192.168.1.5:4001 > 198.51.100.7:443', 'A', { seq: 2, ack: 10 })),
  on('lan0', echo('192.168.1.5 > 198.51.100.53', 'request', 7, 1)),
  on('wan0', echo('198.51.100.53 > 192.168.1.5', 'reply', 7, 1)),
]

const BY_RULES: readonly (readonly [string, readonly string[]])[] = [
  ['one zone for all', ['-A PREROUTING -j CT --zone 5', '-A OUTPUT -j CT --zone 5']],
  ['a zone for each interface', ['-A PREROUTING -i lan0 -j CT --zone 1', '-A PREROUTING -i wan0 -j CT --zone 2']],
  ['a zone for one interface', ['-A PREROUTING -i wan0 -j CT --zone 7']],
  ['a zone of the original direction, for one interface', ['-A PREROUTING -i lan0 -j CT --zone-orig 9']],
  ['a zone of the original direction, for all', ['-A PREROUTING -j CT --zone-orig 9']],
  ['a zone of the reply direction, for the answers', ['-A PREROUTING -i wan0 -j CT --zone-reply 9']],
  ['a zone of the reply direction, for all', ['-A PREROUTING -j CT --zone-reply 9']],
  [
    'zones of both directions that belong together',
    ['-A PREROUTING -i lan0 -j CT --zone-orig 3', '-A PREROUTING -i wan0 -j CT --zone-orig 4'],
  ],
  ['the zone of the original direction that is zero', ['-A PREROUTING -j CT --zone-orig 0']],
  ['the zone is the mark', ['-A PREROUTING -p udp -j MARK --set-mark 0x10006', '-A PREROUTING -j CT --zone mark']],
  [
    'the zone is the mark, which is set behind CT',
    ['-A PREROUTING -j CT --zone-orig mark', '-A PREROUTING -p tcp -j MARK --set-mark 8'],
  ],
  [
    'the first CT counts',
    ['-A PREROUTING -p udp -j CT --zone 5', '-A PREROUTING -j CT --notrack', '-A PREROUTING -j CT --zone 6'],
  ],
  ['events, and no zone', ['-A PREROUTING -j CT --ctevents new,mark --expevents new']],
]

const SAME_ON_BOTH = raw('-A PREROUTING -i lan0 -j CT --zone 1', '-A PREROUTING -i wan0 -j CT --zone 2')

export const ZONES: readonly Scenario[] = [
  ...BY_RULES.map(([title, rules]) => ({
    title: `zones: ${title}`,
    box: ROUTER,
    rules: raw(...rules) + STATES,
    packets: EXCHANGE,
  })),
  {
    title: 'zones: CT alone makes the kernel track',
    box: ROUTER,
    rules: raw('-A PREROUTING -p udp -j CT --zone 5'),
    packets: EXCHANGE,
  },
  {
    title: 'zones: CT without tracking does not',
    box: ROUTER,
    rules: raw('-A PREROUTING -p udp -j CT --notrack --zone 5'),
    packets: EXCHANGE,
  },
  {
    title: 'zones: the same connection on two interfaces, each in its own zone',
    box: SERVER,
    rules:
      raw('-A PREROUTING -s 10.0.0.0/25 -j CT --zone 1', '-A PREROUTING -m ttl --ttl-eq 60 -j CT --zone 2') + STATES,
    packets: [
      udp('10.0.0.200:1000 > 10.0.0.1:53', 10),
      udp('10.0.0.200:1000 > 10.0.0.1:53', 20, { ttl: 60 }),
      udp('10.0.0.200:1000 > 10.0.0.1:53', 30),
      udp('10.0.0.1:53 > 10.0.0.200:1000', 40),
      udp('10.0.0.200:1000 > 10.0.0.1:53', 50, { ttl: 60 }),
      udp('10.0.0.200:1000 > 10.0.0.1:53', 60),
    ],
  },
  {
    title: 'zones: behind CT, a packet without connection has the mark 0',
    box: ROUTER,
    rules: `${raw(
      '-A PREROUTING -m connmark --mark 0',
      '-A PREROUTING -p udp -j CT --zone 3',
      '-A PREROUTING -m connmark --mark 0x0/0xff',
      '-A PREROUTING -m connmark ! --mark 0x1',
      '-A PREROUTING -j MARK --set-mark 0x5',
      '-A PREROUTING -j CONNMARK --restore-mark',
      '-A PREROUTING -m mark --mark 0',
    )}${STATES}`,
    packets: EXCHANGE,
  },
  {
    title: 'zones: the address of a range that a connection gets depends on its zone',
    box: ROUTER,
    rules:
      raw('-A PREROUTING -p tcp -j CT --zone-orig 2', '-A PREROUTING -p icmp -j CT --zone 9') +
      nat('-A POSTROUTING -o wan0 -j SNAT --to-source 203.0.113.16-203.0.113.31'),
    packets: [5, 6, 7, 8].flatMap((host) => [
      on('lan0', udp(`192.168.1.${host}:4000 > 198.51.100.53:53`, 20)),
      on('lan0', tcp(`192.168.1.${host}:4001 > 198.51.100.53:443`, 'S', { seq: 1 })),
      on('lan0', echo(`192.168.1.${host} > 198.51.100.53`, 'request', 7, 1)),
    ]),
  },
  {
    title: 'zones: a connection that begins again keeps to its rules',
    box: SERVER,
    rules: raw('-A PREROUTING -j CT --zone-reply 3', '-A OUTPUT -j CT --zone-orig 3') + STATES,
    packets: [
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'S', { seq: 1 }),
      tcp('10.0.0.1:22 > 10.0.0.9:4000', 'SA', { seq: 9, ack: 2 }),
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'A', { seq: 2, ack: 10 }),
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'R', { seq: 2 }),
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'S', { seq: 1000 }),
      tcp('10.0.0.1:22 > 10.0.0.9:4000', 'SA', { seq: 99, ack: 1001 }),
    ],
  },
  {
    title: 'zones: two networks with the same addresses behind one masquerading router',
    box: ROUTER,
    rules:
      raw('-A PREROUTING -i lan0 -m ttl --ttl-eq 60 -j CT --zone-orig 1', '-A PREROUTING -i lan0 -j CT --zone-orig 2') +
      nat(
        '-A POSTROUTING -o wan0 -p udp -j SNAT --to-source 203.0.113.2:5000-5001',
        '-A POSTROUTING -o wan0 -j MASQUERADE',
      ) +
      STATES,
    randomPorts: true,
    packets: [
      on('lan0', udp('192.168.1.5:5000 > 198.51.100.53:53', 20)),
      on('lan0', udp('192.168.1.5:5000 > 198.51.100.53:53', 20, { ttl: 60 })),
      on('lan0', tcp('192.168.1.5:4001 > 198.51.100.7:443', 'S', { seq: 1 })),
      on('wan0', udp('198.51.100.53:53 > 203.0.113.2:5000', 60)),
      on('wan0', udp('198.51.100.53:53 > 203.0.113.2:5001', 70)),
      on('wan0', icmpError('198.51.100.53 > 203.0.113.2', 3, 3, udp('203.0.113.2:5000 > 198.51.100.53:53', 20))),
      on('wan0', tcp('198.51.100.7:443 > 203.0.113.2:4001', 'SA', { seq: 9, ack: 2 })),
    ],
  },
  {
    title: 'zones: one mapping in each zone, although it is the same',
    box: ROUTER,
    rules: SAME_ON_BOTH + nat('-A POSTROUTING -p udp -j SNAT --to-source 203.0.113.2:5000') + STATES,
    packets: [
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.53:53', 20)),
      on('wan0', udp('192.168.1.5:4000 > 198.51.100.53:53', 20)),
      on('wan0', udp('198.51.100.53:53 > 203.0.113.2:5000', 60)),
    ],
  },
]
