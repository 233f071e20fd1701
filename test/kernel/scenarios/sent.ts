/**
 * What leaves the box, to the byte: options that routers write into, datagrams cut and put together, what is too long.
 */
import { fragmentsOf, icmpError, other, tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { init, sctp } from '../sctp-packets.js'
import { ROUTER } from './boxes.js'

const OUT = '192.168.1.5:1000 > 198.51.100.7:53'
const IN = '198.51.100.7:53 > 192.168.1.5:1000'
const OUT6 = '[2001:db8:1::5]:1000 > [2001:db8:9::7]:53'
const TRACKING = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate INVALID
COMMIT
`
const NOTHING = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`
const MASQUERADING = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
COMMIT
`
const NARROW = {
  ...ROUTER,
  commands: [
    'route add default via 203.0.113.1',
    'route add 198.51.100.128/25 via 203.0.113.1 mtu 600',
    '-6 route add default via 2001:db8:2::1 dev wan0',
    '-6 route add 2001:db8:9:1::/64 via 2001:db8:2::1 dev wan0 mtu 1300',
  ],
}

/** Record route with room for `entries` addresses, of which the first `used` are taken; filled up to whole words. */
function recordRoute(entries: number, used: number): Buffer {
  const option = Buffer.alloc(3 + 4 * entries)
  option.set([7, option.length, 4 + 4 * used])
  return Buffer.concat([option, Buffer.alloc(-option.length & 3)])
}

const lan = (packets: readonly Buffer[]): PlacedPacket[] => packets.map((packet) => on('lan0', packet))
const wan = (packets: readonly Buffer[]): PlacedPacket[] => packets.map((packet) => on('wan0', packet))

const COPYING = (gateway: string, conntrack: string): string => `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m tos --tos 0x08 -j TEE --gateway ${gateway}
-A INPUT -m tos --tos 0x10 -j TEE --gateway ${gateway} --oif lan0
-A FORWARD -m tos --tos 0x20 -j TEE --gateway ${gateway}
-A FORWARD -m tos --tos 0x20 -j TEE --gateway ${gateway} --oif none0
-A OUTPUT -m tos --tos 0x28 -j MARK --set-mark 1
-A POSTROUTING -m tos --tos 0x30 -j TEE --gateway ${gateway}
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m tos --tos 0x20 -m length --length 100:200 -j DROP${conntrack}
-A OUTPUT -m tos --tos 0x20 -m length --length 200:300 -j DROP
COMMIT
`
const TRACKS = '\n-A OUTPUT -m conntrack --ctstate UNTRACKED\n-A FORWARD -m conntrack --ctstate NEW'

/** A router alert, then one that only the first fragment has, and one with nothing behind its end. */
const ALERT = Buffer.from([148, 4, 0, 0])
const UNCOPIED = Buffer.from([30, 4, 0, 7])
const BEHIND_END = Buffer.from([1, 0, 9, 9])

export const SENT: readonly Scenario[] = [
  {
    title: 'routers record their addresses in the options of what they forward',
    box: ROUTER,
    rules: NOTHING,
    packets: [
      ...lan(
        [recordRoute(1, 0), recordRoute(3, 1), recordRoute(3, 3), ALERT, UNCOPIED, BEHIND_END].map((options) =>
          udp(OUT, 20, { options }),
        ),
      ),
      ...wan([recordRoute(2, 0)].map((options) => tcp(IN, 'A', { options }))),
    ],
  },
  {
    title: 'errors carry the recorded route of the packet that they answer on',
    box: ROUTER,
    rules: NOTHING.replace('COMMIT', '-A FORWARD -j REJECT\n-A INPUT -j REJECT\nCOMMIT'),
    packets: [
      ...lan([
        udp(OUT, 20, { options: recordRoute(3, 1) }),
        udp(OUT, 20, { options: recordRoute(3, 3) }),
        udp(OUT, 700, { options: recordRoute(3, 3) }),
        other('192.168.1.5 > 198.51.100.7', 47, Buffer.alloc(60), { options: recordRoute(4, 1) }),
        other('192.168.1.5 > 198.51.100.7', 50, Buffer.alloc(60), { options: recordRoute(1, 0) }),
        other('192.168.1.5 > 192.168.1.1', 47, Buffer.alloc(60), { options: recordRoute(4, 1) }),
        other('192.168.1.5 > 192.168.1.1', 47, Buffer.alloc(60), { options: ALERT }),
        other('192.168.1.5 > 198.51.100.7', 47, Buffer.alloc(60), { options: BEHIND_END }),
      ]),
    ],
  },
  {
    title: 'datagrams leave in the pieces that they came in',
    box: NARROW,
    rules: TRACKING,
    packets: [
      ...lan(fragmentsOf(udp(OUT, 1000), 400, 1)),
      ...lan(fragmentsOf(udp(OUT, 1000), 400, 2).reverse()),
      ...lan(fragmentsOf(udp(OUT, 3000), 1400, 3)),
      ...lan(fragmentsOf(udp(OUT, 1000, { dontFragment: true }), 400, 4)),
      ...lan(fragmentsOf(udp(OUT, 1000, { options: Buffer.concat([ALERT, UNCOPIED]) }), 400, 5)),
      ...lan(fragmentsOf(udp('192.168.1.5:1000 > 198.51.100.200:53', 1500), 1000, 6)),
      ...lan(fragmentsOf(udp('192.168.1.5:1000 > 198.51.100.200:53', 1500, { dontFragment: true }), 1000, 7)),
      ...lan(fragmentsOf(udp('192.168.1.5:1000 > 198.51.100.200:53', 1500, { options: UNCOPIED }), 1000, 8)),
      ...wan(fragmentsOf(tcp(IN, 'A', { data: 100 }), 8, 9)),
    ],
  },
  {
    title: 'what is too long for its way is cut, or stays where it is',
    box: NARROW,
    rules: NOTHING,
    packets: [
      ...lan([
        udp('192.168.1.5:1000 > 198.51.100.200:53', 1200),
        udp('192.168.1.5:1000 > 198.51.100.200:53', 1200, { dontFragment: true }),
        udp('192.168.1.5:1000 > 198.51.100.200:53', 1200, { options: Buffer.concat([UNCOPIED, ALERT]) }),
        ...fragmentsOf(udp('192.168.1.5:1000 > 198.51.100.200:53', 1500), 1000, 6),
      ]),
      udp('203.0.113.2:1000 > 198.51.100.7:53', 2000, { id: 77 }),
      udp('203.0.113.2:1000 > 198.51.100.7:53', 2000, { dontFragment: true }),
      udp('203.0.113.2:1000 > 198.51.100.200:53', 2000, { id: 78 }),
    ],
  },
  {
    title: 'the pieces of a translated datagram, and of one of the box itself',
    box: NARROW,
    rules: MASQUERADING,
    packets: [
      ...lan(fragmentsOf(udp(OUT, 1000), 400, 1)),
      ...wan(fragmentsOf(udp('198.51.100.7:53 > 203.0.113.2:1000', 900), 304, 2)),
      ...lan(fragmentsOf(tcp('192.168.1.5:1001 > 198.51.100.7:80', 'S'), 8, 3)),
      ...lan(fragmentsOf(tcp('192.168.1.5:1002 > 198.51.100.7:80', 'S', { data: 60 }), 24, 4)),
      ...fragmentsOf(udp('203.0.113.2:1000 > 198.51.100.9:53', 1000), 400, 5),
    ],
  },
  {
    title: 'IPv6 datagrams leave in the pieces that they came in, and routers cut nothing else',
    box: NARROW,
    rules6: TRACKING,
    packets: [
      ...lan(fragmentsOf(udp(OUT6, 1000), 400, 1)),
      ...lan(fragmentsOf(udp(OUT6, 1000), 400, 2).reverse()),
      ...lan(fragmentsOf(udp(OUT6, 3000), 1400, 3)),
      ...lan(fragmentsOf(udp('[2001:db8:1::5]:1000 > [2001:db8:9:1::7]:53', 3000), 1200, 4)),
      ...lan(fragmentsOf(udp('[2001:db8:1::5]:1000 > [2001:db8:9:1::7]:53', 3000), 1304, 5)),
      ...lan([udp('[2001:db8:1::5]:1000 > [2001:db8:9:1::7]:53', 1300)]),
      udp('[2001:db8:2::2]:1000 > [2001:db8:9::7]:53', 2000),
      ...fragmentsOf(udp('[2001:db8:2::2]:1000 > [2001:db8:9::7]:53', 2000), 800, 6),
    ],
  },
  {
    title: 'errors about translated packets that quote a little or a lot, with checksums of every kind',
    box: ROUTER,
    rules: MASQUERADING,
    packets: [
      ...lan([udp(OUT, 600), tcp('192.168.1.5:1001 > 198.51.100.7:80', 'S')]),
      ...wan(
        [28, 32, 100, 628].map((quoted) =>
          icmpError('198.51.100.7 > 203.0.113.2', 3, 4, udp('203.0.113.2:1000 > 198.51.100.7:53', 600), quoted, 1400),
        ),
      ),
      ...wan(
        [28, 40].map((quoted) =>
          icmpError('203.0.113.9 > 203.0.113.2', 11, 0, tcp('203.0.113.2:1001 > 198.51.100.7:80', 'S'), quoted),
        ),
      ),
      on('lan0', icmpError('192.168.1.5 > 198.51.100.7', 3, 3, udp(IN, 20), 48)),
    ],
  },
  {
    title: 'SCTP is translated with a checksum computed anew, also where an error quotes it',
    box: ROUTER,
    rules: MASQUERADING.replace(
      '-A POST',
      '-A PREROUTING -i wan0 -p sctp -m sctp --dport 3868 -j DNAT --to-destination 192.168.1.5:3869\n-A POST',
    ),
    packets: [
      on('lan0', sctp('192.168.1.5:5000 > 198.51.100.7:3868', 0, [init('INIT', 1)])),
      on('wan0', sctp('198.51.100.7:3868 > 203.0.113.2:5000', 1, [init('INIT_ACK', 2)])),
      on('wan0', sctp('198.51.100.8:5001 > 203.0.113.2:3868', 0, [init('INIT', 3)])),
      on('lan0', sctp('192.168.1.5:3869 > 198.51.100.8:5001', 3, [init('INIT_ACK', 4)])),
      ...wan(
        [28, 32, 60].map((quoted) =>
          icmpError(
            '198.51.100.9 > 203.0.113.2',
            3,
            1,
            sctp('203.0.113.2:5000 > 198.51.100.7:3868', 0, [init('INIT', 1)]),
            quoted,
          ),
        ),
      ),
    ],
  },
  ...(['', TRACKS] as const).map((tracks) => ({
    title: `TEE sends copies that pass OUTPUT and POSTROUTING${tracks === '' ? '' : ', tracked by nobody'}`,
    edges: ['TEE'],
    box: ROUTER,
    rules: COPYING('203.0.113.77', tracks),
    rules6: COPYING('2001:db8:2::77', tracks),
    packets: [
      ...lan([0x08, 0x20, 0x30, 0x28].map((tos) => udp(OUT, 20, { tos, dontFragment: tos === 0x30 }))),
      ...lan([120, 220].map((data) => udp(OUT, data, { tos: 0x20 }))),
      ...lan([0x08, 0x10, 0x20].map((tos) => udp('192.168.1.5:1000 > 192.168.1.1:53', 20, { tos, ttl: 1 }))),
      ...lan(fragmentsOf(udp(OUT, 1000, { tos: 0x20 }), 400, 5)),
      udp('203.0.113.2:1000 > 198.51.100.7:53', 20, { tos: 0x30, id: 9 }),
      ...lan([0x08, 0x20, 0x30].map((tos) => udp(OUT6, 20, { tos }))),
      ...lan([0x08, 0x10].map((tos) => udp('[2001:db8:1::5]:1000 > [2001:db8:1::1]:53', 20, { tos }))),
      ...lan(fragmentsOf(udp(OUT6, 1000, { tos: 0x20 }), 400, 5)),
    ],
  })),
]
