/**
 * The options of the targets that are not of the table nat.
 */
import { everywhere, FLAG, masked, type OptionSpace, target, whole, words } from './space.js'

const TEXTS = ['x', '"a b"', '""', '"a\\"b"', "it's", 'a\\\\b', 'ü', '"x: "', '!', '"-x"', '#']

const TOS = [
  ...masked(255),
  'Minimize-Delay',
  'normal-service',
  'Maximize-Reliability',
  'Foo',
  '0x10/0x3f',
  '255/0',
  '0/255',
]

export const TARGETS: readonly OptionSpace[] = [
  target('AUDIT', {
    needs: { type: 'accept' },
    values: { type: words(`accept drop reject ACCEPT Drop x "" acc`) },
  }),
  ...everywhere('CHECKSUM', { 'checksum-fill': FLAG }),
  target('CLASSIFY', {
    place: 'mangle POSTROUTING',
    needs: { 'set-class': '1:2' },
    values: {
      'set-class': [...words(`1:2 0:0 ffff:ffff 10000:0 0:10000 1 1: :1 0x1:0x2 g:1 x "" 1:2:3 ABCD:ef -1:1`), '1 :2'],
    },
  }),
  ...everywhere('CLASSIFY', { 'set-class': ['1:2'] }),
  target('CONNMARK', {
    place: 'mangle PREROUTING',
    values: {
      'set-xmark': masked(0xffffffff),
      'set-mark': masked(0xffffffff),
      'and-mark': whole(0, 0xffffffff),
      'or-mark': whole(0, 0xffffffff),
      'xor-mark': whole(0, 0xffffffff),
      'save-mark': FLAG,
      'restore-mark': FLAG,
      'left-shift-mark': [...whole(0, 31), '32'],
      'right-shift-mark': whole(0, 31),
      ctmask: ['1'],
      nfmask: ['1'],
      mask: ['1'],
    },
    others: ['save', 'restore']
      .flatMap((kind) =>
        [
          '',
          '--mask 0xff',
          '--nfmask 0xff --ctmask 0xf0',
          '--nfmask 1',
          '--ctmask 1',
          '--mask 0',
          '--mask 0xffffffff',
          '--mask x',
          '--mask 4294967296',
          '--nfmask 0xffffffff --ctmask 0xffffffff',
          '--mask 1 --nfmask 2',
          '--mask 1 --ctmask 2',
          '--left-shift-mark 4',
          '--right-shift-mark 4 --mask 0xff',
          '--left-shift-mark 1 --right-shift-mark 1',
          '--left-shift-mark 4 --nfmask 0xf --ctmask 0xff',
        ].map((more) => `--${kind}-mark ${more}`),
      )
      .concat([
        '--set-xmark 1 --left-shift-mark 4',
        '--set-mark 1/2 --right-shift-mark 4',
        '--and-mark 1 --left-shift-mark 3',
        '--set-mark 1 --mask 2',
        '--set-xmark 5/7 --mask 2',
      ]),
  }),
  ...everywhere('CONNMARK', { 'set-mark': ['1'] }),
  ...everywhere('CONNSECMARK', { save: FLAG, restore: FLAG }),
  target('DSCP', {
    place: 'mangle PREROUTING',
    values: {
      'set-dscp': whole(0, 63),
      'set-dscp-class': words(`CS0 cs1 EF BE AF43 af11 AF44 "" 1 LE`),
    },
  }),
  ...everywhere('DSCP', { 'set-dscp': ['1'] }),
  target('ECN', {
    families: [4],
    place: 'mangle PREROUTING',
    header: '-p tcp',
    values: {
      'ecn-tcp-remove': FLAG,
      'ecn-tcp-cwr': whole(0, 1),
      'ecn-tcp-ece': whole(0, 1),
      'ecn-ip-ect': whole(0, 3),
    },
  }),
  target('ECN', {
    families: [4],
    place: 'mangle PREROUTING',
    values: { 'ecn-tcp-remove': FLAG, 'ecn-tcp-cwr': ['1'], 'ecn-ip-ect': ['1'] },
  }),
  ...everywhere('ECN', { 'ecn-ip-ect': ['1'] }, { families: [4] }),
  target('HMARK', {
    place: 'mangle PREROUTING',
    header: '-p tcp',
    needs: { 'hmark-tuple': 'src,dst', 'hmark-mod': '7', 'hmark-rnd': '1' },
    values: {
      'hmark-tuple':
        words(`src,dst src dst sport dport spi ct proto src,dst,sport,dport,proto ct,src sp sport,dport src,spi x "" SRC src, s
src,src d`),
      'hmark-src-prefix': whole(0, 32, '64', '128', '129', '24'),
      'hmark-dst-prefix': ['24', '128'],
      'hmark-sport-mask': whole(0, 0xffff),
      'hmark-dport-mask': whole(0, 0xffff),
      'hmark-spi-mask': whole(0, 0xffffffff),
      'hmark-sport': words(`80 0 65535 65536 x 0x50`),
      'hmark-dport': ['80', '0', '65535'],
      'hmark-spi': whole(0, 0xffffffff),
      'hmark-proto-mask': whole(0, 0xffff, '255', '256'),
      'hmark-rnd': whole(0, 0xffffffff),
      'hmark-mod': whole(1, 0xffffffff),
      'hmark-offset': whole(0, 0xffffffff),
    },
    others: [
      '--hmark-src-prefix 24 --hmark-mod 5 --hmark-rnd 1',
      '--hmark-mod 5 --hmark-rnd 1',
      '--hmark-tuple src --hmark-mod 5',
      '--hmark-tuple src --hmark-rnd 5',
      '--hmark-tuple src --hmark-src-prefix 24 --hmark-mod 5 --hmark-rnd 1',
      '--hmark-sport-mask 1 --hmark-spi-mask 1 --hmark-mod 5 --hmark-rnd 2',
      '--hmark-spi-mask 1 --hmark-mod 5 --hmark-rnd 2',
    ],
  }),
  target('HMARK', {
    place: 'mangle PREROUTING',
    header: '-p esp',
    values: {},
    others: [
      '--hmark-spi-mask 1 --hmark-mod 5 --hmark-rnd 2',
      '--hmark-spi 1 --hmark-mod 5 --hmark-rnd 2',
      '--hmark-tuple src,spi --hmark-mod 5 --hmark-rnd 2',
    ],
  }),
  ...everywhere(
    'HMARK',
    { 'hmark-mod': ['5'] },
    { needs: { 'hmark-tuple': 'src', 'hmark-mod': '5', 'hmark-rnd': '1' } },
  ),
  target('IDLETIMER', {
    needs: { timeout: '5', label: 'i@' },
    values: {
      timeout: whole(1, 0xffffffff, '86400', '4294967', '4294968', '2147483', '8589934', '8589935', '100000'),
      label: ['i@', '""', '"a b@"', 'x'.repeat(27), 'x'.repeat(28), 'a/b', 'power', '.', '..'],
      alarm: FLAG,
    },
  }),
  target('LOG', {
    values: {
      'log-level': words(
        `0 7 8 -1 warning alert crit debug emerg error info notice panic WARNING warn e err x "" 4 04 0x4 deb`,
      ),
      'log-prefix': [...TEXTS, 'x'.repeat(28), 'x'.repeat(29), 'x'.repeat(30), 'x'.repeat(31), '"a\tb"'],
      'log-tcp-sequence': FLAG,
      'log-tcp-options': FLAG,
      'log-ip-options': FLAG,
      'log-uid': FLAG,
      'log-macdecode': FLAG,
    },
  }),
  target('MARK', {
    values: {
      'set-xmark': masked(0xffffffff),
      'set-mark': masked(0xffffffff),
      'and-mark': whole(0, 0xffffffff),
      'or-mark': whole(0, 0xffffffff),
      'xor-mark': whole(0, 0xffffffff),
    },
  }),
  ...everywhere('MARK', { 'set-mark': ['1'] }),
  target('NFLOG', {
    values: {
      'nflog-group': whole(0, 65535),
      'nflog-prefix': [...TEXTS, 'x'.repeat(62), 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65)],
      'nflog-range': whole(0, 0xffffffff),
      'nflog-size': whole(0, 0xffffffff),
      'nflog-threshold': whole(0, 65535),
    },
  }),
  target('NFQUEUE', {
    values: {
      'queue-num': whole(0, 65535),
      'queue-balance': words(
        `0:1 1:0 0:65535 0:65534 1:1 0 1: :1 x "" 0:65536 1:2:3 0-1 1:65535 2:65535 65534: 65535: : :5`,
      ),
      'queue-bypass': FLAG,
      'queue-cpu-fanout': FLAG,
    },
    others: ['--queue-balance 0:3 --queue-cpu-fanout', '--queue-num 1 --queue-cpu-fanout'],
  }),
  ...everywhere('NFQUEUE', { 'queue-num': ['1'] }),
  target('RATEEST', {
    needs: { 'rateest-name': 'e@', 'rateest-interval': '1s', 'rateest-ewmalog': '4s' },
    values: {
      'rateest-name': ['e@', '"a b@"', '""', 'x'.repeat(15), 'x'.repeat(16)],
      'rateest-interval':
        words(`1s 250ms 249ms 251ms 500ms 1sec 1secs 1000ms 1000msec 1000msecs 250000us 250000usec 250000usecs 0.5s 8s 8001ms 0
-1s 1 250000 1m 1min x "" 3s 1e0s .5s 5.s`),
      'rateest-ewmalog': words(`4s 500ms 1s 100ms 1000s 4294s 4295s 2s 1us 0 x 0.9s 1.4s 1.5s 3s 3.4s 3.5s`),
    },
    // There is an estimator e1 already.
    others: [
      '--rateest-name e1 --rateest-interval 1s --rateest-ewmalog 4s',
      '--rateest-name e1 --rateest-interval 0.9s --rateest-ewmalog 4s',
      '--rateest-name e1 --rateest-interval 500ms --rateest-ewmalog 4s',
      '--rateest-name e1 --rateest-interval 1s --rateest-ewmalog 8s',
    ],
  }),
  target('REJECT', {
    families: [4],
    values: {
      'reject-with': [
        'icmp-port-unreachable',
        ...'icmp-net-unreachable icmp-host-unreachable icmp-proto-unreachable icmp-net-prohibited icmp-host-prohibited icmp-admin-prohibited net-unreach host-unreach proto-unreach port-unreach net-prohib host-prohib admin-prohib tcp-reset tcp-rst echo-reply icmp-net icmp ICMP-Net-Unreachable x'.split(
          ' ',
        ),
        '""',
        'port',
        'net-',
        'icmp-host',
      ],
    },
    others: [''],
  }),
  target('REJECT', {
    families: [4, 6],
    header: '-p tcp',
    values: { 'reject-with': ['tcp-reset', 'tcp-rst', 'tcp', 'TCP-RESET', 't'] },
  }),
  target('REJECT', { header: '! -p tcp', values: { 'reject-with': ['tcp-reset'] } }),
  target('REJECT', {
    families: [6],
    values: {
      'reject-with': [
        'icmp6-port-unreachable',
        ...'icmp6-no-route no-route icmp6-adm-prohibited adm-prohibited icmp6-addr-unreachable addr-unreach icmp6-port-unreachable port-unreach icmp6-policy-fail policy-fail icmp6-reject-route reject-route tcp-reset icmp6 x icmp6-beyond-scope'.split(
          ' ',
        ),
        '""',
        'adm',
        'p',
      ],
    },
    others: [''],
  }),
  ...everywhere('REJECT', {}, { others: [''] }),
  target('SET', {
    values: {
      'add-set': [
        'hs src',
        'hs dst',
        'hs src,dst',
        'hs src,src,src,src,src,src',
        'hs src,src,src,src,src,src,src',
        'hs x',
        'nosuchset src',
        'hs',
        'hs ""',
        'ls src',
        'hs SRC',
      ],
      'del-set': ['hs src', 'hs2 src,dst', 'nosuchset src'],
      'map-set': ['hs src'],
      exist: FLAG,
      timeout: whole(0, 2147483, '0'),
      'map-mark': FLAG,
      'map-prio': FLAG,
      'map-queue': FLAG,
    },
    others: [
      '--add-set hs src --exist',
      '--add-set hs src --exist --timeout 5',
      '--add-set hs src --timeout 0',
      '--del-set hs src --exist',
      '--del-set hs src --timeout 5',
      '--add-set hs src --del-set hs2 dst,src',
      '--exist',
      '--add-set hs src ! --exist',
    ],
  }),
  target('SET', {
    place: 'mangle FORWARD',
    values: {},
    others: [
      '--map-set hs src',
      '--map-set hs src --map-mark',
      '--map-set hs src --map-prio',
      '--map-set hs src --map-queue',
      '--map-set hs src --map-mark --map-prio --map-queue',
      '--map-set hs src --exist',
      '--add-set hs src --map-set hs src --map-mark',
      '--map-mark',
    ],
  }),
  target('SET', {
    place: 'mangle PREROUTING',
    values: {},
    others: ['--map-set hs src --map-mark', '--map-set hs src --map-prio', '--map-set hs src --map-queue'],
  }),
  target('SET', {
    place: 'mangle POSTROUTING',
    values: {},
    others: ['--map-set hs src --map-mark', '--map-set hs src --map-prio', '--map-set hs src --map-queue'],
  }),
  target('SET', {
    place: 'mangle OUTPUT',
    values: {},
    others: ['--map-set hs src --map-prio', '--map-set hs src --map-queue'],
  }),
  target('SYNPROXY', {
    header: '-p tcp',
    values: {
      'sack-perm': FLAG,
      timestamp: FLAG,
      ecn: FLAG,
      wscale: whole(0, 14, '15', '255', '256'),
      mss: whole(0, 65535),
    },
  }),
  ...everywhere('SYNPROXY', { mss: ['1460'] }, { header: '-p tcp' }),
  target('SYNPROXY', { values: { mss: ['1460'] } }),
  target('TCPMSS', {
    place: 'mangle FORWARD',
    header: '-p tcp --syn',
    values: { 'set-mss': whole(0, 65495, '65496', '65535', '65536'), 'clamp-mss-to-pmtu': FLAG },
  }),
  ...[
    '-p tcp',
    '-p udp',
    '',
    '-p tcp --tcp-flags SYN,RST SYN',
    '-p tcp --tcp-flags ALL SYN',
    '-p tcp ! --syn',
    '-p tcp --tcp-flags ALL ALL',
    '-p tcp --tcp-flags SYN,ACK SYN,ACK',
    '-p tcp --dport 80',
    '-p tcp ! --tcp-flags SYN SYN',
  ].map((header) => target('TCPMSS', { place: 'mangle FORWARD', header, values: { 'set-mss': ['1000'] } })),
  ...everywhere('TCPMSS', { 'set-mss': ['1'], 'clamp-mss-to-pmtu': FLAG }, { header: '-p tcp --syn' }),
  target('TCPOPTSTRIP', {
    place: 'mangle PREROUTING',
    header: '-p tcp',
    values: {
      'strip-options':
        words(`2 0 1 255 256 -1 mss wscale sack-permitted sack timestamp md5 MSS x "" 2,3 mss,wscale 2, 2,2 0x2 3,2 1,0
timestamp,5,4`),
    },
  }),
  ...everywhere('TCPOPTSTRIP', { 'strip-options': ['2'] }, { header: '-p tcp' }),
  target('TCPOPTSTRIP', { place: 'mangle PREROUTING', values: { 'strip-options': ['2'] } }),
  target('TEE', {
    families: [4],
    needs: { gateway: '10.0.0.1' },
    values: {
      gateway: words(`10.0.0.1 0.0.0.0 ::1 x "" 10.0.0.1/24 255.255.255.255 10.1`),
      oif: ['eth0', '""', 'x'.repeat(15), 'x'.repeat(16), 'eth+', '"a b"'],
    },
  }),
  target('TEE', {
    families: [6],
    needs: { gateway: '2001:db8::1' },
    values: { gateway: words(`2001:db8::1 :: 10.0.0.1 x "" ::1/64`), oif: ['eth0', 'x'.repeat(15)] },
  }),
  target('TOS', {
    place: 'mangle PREROUTING',
    values: { 'set-tos': TOS, 'and-tos': whole(0, 255), 'or-tos': whole(0, 255), 'xor-tos': whole(0, 255) },
  }),
  ...everywhere('TOS', { 'set-tos': ['1'] }),
  target('TPROXY', {
    place: 'mangle PREROUTING',
    header: '-p tcp',
    needs: { 'on-port': '1' },
    values: { 'on-port': whole(0, 65535, 'ssh'), 'tproxy-mark': masked(0xffffffff) },
  }),
  target('TPROXY', {
    families: [4],
    place: 'mangle PREROUTING',
    header: '-p udp',
    needs: { 'on-port': '1' },
    values: { 'on-ip': words(`10.0.0.1 0.0.0.0 ::1 x "" 10.1 10.0.0.1/24`) },
  }),
  target('TPROXY', {
    families: [6],
    place: 'mangle PREROUTING',
    header: '-p udp',
    needs: { 'on-port': '1' },
    values: { 'on-ip': ['::1', '::', '10.0.0.1', 'x', '""'] },
  }),
  ...everywhere('TPROXY', { 'on-port': ['1'] }, { header: '-p tcp' }),
  ...['', '-p icmp', '! -p tcp'].map((header) =>
    target('TPROXY', { place: 'mangle PREROUTING', header, values: { 'on-port': ['1'] } }),
  ),
  target('CT', {
    place: 'raw PREROUTING',
    values: {
      notrack: FLAG,
      ctevents: words('new new,related destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark NEW x "" new,'),
      expevents: words('new NEW x ""'),
      zone: [...whole(0, 65535), 'mark'],
      'zone-orig': [...whole(0, 65535), 'mark'],
      'zone-reply': [...whole(0, 65535), 'mark'],
    },
    others: [''],
  }),
  ...everywhere('CT', { notrack: FLAG }),
  ...everywhere('TRACE', {}, { others: [''] }),
  ...everywhere('NOTRACK', {}, { others: [''] }),
  target('TTL', {
    families: [4],
    place: 'mangle PREROUTING',
    values: { 'ttl-set': whole(0, 255), 'ttl-dec': whole(1, 255), 'ttl-inc': whole(1, 255) },
  }),
  target('HL', {
    families: [6],
    place: 'mangle PREROUTING',
    values: { 'hl-set': whole(0, 255), 'hl-dec': whole(1, 255), 'hl-inc': whole(1, 255) },
  }),
  ...everywhere('TTL', { 'ttl-set': ['1'] }, { families: [4] }),
  ...everywhere('HL', { 'hl-set': ['1'] }, { families: [6] }),
]
