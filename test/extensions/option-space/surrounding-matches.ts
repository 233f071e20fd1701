/**
 * The options of the matches that look at what is around a packet: its way, its frame, its connection, marks, time.
 */
import { FLAG, masked, match, type OptionSpace, PORTS, ranges, whole, words } from './space.js'

const ADDRESS_TYPES =
  'UNSPEC UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE UNREACHABLE PROHIBIT THROW NAT XRESOLVE'

const TYPES = [
  'LOCAL',
  ...ADDRESS_TYPES.split(' '),
  'local',
  'LOCAL,BROADCAST',
  'LOCAL,LOCAL',
  'FOO',
  'LOCAL,',
  ',LOCAL',
  '""',
  'LOC',
  'L',
  'UN',
  ADDRESS_TYPES.split(' ').slice(0, 8).join(','),
]

const ADDRESSES4 =
  words(`10.0.0.1 10.0.0.1/24 10.0.0.1/32 10.0.0.0/255.255.0.0 10.0.0.0/0 0.0.0.0 0.0.0.0/0 255.255.255.255 10.1 10
10.0.0.256 10.0.0.1/33 x "" 10.0.0.1,10.0.0.2 ::1 10.0.0.1/255.0.255.0`)

const ADDRESSES6 =
  words(`2001:db8::1 2001:db8::1/64 ::/0 :: ::1 fe80::1/10 1::2::3 2001:db8::1/129 x "" 10.0.0.1 ::ffff:1.2.3.4
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1/ffff:: 1::,2::`)

const STATES = [
  ...words(`NEW INVALID ESTABLISHED RELATED UNTRACKED new NEW,ESTABLISHED RELATED,NEW,INVALID,UNTRACKED,ESTABLISHED NEW,NEW
NE E FOO "" NEW, ,NEW`),
  'NEW, RELATED',
]

const CT_ADDRESSES = { 4: ADDRESSES4, 6: ADDRESSES6 }

const PROTOCOLS = words(
  `tcp udp TCP 6 0x6 17 255 0 256 -1 all icmp icmpv6 ipv6-icmp foo "" sctp esp 132 ipv6-mh mobility-header 99`,
)

export const SURROUNDING_MATCHES: readonly OptionSpace[] = [
  match('addrtype', {
    place: 'filter FORWARD',
    needs: { 'src-type': 'LOCAL' },
    values: { 'src-type': TYPES, 'dst-type': TYPES, 'limit-iface-in': FLAG, 'limit-iface-out': FLAG },
    others: ['--limit-iface-in --limit-iface-out --src-type LOCAL', '--limit-iface-in'],
  }),
  ...(['INPUT', 'OUTPUT'] as const).map((chain) =>
    match('addrtype', {
      place: `filter ${chain}`,
      needs: { 'dst-type': 'LOCAL' },
      values: { 'dst-type': ['LOCAL'], 'limit-iface-in': FLAG, 'limit-iface-out': FLAG },
    }),
  ),
  match('cgroup', {
    values: { cgroup: whole(0, 0xffffffff), path: ['/', '""'] },
  }),
  match('cluster', {
    needs: { 'cluster-total-nodes': '4', 'cluster-local-node': '1', 'cluster-hash-seed': '1' },
    values: {
      'cluster-total-nodes': ['4', ...whole(1, 32), '1', '2', '5'],
      'cluster-local-node': [...whole(1, 4), '32', '33', '0xffffffff'],
      'cluster-local-nodemask': words(`0x1 15 16 0 0xf 0xffffffff -1 x`),
      'cluster-hash-seed': whole(0, 0xffffffff),
    },
    others: [
      '--cluster-total-nodes 4 --cluster-local-nodemask 1 --cluster-hash-seed 1',
      '--cluster-total-nodes 4 ! --cluster-local-nodemask 0xf --cluster-hash-seed 1',
      '--cluster-total-nodes 4 --cluster-local-nodemask 0 --cluster-hash-seed 1',
      '--cluster-total-nodes 32 --cluster-local-nodemask 0xffffffff --cluster-hash-seed 1',
      '--cluster-total-nodes 32 --cluster-local-node 32 --cluster-hash-seed 1',
    ],
  }),
  match('comment', {
    needs: { comment: 'x' },
    values: {
      comment: [
        'x',
        '"a b"',
        '""',
        "'a b'",
        '"a\\"b"',
        "it's",
        'a\\\\b',
        'x'.repeat(255),
        'x'.repeat(256),
        'x'.repeat(257),
        'ü',
        '"$x"',
        '!',
        '"-x"',
        '"--x"',
        '"a;b"',
        '#',
        '"a\tb"',
        'a,b',
        '*',
        '"ü b"',
      ],
    },
  }),
  match('cpu', { needs: { cpu: '1' }, values: { cpu: whole(0, 0xffffffff) } }),
  match('devgroup', {
    place: 'filter FORWARD',
    needs: {},
    values: {
      'src-group': [...masked(0xffffffff), 'default', 'nosuchgroup'],
      'dst-group': [...masked(0xffffffff), 'default'],
    },
  }),
  match('devgroup', { place: 'filter INPUT', values: { 'src-group': ['1'], 'dst-group': ['1'] } }),
  match('devgroup', { place: 'filter OUTPUT', values: { 'src-group': ['1'], 'dst-group': ['1'] } }),
  match('helper', {
    needs: { helper: 'ftp' },
    values: {
      helper: ['ftp', '""', 'irc-6667', '"a b"', 'x'.repeat(29), 'x'.repeat(30), 'x'.repeat(31), 'ü', '"a\\"b"'],
    },
  }),
  match('mac', {
    needs: { 'mac-source': '02:00:00:00:00:01' },
    values: {
      'mac-source':
        words(`02:00:00:00:00:01 2:0:0:0:0:1 ff:FF:ff:FF:ff:FF 00:00:00:00:00:00 02:00:00:00:00 02:00:00:00:00:01:02
02-00-00-00-00-01 100:00:00:00:00:01 x "" 0g:00:00:00:00:01 020000000001 02::00:00:00:01 :02:00:00:00:01
02:00:00:00:00: 002:00:00:00:00:01 02:00:00:00:00:0001`),
    },
  }),
  ...['raw PREROUTING', 'filter FORWARD', 'filter OUTPUT', 'mangle POSTROUTING'].map((place) =>
    match('mac', { place, values: { 'mac-source': ['02:00:00:00:00:01'] } }),
  ),
  match('mark', { needs: { mark: '1' }, values: { mark: masked(0xffffffff) } }),
  match('connmark', { needs: { mark: '1' }, values: { mark: masked(0xffffffff) } }),
  match('nfacct', { values: { 'nfacct-name': ['""'] } }),
  match('osf', {
    families: [4],
    header: '-p tcp',
    needs: { genre: 'Linux' },
    values: { genre: ['Linux', 'x'.repeat(31), 'x'.repeat(32), '""', '"a b"'], ttl: whole(0, 2), log: whole(0, 2) },
  }),
  match('osf', { families: [4], values: { genre: ['Linux'] } }),
  ...['filter OUTPUT', 'filter FORWARD', 'mangle POSTROUTING', 'raw PREROUTING'].map((place) =>
    match('osf', { families: [4], place, header: '-p tcp', values: { genre: ['Linux'] } }),
  ),
  match('owner', {
    place: 'filter OUTPUT',
    values: {
      'uid-owner': [
        '1',
        ...whole(0, 0xfffffffe),
        'root',
        'nosuchuser',
        '1-5',
        '5-1',
        '1:5',
        '1-',
        '-5',
        'root-daemon',
        '1-1',
        '0-4294967294',
        '1-x',
        '1-2-3',
      ],
      'gid-owner': ['1', ...whole(0, 0xfffffffe), 'root', 'nosuchgroup', '1-5', '5-1', '1:5'],
      'socket-exists': FLAG,
      'suppl-groups': FLAG,
    },
    others: ['--gid-owner 5 --suppl-groups', '--suppl-groups', '! --gid-owner 5 --suppl-groups --uid-owner 1'],
  }),
  ...['filter INPUT', 'filter FORWARD', 'mangle POSTROUTING', 'raw PREROUTING'].map((place) =>
    match('owner', { place, values: { 'uid-owner': ['1'], 'socket-exists': FLAG } }),
  ),
  match('physdev', {
    place: 'filter FORWARD',
    values: {
      'physdev-in': ['eth0', 'eth+', '+', 'x'.repeat(15), 'x'.repeat(16), '""', '"a b"', 'a/b', 'eth0.1'],
      'physdev-out': ['eth0', 'eth+', '+', 'x'.repeat(15), 'x'.repeat(16), '""'],
      'physdev-is-in': FLAG,
      'physdev-is-out': FLAG,
      'physdev-is-bridged': FLAG,
    },
  }),
  ...['filter INPUT', 'filter OUTPUT', 'mangle POSTROUTING', 'raw PREROUTING'].map((place) =>
    match('physdev', {
      place,
      values: {
        'physdev-in': ['a'],
        'physdev-out': ['b'],
        'physdev-is-in': FLAG,
        'physdev-is-out': FLAG,
        'physdev-is-bridged': FLAG,
      },
    }),
  ),
  match('pkttype', {
    needs: { 'pkt-type': 'unicast' },
    values: {
      'pkt-type': words(
        `unicast broadcast multicast Broadcast bcast mcast host otherhost outgoing x "" uni unicastx b broad`,
      ),
    },
  }),
  ...['in', 'out'].map((way) =>
    match('policy', {
      place: 'filter FORWARD',
      needs: { dir: way, pol: 'ipsec' },
      values: {
        dir: ['in', 'out', 'IN', 'x', '""'],
        pol: ['ipsec', 'none', 'IPSEC', 'x'],
        strict: FLAG,
        next: FLAG,
        reqid: whole(0, 0xffffffff),
        spi: whole(0, 0xffffffff),
        proto: words(`esp ah ipcomp ESP tcp 50 51 108 comp x`),
        mode: ['tunnel', 'transport', 'TUNNEL', 'x', 'beet'],
        'tunnel-src': ['10.0.0.1', '::1'],
        'tunnel-dst': ['10.0.0.1', '::1'],
      },
      others: [
        '--dir in --pol ipsec --strict --mode tunnel --tunnel-src 10.0.0.0/8',
        '--dir in --pol ipsec --strict --mode tunnel --tunnel-src 2001:db8::/32 ! --tunnel-dst ::1',
        '--dir out --pol ipsec --strict --mode tunnel ! --tunnel-dst 10.1.2.3/24 --next --proto esp',
        '--dir out --pol none --mode tunnel',
        '--dir in --pol none --strict --next',
        '--dir in --strict --reqid 5',
        '--dir in --pol ipsec --strict --reqid 1 --next --next --reqid 2',
        '--dir in --pol ipsec --strict --next --reqid 1',
      ],
    }),
  ),
  ...['INPUT', 'OUTPUT'].flatMap((chain) =>
    ['in', 'out'].map((dir) =>
      match('policy', { place: `filter ${chain}`, values: { dir: [dir] }, others: [`--dir ${dir} --pol none`] }),
    ),
  ),
  ...['POSTROUTING', 'PREROUTING'].flatMap((chain) =>
    ['in', 'out'].map((dir) =>
      match('policy', { place: `mangle ${chain}`, values: { dir: [dir] }, others: [`--dir ${dir} --pol none`] }),
    ),
  ),
  match('realm', {
    families: [4],
    needs: { realm: '1' },
    values: { realm: [...masked(0xffffffff), 'cosmos', 'nosuchrealm'] },
  }),
  ...['raw PREROUTING', 'filter FORWARD', 'mangle POSTROUTING', 'filter OUTPUT'].map((place) =>
    match('realm', { families: [4], place, values: { realm: ['1'] } }),
  ),
  match('rpfilter', {
    place: 'raw PREROUTING',
    values: { loose: FLAG, validmark: FLAG, 'accept-local': FLAG, invert: FLAG },
  }),
  ...['mangle PREROUTING', 'filter INPUT', 'mangle INPUT', 'raw OUTPUT', 'nat PREROUTING'].map((place) =>
    match('rpfilter', { place, values: { loose: FLAG } }),
  ),
  match('socket', { values: { transparent: FLAG, nowildcard: FLAG, 'restore-skmark': FLAG } }),
  ...['raw PREROUTING', 'mangle PREROUTING', 'filter FORWARD', 'filter OUTPUT', 'mangle POSTROUTING'].map((place) =>
    match('socket', { place, values: { transparent: FLAG } }),
  ),
  match('time', {
    values: {
      datestart: [
        ...words(`2020-01-01 2020 2020-05 2020-05-06 2020-05-06T07 2020-05-06T07:08 2020-05-06T07:08:09 2020-05-06T24:00 2020-13
2020-00 2020-01-32 2020-02-30 1969 1970 2038 2038-01-19T03:14:07 2038-01-19T03:14:08 2039 x "" 2020-1-1
2020-05-06T07:08:60 20 02020`),
        '2020-05-06 07:08',
      ],
      datestop: words(`2030-01-01 2020 1970 2038-01-19T03:14:07 2039 x 2010-01-01`),
      timestart: words(
        `05:00 00:00 23:59 23:59:59 24:00 5:0 5:00:7 05 05:60 05:00:60 x "" -1:00 00:00:00 005:00 5:000`,
      ),
      timestop: words(`06:00 00:00 23:59:59 24:00 x 04:00`),
      contiguous: FLAG,
      weekdays: words(
        `Mon Mo Mond mon Mo,Tu 1 7 0 8 1,7 Sun,Sat,Fri Mon,Mon x "" Mon, 1,2,3,4,5,6,7 Sunday M Mon,8 Thu 1Mo 01`,
      ),
      monthdays: [
        '1',
        '31',
        '0',
        '32',
        '1,2',
        '1,1',
        'x',
        '""',
        '1,',
        '1-5',
        '01',
        Array.from({ length: 31 }, (_, day) => day + 1).join(','),
      ],
      localtz: FLAG,
      utc: FLAG,
      kerneltz: FLAG,
    },
    others: [
      '--timestart 05:00 --timestop 04:00 --contiguous',
      '--timestart 05:00 --timestop 05:00 --contiguous',
      '--datestart 2020-05-06 --datestop 2020-05-05',
      '! --weekdays Mon,Tue ! --monthdays 1',
      '--utc --kerneltz',
      '--localtz --utc',
      '--weekdays 1 --weekdays 2',
    ],
  }),
  match('conntrack', {
    values: {
      ctstate: [...STATES, 'SNAT', 'DNAT', 'SNAT,DNAT,NEW'],
      ctproto: PROTOCOLS,
      ctstatus:
        words(`NONE EXPECTED SEEN_REPLY ASSURED CONFIRMED assured EXPECTED,SEEN_REPLY,ASSURED,CONFIRMED NONE,ASSURED A FOO ""
ASSURED,`),
      ctexpire: ranges(0xffffffff),
      ctdir: words(`ORIGINAL REPLY original Reply x "" ORIG`),
    },
  }),
  ...([4, 6] as const).map((family) =>
    match('conntrack', {
      families: [family],
      values: {
        ctorigsrc: CT_ADDRESSES[family],
        ctorigdst: CT_ADDRESSES[family],
        ctreplsrc: CT_ADDRESSES[family],
        ctrepldst: CT_ADDRESSES[family],
      },
    }),
  ),
  match('conntrack', {
    header: '-p tcp',
    values: { ctorigsrcport: PORTS, ctorigdstport: PORTS, ctreplsrcport: PORTS, ctrepldstport: PORTS },
  }),
  match('state', { needs: { state: 'NEW' }, values: { state: STATES } }),
]
