/**
 * The options of the matches that look at packets and their surroundings.
 */
import { FLAG, masked, type OptionSpace, PORTS, ranges, whole, words } from './space.js'

const match = (name: string, space: Omit<OptionSpace, 'kind' | 'name'>): OptionSpace => ({
  kind: 'match',
  name,
  ...space,
})

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

const CODES = words(`CS0 CS7 cs3 BE be AF11 AF43 af22 EF ef AF44 CS8 "" 0x0a 10 VA LE le`)

const TOS = [
  ...masked(255),
  '0x10/0x3f',
  'Minimize-Delay',
  'minimize-delay',
  'Maximize-Throughput',
  'Maximize-Reliability',
  'Minimize-Cost',
  'Normal-Service',
  'Normal',
  'Foo',
  '0x1e',
  '8',
  '4',
  '2',
  '16',
  '0x08/0xff',
  '0x00/0x00',
]

const ADDRESSES4 =
  words(`10.0.0.1 10.0.0.1/24 10.0.0.1/32 10.0.0.0/255.255.0.0 10.0.0.0/0 0.0.0.0 0.0.0.0/0 255.255.255.255 10.1 10
10.0.0.256 10.0.0.1/33 x "" 10.0.0.1,10.0.0.2 ::1 10.0.0.1/255.0.255.0`)
const ADDRESSES6 =
  words(`2001:db8::1 2001:db8::1/64 ::/0 :: ::1 fe80::1/10 1::2::3 2001:db8::1/129 x "" 10.0.0.1 ::ffff:1.2.3.4
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1/ffff:: 1::,2::`)

const RANGES4 =
  words(`10.0.0.1-10.0.0.9 10.0.0.1 10.0.0.9-10.0.0.1 10.0.0.1-10.0.0.1 0.0.0.0-255.255.255.255 10.0.0.1- -10.0.0.1
10.0.0.1-x 10.0.0.1-10.0.0.2-10.0.0.3 10.0.0.1:10.0.0.2 10.0.0.1/24 "" 10.1-10.2 10.0.0.1-::1`)
const RANGES6 =
  words(`2001:db8::1-2001:db8::9 ::1 ::9-::1 ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::1- -::1 ::1-x 10.0.0.1-10.0.0.2
"" ::1/64`)

const STATES = [
  ...words(`NEW INVALID ESTABLISHED RELATED UNTRACKED new NEW,ESTABLISHED RELATED,NEW,INVALID,UNTRACKED,ESTABLISHED NEW,NEW
NE E FOO "" NEW, ,NEW`),
  'NEW, RELATED',
]

const CT_ADDRESSES = { 4: ADDRESSES4, 6: ADDRESSES6 }

const SPI = ranges(0xffffffff)

const PROTOCOLS = words(
  `tcp udp TCP 6 0x6 17 255 0 256 -1 all icmp icmpv6 ipv6-icmp foo "" sctp esp 132 ipv6-mh mobility-header 99`,
)

const MATCH_STRING = [
  'abc',
  '""',
  '"a b"',
  '"a\\"b"',
  "a'b",
  'a\\\\b',
  '|41|',
  'a'.repeat(128),
  'a'.repeat(129),
  'ünï',
  '!',
  '"|"',
  "'a b'",
]
const HEX_STRING = [
  '|616263|',
  '|61 62 63|',
  'a|62|c',
  '|6|',
  '|61',
  '61|',
  '|6g|',
  '||',
  'abc',
  '|00|',
  '|ff|',
  '|7c|',
  'a\\\\|b',
  '"a b|20|"',
  '|61|b|63|',
  '""',
  '|0a|',
  '|22|',
  '|27|',
  '|5c|',
  `|${'41'.repeat(128)}|`,
  `|${'41'.repeat(129)}|`,
  '|C3BC|',
  'a\\|b',
]

export const MATCHES: readonly OptionSpace[] = [
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
  match('ah', { families: [4], header: '-p ah', values: { ahspi: SPI } }),
  match('ah', { families: [6], header: '-p ah', values: { ahspi: SPI, ahlen: whole(0, 0xffffffff), ahres: FLAG } }),
  match('ah', { families: [6], values: { ahspi: ['1'], ahlen: ['24'], ahres: FLAG } }),
  match('ah', { families: [4], values: { ahspi: ['1'] } }),
  match('bpf', {
    values: {
      bytecode: [
        '"1,6 0 0 0"',
        '"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',
        '"1,6 0 0 0,"',
        '"1,6 0 0"',
        '"0"',
        '""',
        '"2,6 0 0 0"',
        '"x"',
        '"1,6 0 0 0 "',
        '"1,99 0 0 0"',
        '"1,6 0 0 4294967295"',
        '"1,6 0 0 4294967296"',
        '"1,6 256 0 0"',
        '"1,65536 0 0 0"',
        '"1,4 0 0 1"',
        '"2,21 5 5 6,6 0 0 0"',
        `"64${',0 0 0 0'.repeat(63)},6 0 0 0"`,
        `"65${',0 0 0 0'.repeat(64)},6 0 0 0"`,
        '"2,96 0 0 0,6 0 0 0"',
        '"1,0x6 0 0 0"',
        '" 1,6 0 0 0"',
        '"2,32 0 0 4294963200,6 0 0 1"',
        '"2,52 0 0 0,6 0 0 0"',
        '"2,52 0 0 5,6 0 0 0"',
        '"3,96 0 0 3,22 0 0 0,6 0 0 0"',
        '"2,2 0 0 16,6 0 0 0"',
        '"2,2 0 0 15,6 0 0 0"',
        '"2,100 0 0 32,6 0 0 0"',
        '"2,52 0 0 9 ,6 0 0 0"',
        '"1,22 0 0 0"',
      ],
      'object-pinned': ['/nosuchfile'],
    },
    others: ['--bytecode "1,6 0 0 0" --object-pinned /x'],
  }),
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
  match('dccp', {
    header: '-p dccp',
    values: {
      sport: PORTS,
      'source-port': ['1'],
      dport: PORTS,
      'destination-port': ['1:2'],
      'dccp-types':
        words(`REQUEST REQUEST,RESPONSE request REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK INVALID FOO
"" REQUEST, REQUEST,REQUEST SYNC,REQUEST`),
      'dccp-option': whole(0, 255),
    },
  }),
  match('dccp', { values: { sport: ['1'] } }),
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
  match('dscp', { values: { dscp: whole(0, 63), 'dscp-class': CODES } }),
  match('ecn', { header: '-p tcp', values: { 'ecn-tcp-cwr': FLAG, 'ecn-tcp-ece': FLAG, 'ecn-ip-ect': whole(0, 3) } }),
  match('ecn', { header: '-p udp', values: { 'ecn-tcp-cwr': FLAG, 'ecn-ip-ect': ['1'] } }),
  match('ecn', { values: { 'ecn-tcp-ece': FLAG, 'ecn-ip-ect': ['1'] } }),
  match('esp', { header: '-p esp', values: { espspi: SPI } }),
  match('esp', { values: { espspi: ['1'] } }),
  match('helper', {
    needs: { helper: 'ftp' },
    values: {
      helper: ['ftp', '""', 'irc-6667', '"a b"', 'x'.repeat(29), 'x'.repeat(30), 'x'.repeat(31), 'ü', '"a\\"b"'],
    },
  }),
  match('icmp', {
    families: [4],
    header: '-p icmp',
    needs: { 'icmp-type': '8' },
    values: {
      'icmp-type': [
        '8',
        'any',
        '255',
        '255/255',
        '0',
        '0/0',
        '3/4',
        '3/1:4',
        '3/4:1',
        '3/256',
        '256',
        '-1',
        '3/',
        '/3',
        '3/x',
        'x',
        '""',
        '8/0:255',
        '3:4',
        '0x8',
        '08',
        'ANY',
        'an',
        ...'echo-reply pong destination-unreachable network-unreachable host-unreachable protocol-unreachable port-unreachable fragmentation-needed source-route-failed network-unknown host-unknown network-prohibited host-prohibited TOS-network-unreachable TOS-host-unreachable communication-prohibited host-precedence-violation precedence-cutoff source-quench redirect network-redirect host-redirect TOS-network-redirect TOS-host-redirect echo-request ping router-advertisement router-solicitation time-exceeded ttl-exceeded ttl-zero-during-transit ttl-zero-during-reassembly parameter-problem ip-header-bad required-option-missing timestamp-request timestamp-reply address-mask-request address-mask-reply'.split(
          ' ',
        ),
        'Ping',
        'echo',
        'host',
        'ttl-zero',
        'tos-host',
        '3/0:255',
        '3/5:5',
      ],
    },
  }),
  match('icmp', { families: [4], header: '-p udp', values: { 'icmp-type': ['8'] } }),
  match('icmp6', {
    families: [6],
    header: '-p icmpv6',
    needs: { 'icmpv6-type': '128' },
    values: {
      'icmpv6-type': [
        '128',
        '128/0',
        '1/3',
        '255',
        '255/255',
        '256',
        '1/256',
        '-1',
        '1/',
        '/1',
        '1/0:3',
        '1/3:0',
        'any',
        'x',
        '""',
        '0',
        '0x80',
        '1/x',
        ...'destination-unreachable no-route communication-prohibited beyond-scope address-unreachable port-unreachable failed-policy reject-route packet-too-big time-exceeded ttl-exceeded ttl-zero-during-transit ttl-zero-during-reassembly parameter-problem bad-header unknown-header-type unknown-option echo-request ping echo-reply pong router-solicitation router-advertisement neighbour-solicitation neighbor-solicitation neighbour-advertisement neighbor-advertisement redirect mld-listener-query mld-listener-report mld-listener-done'.split(
          ' ',
        ),
        'Echo-Request',
        'echo',
        'neighbo',
        'router-s',
      ],
    },
  }),
  match('icmp6', { families: [6], header: '-p tcp', values: { 'icmpv6-type': ['128'] } }),
  match('icmpv6', { families: [6], header: '-p ipv6-icmp', values: { 'icmpv6-type': ['128'] } }),
  match('ipcomp', { header: '-p ipcomp', values: { ipcompspi: SPI, compres: FLAG } }),
  match('ipcomp', { values: { ipcompspi: ['1'] } }),
  match('iprange', { families: [4], values: { 'src-range': RANGES4, 'dst-range': RANGES4 } }),
  match('iprange', { families: [6], values: { 'src-range': RANGES6, 'dst-range': RANGES6 } }),
  match('length', { needs: { length: '1' }, values: { length: ranges(65535, '1500:1500', '65536:1') } }),
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
  match('multiport', {
    header: '-p tcp',
    values: {
      dports: words(`1 1,2 1:2 1:2,3 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
1:2,3:4,5:6,7:8,9:10,11:12,13:14,15 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16 0 65535 65536 0:65535 2:1 1:1 :2 1: :
ssh ssh,http:https 1, ,1 "" -1 0x10 1,1 x 1:2:3 1,ssh:x 1:ssh`),
      sports: ['1', '1:2,ssh'],
      ports: ['1', '1:2,ssh'],
      'source-ports': ['1'],
      'destination-ports': ['1'],
    },
  }),
  ...['-p udp', '-p udplite', '-p sctp', '-p dccp', '-p icmp', '', '! -p tcp', '-p 136'].map((header) =>
    match('multiport', { header, values: { dports: ['1', 'ssh'] } }),
  ),
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
  match('sctp', {
    header: '-p sctp',
    values: {
      sport: PORTS,
      dport: PORTS,
      'source-port': ['1'],
      'destination-port': ['1'],
      'chunk-types': [
        'any DATA',
        'all DATA,INIT',
        'only DATA',
        'any ALL',
        'any NONE',
        'all ALL',
        'only ALL',
        'only NONE',
        'ANY data',
        'any INIT,INIT_ACK,SACK,HEARTBEAT,HEARTBEAT_ACK,ABORT,SHUTDOWN,SHUTDOWN_ACK,ERROR,COOKIE_ECHO,COOKIE_ACK,ECN_ECNE,ECN_CWR,SHUTDOWN_COMPLETE',
        'any ASCONF,ASCONF_ACK,FORWARD_TSN',
        'any I_DATA',
        'any RE_CONFIG',
        'any PAD',
        'any AUTH',
        'any FOO',
        'foo DATA',
        'any DATA:BE',
        'any DATA:bE',
        'all DATA:UBEI',
        'any DATA:ubei',
        'any DATA:x',
        'any DATA:',
        'any ABORT:T',
        'any ABORT:t',
        'any SHUTDOWN_COMPLETE:T',
        'any SACK:T',
        'any DATA:Bb',
        'any DATA:B,DATA:E',
        'any',
        'any ""',
        'any DATA,',
        'any 0',
        'any DATA:B:E',
        'only DATA:B,ABORT:T,SHUTDOWN_COMPLETE:t',
      ],
    },
  }),
  match('sctp', { header: '-p tcp', values: { sport: ['1'] } }),
  match('socket', { values: { transparent: FLAG, nowildcard: FLAG, 'restore-skmark': FLAG } }),
  ...['raw PREROUTING', 'mangle PREROUTING', 'filter FORWARD', 'filter OUTPUT', 'mangle POSTROUTING'].map((place) =>
    match('socket', { place, values: { transparent: FLAG } }),
  ),
  match('string', {
    needs: { string: 'abc', algo: 'bm' },
    values: {
      string: MATCH_STRING,
      algo: ['bm', 'kmp', 'fsm', 'BM', 'x', '""', 'x'.repeat(16)],
      from: [...whole(0, 0xffff), '65536', '100'],
      to: [...whole(0, 0xffff), '65536', '100'],
      icase: FLAG,
    },
    others: [
      ...HEX_STRING.map(
        (text) => `--algo bm --hex-string ${text.startsWith('"') || !/[|\\]/.test(text) ? text : `"${text}"`}`,
      ),
      '--algo kmp ! --hex-string "|61|" --icase',
      '--string a --hex-string "|61|" --algo bm',
      '--algo bm --string a --from 5 --to 4',
      '--algo bm --string a --from 4 --to 4',
      '--algo bm',
    ],
  }),
  match('tcp', {
    header: '-p tcp',
    values: {
      sport: PORTS,
      dport: PORTS,
      'source-port': ['1'],
      'destination-port': ['1'],
      syn: FLAG,
      'tcp-flags': [
        'SYN,ACK SYN',
        'ALL NONE',
        'ALL ALL',
        'NONE NONE',
        'SYN,RST,ACK,FIN SYN',
        'syn,ack syn',
        'SYN,PSH,URG,FIN PSH,URG',
        'SYN',
        'SYN FOO',
        'FOO SYN',
        'SYN "SYN,"',
        '"" ""',
        'SYN,SYN SYN',
        'SYN ACK',
        'ECE,CWR ECE',
        'ALL SYN,NONE',
        'ALL,SYN SYN',
        '" SYN" SYN',
      ],
      'tcp-option': whole(1, 255),
    },
  }),
  match('tcp', { header: '-p udp', values: { sport: ['1'] } }),
  match('tcp', { header: '! -p tcp', values: { sport: ['1'] } }),
  match('tcp', { values: { sport: ['1'] } }),
  match('tcpmss', { header: '-p tcp', needs: { mss: '1' }, values: { mss: ranges(65535) } }),
  match('tcpmss', { values: { mss: ['1'] } }),
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
  match('tos', { needs: { tos: '1' }, values: { tos: TOS } }),
  match('ttl', {
    families: [4],
    values: { 'ttl-eq': whole(0, 255), 'ttl-lt': whole(0, 255), 'ttl-gt': whole(0, 255), ttl: ['1'] },
  }),
  match('hl', {
    families: [6],
    values: { 'hl-eq': whole(0, 255), 'hl-lt': whole(0, 255), 'hl-gt': whole(0, 255), hl: ['1'] },
  }),
  match('u32', {
    needs: { u32: '0=1' },
    values: {
      u32: [
        '0=1',
        '0&0xff=1',
        '"0 & 0xFF = 0x1"',
        '0&0xff=1:2',
        '0&0xff=1,2:3',
        '0>>24=0x45',
        '0<<4=1',
        '0@4=1',
        '0>>22&0x3C@0>>24=0',
        '0=1&&4=2',
        '"0=1 && 4=2"',
        '6&0xFF=1&&4&0x3FFF=0&&0>>22&0x3C@0>>24=0',
        '0=4294967295',
        '0=4294967296',
        '4294967295=0',
        '4294967296=0',
        '0',
        '=1',
        '0=',
        '""',
        'x',
        '0=2:1',
        '0=1:',
        '0=:1',
        '0=1,',
        '0&=1',
        '0>>33=1',
        '0=1&&',
        '&&0=1',
        '0=1&4=2',
        '0=1||1=2',
        '0=0x',
        '0=1,2,3,4,5,6,7,8,9,10',
        '0=1,2,3,4,5,6,7,8,9,10,11',
        `0${'&1'.repeat(10)}=1`,
        `0${'&1'.repeat(9)}=1`,
        `0${'&1'.repeat(11)}=1`,
        Array.from({ length: 10 }, (_, n) => `${n}=1`).join('&&'),
        Array.from({ length: 11 }, (_, n) => `${n}=1`).join('&&'),
        '0 =1',
        '"0=1 : 2"',
        '0=-1',
        '010=1',
        '0^1=1',
      ],
    },
  }),
  match('udp', {
    header: '-p udp',
    values: { sport: PORTS, dport: PORTS, 'source-port': ['1'], 'destination-port': ['1'] },
  }),
  match('udp', { header: '-p tcp', values: { sport: ['1'] } }),
  match('dst', { families: [6], values: { 'dst-len': whole(0, 0xffffffff), 'dst-opts': OPTIONS6() } }),
  match('hbh', { families: [6], values: { 'hbh-len': whole(0, 0xffffffff), 'hbh-opts': OPTIONS6() } }),
  match('eui64', { families: [6], values: {} }),
  ...['raw PREROUTING', 'filter FORWARD', 'filter OUTPUT', 'mangle POSTROUTING'].map((place) =>
    match('eui64', { families: [6], place, values: {} }),
  ),
  match('frag', {
    families: [6],
    values: {
      fragid: SPI,
      fraglen: whole(0, 0xffffffff),
      fragres: FLAG,
      fragfirst: FLAG,
      fragmore: FLAG,
      fraglast: FLAG,
    },
  }),
  match('ipv6header', {
    families: [6],
    needs: { header: 'hop' },
    values: {
      header:
        words(`hop hop-by-hop dst ipv6-opts route ipv6-route frag ipv6-frag auth ah esp none ipv6-nonxt prot protocol hop,dst
hop,route,frag,auth,esp,none,prot,dst HOP proto x "" hop, 0 60 43 44 50 51 59 255 6 hop,hop tcp`),
      soft: FLAG,
    },
  }),
  match('mh', {
    families: [6],
    header: '-p mobility-header',
    values: {
      'mh-type':
        words(`1 0 7 8 255 256 1:3 3:1 :3 1: : binding-refresh-request brr home-test-init hoti careof-test-init coti home-test
hot careof-test cot binding-update bu binding-acknowledgement ba binding-error be BU x "" brr:bu home hot:7 0x1
binding-`),
    },
  }),
  match('mh', { families: [6], values: { 'mh-type': ['1'] } }),
  match('mh', { families: [6], header: '-p tcp', values: { 'mh-type': ['1'] } }),
  match('rt', {
    families: [6],
    values: {
      'rt-type': whole(0, 0xffffffff),
      'rt-segsleft': SPI,
      'rt-len': whole(0, 0xffffffff),
      'rt-0-res': FLAG,
      'rt-0-addrs': [
        '::1',
        '::1,::2',
        Array.from({ length: 16 }, (_, n) => `::${n + 1}`).join(','),
        Array.from({ length: 17 }, (_, n) => `::${n + 1}`).join(','),
        '',
        'x',
        '10.0.0.1',
        '::1,',
      ].filter((text) => text !== ''),
      'rt-0-not-strict': FLAG,
    },
    others: [
      '--rt-type 0 --rt-0-res',
      '--rt-type 0 --rt-0-addrs ::1',
      '--rt-type 0 --rt-0-addrs ::1,::2 --rt-0-not-strict',
      '--rt-type 0 --rt-0-not-strict',
      '! --rt-type 0 --rt-0-res',
      '--rt-type 1 --rt-0-addrs ::1',
      '--rt-type 0 --rt-0-res --rt-0-addrs ::1 --rt-len 24 --rt-segsleft 0:3',
    ],
  }),
  match('srh', {
    families: [6],
    values: {
      'srh-next-hdr': whole(0, 255),
      'srh-hdr-len-eq': whole(0, 255),
      'srh-hdr-len-gt': ['5', '255', '256'],
      'srh-hdr-len-lt': ['6', '255', '256'],
      'srh-segs-left-eq': whole(0, 255),
      'srh-segs-left-gt': ['5', '255', '256'],
      'srh-segs-left-lt': ['6', '255', '256'],
      'srh-last-entry-eq': whole(0, 255),
      'srh-last-entry-gt': ['5', '255', '256'],
      'srh-last-entry-lt': ['6', '255', '256'],
      'srh-tag': whole(0, 65535),
      'srh-psid': ADDRESSES6,
      'srh-nsid': ADDRESSES6,
      'srh-lsid': ADDRESSES6,
    },
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

function OPTIONS6(): string[] {
  return [
    '1',
    '1:4',
    '1,2',
    '1:4,2:8',
    '0',
    '255',
    '256',
    '1:255',
    '1:256',
    '1:0',
    ':1',
    '1:',
    'x',
    '""',
    '1,',
    ',1',
    Array.from({ length: 16 }, (_, n) => `${n}:4`).join(','),
    Array.from({ length: 17 }, (_, n) => `${n}`).join(','),
    '0x1:0x4',
    '1:2:3',
  ]
}
