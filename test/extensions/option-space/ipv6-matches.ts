/**
 * The options of the matches that look at headers of IPv6 alone.
 */
import { FLAG, match, type OptionSpace, ranges, whole, words } from './space.js'

const ADDRESSES6 =
  words(`2001:db8::1 2001:db8::1/64 ::/0 :: ::1 fe80::1/10 1::2::3 2001:db8::1/129 x "" 10.0.0.1 ::ffff:1.2.3.4
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1/ffff:: 1::,2::`)

const SPI = ranges(0xffffffff)

export const IPV6_MATCHES: readonly OptionSpace[] = [
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
  match('hl', {
    families: [6],
    values: { 'hl-eq': whole(0, 255), 'hl-lt': whole(0, 255), 'hl-gt': whole(0, 255), hl: ['1'] },
  }),
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
