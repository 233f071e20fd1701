/**
 * The options of the matches that remember what came before, or ask sets.
 */
import { FLAG, match, type OptionSpace, ranges, whole, words } from './space.js'

const RATES =
  words(`5/sec 5 5/s 5/second 5/min 5/minute 5/m 5/h 5/hour 5/d 5/day 1/day 0/sec 10000/sec 10001/sec 9999/s 1000000/s
60/min 120/min 3600/hour 86400/day 5/x 5/secs 5/ /sec x/sec "" -1/sec 5/SEC 5/Min 5.5/sec 05/sec 0x5/sec 33/min
7/sec 3/sec 333/sec 3333/sec 6667/sec 17/hour 59/min 61/min 1/hour`)

const HASH_RATES = [
  ...RATES,
  '1000001/s',
  '4294967295/sec',
  '4294967296/sec',
  '1b/s',
  '100b/s',
  '512kb/s',
  '1kb/s',
  '1mb/s',
  '4096mb/s',
  '5000mb/s',
  '1gb/s',
  '1b',
  '1kb/min',
  '16b/s',
  '15b/s',
  '4294967295b/s',
  '4294967296b/s',
  '1kB/s',
  '1MB/s',
  '3mb/s',
  '1000kb/s',
]
const BURSTS = [
  ...whole(1, 0xffffffff),
  '0',
  '5',
  '10000',
  '10001',
  '1000000',
  '1000001',
  '1kb',
  '10mb',
  '1b',
  '5kb',
  '4096mb',
  '1gb',
  '1kB',
]

const RATES_OF_BITS = [
  '8bit',
  ...words(`8 0 1 7 16bit 1kbit 5Kibit 1000Kibit 1mbit 1mibit 1234567bit 12345678 1gbit 999999999bit 1gibit 3gibit 1tbit
1tibit 1Bps 1kbps 1KiBps 1MBps 1MiBps 1GBps 1GiBps 1TBps 1TiBps 100TBps 8BIT 1e3 1.5kbit .5kbit 5. 0x10 x 5x "" 5bits
34359738360bit 34359738368bit 1000004bit 1000012bit inf +8`),
]

export const STATEFUL_MATCHES: readonly OptionSpace[] = [
  match('connbytes', {
    needs: { connbytes: '1', 'connbytes-dir': 'both', 'connbytes-mode': 'bytes' },
    values: {
      connbytes: ranges(0xffffffffffffffffn),
      'connbytes-dir': words(`both original reply BOTH x "" orig`),
      'connbytes-mode': words(`bytes packets avgpkt BYTES x "" avg`),
    },
  }),
  match('connlabel', {
    needs: { label: '1' },
    values: { label: [...whole(0, 127), '0', '"a b"', 'nosuchlabel'], set: FLAG },
  }),
  match('connlimit', {
    needs: { 'connlimit-above': '1' },
    values: {
      'connlimit-above': whole(0, 0xffffffff),
      'connlimit-upto': whole(0, 0xffffffff),
      'connlimit-mask': words(`0 1 24 31 32 33 127 128 129 -1 x "" 255.255.255.0 ffff:: 0x18 255.0.255.0`),
      'connlimit-saddr': FLAG,
      'connlimit-daddr': FLAG,
    },
  }),
  match('limit', {
    values: { limit: RATES, 'limit-burst': [...whole(1, 10000), '0', '5', '10000', '10001', '4294967295'] },
    others: [
      '--limit 5/day --limit-burst 10000',
      '--limit 1/hour --limit-burst 5',
      '--limit 1/day --limit-burst 1',
      '--limit 10000/sec --limit-burst 10000',
    ],
  }),
  match('hashlimit', {
    needs: { 'hashlimit-upto': '5/sec', 'hashlimit-name': 'h@' },
    values: {
      'hashlimit-upto': HASH_RATES,
      'hashlimit-above': HASH_RATES,
      hashlimit: ['5/sec', '0/sec'],
      'hashlimit-srcmask': words(`24 0 1 32 33 64 128 129 -1 x "" 255.255.255.0 255.0.255.0 ffff:ffff::`),
      'hashlimit-dstmask': words(`24 0 32 33 128 129`),
      'hashlimit-burst': BURSTS,
      'hashlimit-htable-size': whole(0, 0xffffffff),
      'hashlimit-htable-max': whole(0, 0xffffffff),
      'hashlimit-htable-gcinterval': ['500', ...whole(0, 0xffffffff)],
      'hashlimit-htable-expire': ['5000', ...whole(0, 0xffffffff)],
      'hashlimit-mode':
        words(`srcip dstip srcport dstport srcip,dstport dstport,srcip srcip,dstip,srcport,dstport SRCIP x "" srcip,
srcip,srcip`),
      'hashlimit-name': ['h@', '""', 'a/b', '"a b@"', '.', '..', 'x'.repeat(250) + '@', 'x'.repeat(300), '"a\\"@"'],
      'hashlimit-rate-match': FLAG,
      'hashlimit-rate-interval': ['5', ...whole(1, 0xffffffff)],
    },
    others: ['10000/sec', '1mb/s', '5/min', '1/day', '1/hour']
      .flatMap((rate) =>
        BURSTS.slice(0, 3)
          .concat('5', '10', '1kb', '10mb', '10000')
          .map((burst) => `--hashlimit-above ${rate} --hashlimit-burst ${burst} --hashlimit-name h@`),
      )
      .concat(
        ['1kb/s', '5/min', '1000000/s'].flatMap((rate) =>
          [
            '',
            '--hashlimit-rate-interval 3',
            '--hashlimit-burst 7',
            '--hashlimit-rate-interval 1 --hashlimit-burst 5',
          ].map((more) => `--hashlimit-upto ${rate} --hashlimit-name h@ --hashlimit-rate-match ${more}`),
        ),
      ),
  }),
  match('quota', { needs: { quota: '1' }, values: { quota: whole(0, 0xffffffffffffffffn) } }),
  match('rateest', {
    needs: { rateest: 'e1', 'rateest-gt': '', 'rateest-bps': '8bit' },
    values: {
      rateest: ['e1', 'e3', '""', 'x'.repeat(16)],
      rateest1: ['e1', 'e3'],
      rateest2: ['e2', 'e1', 'e3'],
      'rateest-delta': FLAG,
      'rateest-lt': FLAG,
      'rateest-gt': FLAG,
      'rateest-eq': FLAG,
      'rateest-bps': RATES_OF_BITS,
      'rateest-bps1': RATES_OF_BITS,
      'rateest-bps2': RATES_OF_BITS,
      'rateest-pps': whole(0, 0xffffffff),
      'rateest-pps1': whole(0, 0xffffffff),
      'rateest-pps2': whole(0, 0xffffffff),
    },
    others: [
      '--rateest1 e1 --rateest2 e2 --rateest-lt --rateest-bps',
      '--rateest1 e1 --rateest2 e2 ! --rateest-eq --rateest-pps',
      '--rateest1 e1 --rateest2 e2 --rateest-lt --rateest-bps --rateest-pps',
      '--rateest1 e1 --rateest2 e2 --rateest-lt --rateest-bps 5 --rateest-pps1 6',
      '--rateest1 e1 --rateest-bps1 5kbit --rateest-pps1 7 --rateest-delta --rateest-gt --rateest-bps2 1mbit --rateest2 e2',
      '--rateest e1 --rateest-delta --rateest-pps1 5 --rateest-eq --rateest-bps2 10000',
      '--rateest e1 --rateest-delta --rateest-bps1 5 --rateest-bps2 6 ! --rateest-gt',
      '--rateest e1 --rateest-bps1 5 --rateest-bps2 6 --rateest-gt',
      '--rateest e1 --rateest-bps --rateest-gt',
      '--rateest e1 --rateest-pps --rateest-gt',
      '--rateest e1 --rateest-gt --rateest-lt ! --rateest-eq --rateest-pps 5',
      '--rateest e1 ! --rateest-gt --rateest-lt --rateest-pps 5',
      '--rateest e1 --rateest-pps 5',
      '--rateest e1 --rateest-gt',
      '--rateest-gt --rateest-pps 5',
    ],
  }),
  match('recent', {
    needs: { set: '', name: 'r@' },
    values: {
      set: FLAG,
      rcheck: FLAG,
      update: FLAG,
      remove: FLAG,
      rttl: FLAG,
      reap: FLAG,
      rsource: FLAG,
      rdest: FLAG,
      seconds: ['5', ...whole(1, 0xffffffff)],
      hitcount: ['2', ...whole(0, 255), '20', '21', '32', '33', '64', '128', '129'],
      name: ['r@', '""', 'a/b', '"a b@"', 'x'.repeat(190) + '@', 'x'.repeat(200) + '@', '.', '..'],
      mask: words(
        `255.255.255.0 0.0.0.0 255.255.255.255 255.0.255.0 ffff:ffff:: :: 24 x "" ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff`,
      ),
    },
    others: ['rcheck', 'update', 'remove']
      .flatMap((kind) =>
        [
          '',
          '--seconds 5',
          '--hitcount 2',
          '--hitcount 2 --seconds 5',
          '--rttl',
          '--reap',
          '--reap --seconds 5',
          '--seconds 5 --hitcount 3 --rttl --reap --rdest',
          '--seconds 0',
          '--hitcount 0',
        ].flatMap((more) => [`--${kind} ${more} --name r@`, `! --${kind} ${more} --name r@`]),
      )
      .concat([
        '--set --hitcount 2 --name r@',
        '--set --seconds 2 --name r@',
        '--set --rttl --name r@',
        '--rcheck',
        '--set --update',
        '--name r@',
      ]),
  }),
  match('statistic', {
    needs: { mode: 'random', probability: '0.5' },
    values: {
      mode: ['random', 'nth', 'RANDOM', 'x', '""'],
      probability: words(
        `0.5 0 1 1.0 0.3333 0.00001 0.99999 1.1 -0.1 x "" .5 5e-1 1e-12 0.25 0.1 0x1 50% 0.123456789012  inf`,
      ),
      every: ['2', ...whole(1, 0xffffffff), '10'],
      packet: ['0', '1'],
    },
    others: [
      '--mode nth --every 2',
      '--mode nth --every 2 --packet 0',
      '--mode nth --every 2 --packet 1',
      '--mode nth --every 2 --packet 2',
      '--mode nth ! --every 3 --packet 2',
      '--mode nth --packet 0',
      '--mode nth --every 1',
      '--mode nth --every 0',
      '--mode nth --every 4294967295',
      '--mode nth --every 4294967295 --packet 4294967294',
      '--mode nth --every 4294967296',
      '--mode nth --every 5 --packet 0x2',
      '--mode nth --every 5 --packet -1',
      '--mode nth --every 5 --probability 0.5',
      '--mode random --every 5',
      '--mode random ! --probability 0.2',
      '--mode random',
    ],
  }),
  match('set', {
    needs: { 'match-set': 'hs src' },
    values: {
      'match-set': [
        'hs src',
        'hs dst',
        'hs src,dst',
        'hs src,src,src,src,src,src',
        'hs src,src,src,src,src,src,src',
        'nosuchset src',
        'hs x',
        'hs',
        'hs ""',
        'ls src',
      ],
      set: ['hs src'],
      'return-nomatch': FLAG,
      'update-counters': FLAG,
      'update-subcounters': FLAG,
      'packets-eq': whole(0, 0xffffffffffffffffn),
      'packets-lt': ['5', '0'],
      'packets-gt': ['5', '0'],
      'bytes-eq': whole(0, 0xffffffffffffffffn),
      'bytes-lt': ['5', '0'],
      'bytes-gt': ['5', '0'],
    },
    others: [
      '--match-set hs src ! --update-counters --packets-gt 3 --bytes-lt 4',
      '! --match-set hs src ! --packets-eq 5',
      '--match-set hs src ! --bytes-eq 5 --packets-lt 0',
    ],
  }),
]
