/**
 * The helpers of IRC, Amanda, SANE and NetBIOS names, without and behind NAT.
 */
import type { BoxSketch } from '../box-directory.js'
import { tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { TcpTalk } from '../tcp-talk.js'
import { ROUTER } from './boxes.js'
import { helperRules } from './helpers.js'

const MASQUERADE = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.2/32 -p udp -m udp --dport 10080 -j DNAT --to-destination 192.168.1.10
-A POSTROUTING -o wan0 -j MASQUERADE
COMMIT
`
const IRC = helperRules('-p tcp -m tcp --dport 6667 -j CT --helper irc')
const AMANDA = helperRules('-p udp -m udp --dport 10080 -j CT --helper amanda')
const SANE = helperRules('-p tcp -m tcp --dport 6566 -j CT --helper sane')
/** 192.168.1.5 and 192.168.1.50 as IRC writes them. */
const FIVE = '3232235781'
const FIFTY = '3232235826'

function offers(irc: TcpTalk, text: string, lengthened = 0): PlacedPacket {
  return irc.say('client', `PRIVMSG friend :\u0001DCC ${text}\u0001\r\n`, lengthened)
}

function comes(ends: string): PlacedPacket {
  return on('wan0', tcp(ends, 'S', { seq: 77 }))
}

/** A box whose address has a broadcast address, as dhcp clients set it. */
const HOME: BoxSketch = {
  interfaces: { eth0: ['10.0.0.1/24', '2001:db8::1/64'] },
  commands: ['route add default via 10.0.0.254', 'address add 10.0.1.1/24 broadcast 10.0.1.255 dev eth0'],
}

export const OTHER_HELPERS: readonly Scenario[] = [
  {
    title: 'irc: direct connections that a client offers',
    box: ROUTER,
    rules: IRC,
    packets: ((): PlacedPacket[] => {
      const irc = new TcpTalk(
        '192.168.1.5:4000 > 198.51.100.7:6667',
        '198.51.100.7:6667 > 192.168.1.5:4000',
        'lan0',
        'wan0',
      )
      return [
        ...irc.open(),
        irc.say('server', ':server 001 you :welcome\r\n'),
        offers(irc, `SEND file ${FIVE} 5000 100`),
        comes('203.0.113.9:1 > 192.168.1.5:5000'),
        comes('203.0.113.8:1 > 192.168.1.5:5000'),
        offers(irc, `CHAT chat ${FIVE} 5001`),
        comes('203.0.113.9:1 > 192.168.1.5:5001'),
        offers(irc, `SCHAT chat ${FIVE}   5002`),
        comes('203.0.113.9:1 > 192.168.1.5:5002'),
        // Another one's address, no port, a kind that is none, no command, no end of the line, lower case, blanks in front.
        offers(irc, 'SEND file 3232235782 5003 100'),
        comes('203.0.113.9:1 > 192.168.1.6:5003'),
        offers(irc, `SEND file ${FIVE} 0 100`),
        offers(irc, `RECV file ${FIVE} 5004 100`),
        comes('203.0.113.9:1 > 192.168.1.5:5004'),
        irc.say('client', `NOTICE friend :\u0001DCC SEND file ${FIVE} 5005 100\u0001\r\n`),
        comes('203.0.113.9:1 > 192.168.1.5:5005'),
        irc.say('client', `PRIVMSG friend :\u0001DCC SEND file ${FIVE} 5006 100\u0001`),
        comes('203.0.113.9:1 > 192.168.1.5:5006'),
        irc.say('client', ` \r\nprivmsg friend :\u0001DCC SEND file ${FIVE} 5007 100\u0001\r\n`),
        comes('203.0.113.9:1 > 192.168.1.5:5007'),
        irc.say('client', `PRIVMSG friend :hello :\u0001DCC SEND file ${FIVE} 5008 100\u0001\r\n`),
        comes('203.0.113.9:1 > 192.168.1.5:5008'),
        irc.say('client', 'PRIVMSG a :\u0001DCC CHAT c\r\n'),
        irc.say('server', `PRIVMSG friend :\u0001DCC SEND file ${FIVE} 5009 100\u0001\r\n`),
        comes('203.0.113.9:1 > 192.168.1.5:5009'),
        // More than it may offer at a time.
        ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => offers(irc, `SEND file ${FIVE} 600${n} 100`)),
        comes('203.0.113.9:1 > 192.168.1.5:6001'),
        comes('203.0.113.9:1 > 192.168.1.5:6002'),
        comes('203.0.113.9:1 > 192.168.1.5:6009'),
      ]
    })(),
  },
  {
    title: 'irc: offers of a masqueraded client name the box',
    box: ROUTER,
    rules: IRC + MASQUERADE,
    packets: ((): PlacedPacket[] => {
      const irc = new TcpTalk(
        '192.168.1.50:4000 > 198.51.100.7:6667',
        '198.51.100.7:6667 > 203.0.113.2:4000',
        'lan0',
        'wan0',
      )
      return [
        ...irc.open(),
        irc.say('server', ':server 001 you :welcome\r\n'),
        offers(irc, `SEND file ${FIFTY} 5000 100`),
        comes('203.0.113.9:1 > 203.0.113.2:5000'),
        // It knows its outer address, 203.0.113.2, and writes more blanks than needed.
        offers(irc, 'SEND file 3405803778   5001 100', -2),
        irc.acknowledge('server'),
        comes('203.0.113.9:1 > 203.0.113.2:5001'),
        irc.say('server', 'PING\r\n'),
        irc.say('client', 'PONG\r\n'),
      ]
    })(),
  },
  {
    title: 'amanda: the ports that a client’s answer names',
    box: ROUTER,
    rules: AMANDA,
    packets: [
      on('wan0', udp('198.51.100.7:700 > 192.168.1.10:10080', 'SERVICE sendbackup\n')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT DATA 5001 MESG 5002 INDEX 5003\nOPTIONS\n')),
      on('wan0', tcp('198.51.100.7:20 > 192.168.1.10:5001', 'S')),
      on('wan0', tcp('198.51.100.7:21 > 192.168.1.10:5002', 'S')),
      on('wan0', tcp('198.51.100.7:22 > 192.168.1.10:5003', 'S')),
      on('wan0', tcp('198.51.100.7:22 > 192.168.1.10:5004', 'S')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT DATA 5005 MESG 0 INDEX 5006\nOPTIONS\n')),
      on('wan0', tcp('198.51.100.7:20 > 192.168.1.10:5005', 'S')),
      on('wan0', tcp('198.51.100.7:22 > 192.168.1.10:5006', 'S')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT INDEX 500700\n')),
      on('wan0', tcp('198.51.100.7:22 > 192.168.1.10:50070', 'S')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT DATA 5008')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT DATA x\n')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', '')),
      on('wan0', udp('198.51.100.7:700 > 192.168.1.10:10080', 'CONNECT DATA 5009\n')),
      on('wan0', tcp('198.51.100.7:22 > 192.168.1.10:5009', 'S')),
    ],
  },
  {
    title: 'amanda: a client behind a port forward',
    box: ROUTER,
    rules: AMANDA + MASQUERADE,
    packets: [
      on('wan0', udp('198.51.100.7:700 > 203.0.113.2:10080', 'SERVICE sendbackup\n')),
      on('lan0', udp('192.168.1.10:10080 > 198.51.100.7:700', 'CONNECT DATA 5001 MESG 5002 INDEX 5003\nOPTIONS\n')),
      on('wan0', tcp('198.51.100.7:20 > 203.0.113.2:5001', 'S')),
      on('wan0', tcp('198.51.100.7:21 > 203.0.113.2:5002', 'S')),
      on('lan0', tcp('192.168.1.10:5002 > 198.51.100.7:21', 'SA')),
      on('wan0', tcp('198.51.100.7:22 > 203.0.113.2:5003', 'S')),
    ],
  },
  {
    title: 'sane: the port of a scanner’s answer',
    box: ROUTER,
    rules: SANE,
    packets: ((): PlacedPacket[] => {
      const scan = new TcpTalk(
        '192.168.1.5:4000 > 198.51.100.7:6566',
        '198.51.100.7:6566 > 192.168.1.5:4000',
        'lan0',
        'wan0',
      )
      const connects = (ends: string): PlacedPacket => on('lan0', tcp(ends, 'S', { seq: 5 }))
      const answer = (port: number): string => `\0\0\0\0\0\0${String.fromCharCode(port >> 8, port & 255)}\0\0\0\0`
      return [
        ...scan.open(),
        scan.say('client', '\0\0\0\u0007\0\0\0\u0001'),
        scan.say('server', answer(7000)),
        connects('192.168.1.5:4001 > 198.51.100.7:7000'),
        scan.say('server', answer(7001)),
        connects('192.168.1.5:4001 > 198.51.100.7:7001'),
        scan.say('client', '\0\0\0\u0007\0\0\0\u0001'),
        scan.say('client', '\0\0\0\u0008\0\0\0\u0001'),
        scan.say('server', answer(7002)),
        connects('192.168.1.5:4001 > 198.51.100.7:7002'),
        scan.say('client', '\0\0\0\u0007\0\0\0\u0001'),
        scan.say('server', '\0\0\0\u0001\0\0\u001b\u0058'),
        connects('192.168.1.5:4001 > 198.51.100.7:7000'),
        scan.say('client', '\0\0\0\u0007\0\0\0\u0001'),
        scan.say('server', '\0\0\0\0'),
        scan.say('client', '\0\0\0\u0007\0\0\0\u0001\0'),
        scan.say('server', answer(7003)),
        connects('192.168.1.5:4001 > 198.51.100.7:7003'),
      ]
    })(),
  },
  {
    title: 'netbios-ns: answers to a name request that the box itself broadcasts',
    box: HOME,
    rules: helperRules('-p udp -m udp --dport 137 -j CT --helper netbios-ns'),
    packets: [
      udp('10.0.1.1:137 > 10.0.1.255:137', 'who'),
      on('eth0', udp('10.0.1.7:137 > 10.0.1.1:137', 'me')),
      on('eth0', udp('10.0.1.8:137 > 10.0.1.1:137', 'me')),
      on('eth0', udp('10.0.1.8:138 > 10.0.1.1:137', 'me')),
      on('eth0', udp('10.0.2.8:137 > 10.0.1.1:137', 'me')),
      udp('10.0.1.1:5000 > 10.0.1.255:137', 'who'),
      on('eth0', udp('10.0.1.9:137 > 10.0.1.1:5000', 'me')),
      // Without a broadcast address of its own; to one host; to all.
      udp('10.0.0.1:137 > 10.0.0.255:137', 'who'),
      on('eth0', udp('10.0.0.7:137 > 10.0.0.1:137', 'me')),
      udp('10.0.1.1:138 > 10.0.1.7:137', 'who'),
      on('eth0', udp('10.0.1.8:137 > 10.0.1.1:138', 'me')),
      udp('10.0.1.1:139 > 255.255.255.255:137', 'who'),
      on('eth0', udp('10.0.1.9:137 > 10.0.1.1:139', 'me')),
    ],
  },
]
