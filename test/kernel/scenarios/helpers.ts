/**
 * Conntrack helpers without NAT: what they foresee, for how long, and whom they mistake; commands that are split,
 * repeated, forged. Every connection that is foreseen is RELATED to begin with.
 */
import { icmpError, tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { TcpTalk } from '../tcp-talk.js'
import { ROUTER, SERVER } from './boxes.js'

/** Rules that tell connections apart by what conntrack says of them; `helpers` are the rules of the table raw. */
export function helperRules(...helpers: string[]): string {
  const chains = ['PREROUTING', 'OUTPUT']
  const raw = helpers.flatMap((rule) => chains.map((chain) => `-A ${chain} ${rule}\n`)).join('')
  const looks = ['INPUT', 'FORWARD', 'OUTPUT'].flatMap((chain) =>
    [
      '-m conntrack --ctstate RELATED -m conntrack --ctstatus EXPECTED',
      '-m conntrack --ctstate RELATED -p icmp',
      '-m conntrack --ctstate ESTABLISHED -m conntrack --ctstatus EXPECTED',
      '-m conntrack --ctstate NEW',
      '-m conntrack --ctstate INVALID',
      '-m helper --helper ftp',
      '-m helper ! --helper tftp',
      '-m helper --helper ""',
      '-m connmark --mark 7',
    ].map((look) => `-A ${chain} ${look}\n`),
  )
  return (
    `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${raw}COMMIT\n` +
    `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 21 -j CONNMARK --set-xmark 0x7/0xffffffff\nCOMMIT\n` +
    `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${looks.join('')}COMMIT\n`
  )
}

const FTP = helperRules('-p tcp -m tcp --dport 21 -j CT --helper ftp')

function ftpTalk(): TcpTalk {
  return new TcpTalk('192.168.1.5:4000 > 198.51.100.7:21', '198.51.100.7:21 > 192.168.1.5:4000', 'lan0', 'wan0')
}

/** Up to where commands are looked at: both ends have said a line. */
export function begun(talk: TcpTalk): PlacedPacket[] {
  return [
    ...talk.open(),
    talk.say('server', '220 ready\r\n'),
    talk.say('client', 'USER anonymous\r\n'),
    talk.say('server', '331 password\r\n'),
    talk.say('client', 'PASS x\r\n'),
    talk.say('server', '230 in\r\n'),
  ]
}

function connects(ends: string, from: 'lan0' | 'wan0'): PlacedPacket {
  return on(from, tcp(ends, 'S', { seq: 77 }))
}

function ftpScenario(title: string, packets: (talk: TcpTalk) => readonly (PlacedPacket | PlacedPacket[])[]): Scenario {
  const talk = ftpTalk()
  return { title, box: ROUTER, rules: FTP, packets: [...begun(talk), ...packets(talk).flat()] }
}

export const HELPERS: readonly Scenario[] = [
  ftpScenario('ftp, passive: the data connection is related, and once only', (talk) => [
    talk.say('client', 'PASV\r\n'),
    talk.say('server', '227 Entering Passive Mode (198,51,100,7,200,10).\r\n'),
    connects('192.168.1.5:4001 > 198.51.100.7:51210', 'lan0'),
    on('wan0', tcp('198.51.100.7:51210 > 192.168.1.5:4001', 'SA', { seq: 9, ack: 78 })),
    on('lan0', tcp('192.168.1.5:4001 > 198.51.100.7:51210', 'A', { seq: 78, ack: 10 })),
    connects('192.168.1.5:4002 > 198.51.100.7:51210', 'lan0'),
    connects('192.168.1.6:4002 > 198.51.100.7:51210', 'lan0'),
    talk.close(),
  ]),
  ftpScenario('ftp, active: the server connects back', (talk) => [
    talk.say('client', 'PORT 192,168,1,5,15,161\r\n'),
    connects('198.51.100.8:20 > 192.168.1.5:4001', 'wan0'),
    connects('198.51.100.7:20 > 192.168.1.5:4002', 'wan0'),
    connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
    on('lan0', tcp('192.168.1.5:4001 > 198.51.100.7:20', 'SA', { seq: 9, ack: 78 })),
    on('wan0', icmpError('198.51.100.7 > 192.168.1.5', 3, 1, tcp('192.168.1.5:4001 > 198.51.100.7:20', 'SA'))),
    talk.say('client', 'port 192,168,1,5,15,162\r\n'),
    talk.say('client', 'PORT 192,168,1,5,15,163\r\n'),
    connects('198.51.100.7:20 > 192.168.1.5:4002', 'wan0'),
    connects('198.51.100.7:20 > 192.168.1.5:4003', 'wan0'),
  ]),
  ftpScenario('ftp, extended commands', (talk) => [
    talk.say('client', 'EPRT |1|192.168.1.5|4001|\r\n'),
    connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
    talk.say('server', '229 Entering Extended Passive Mode (|||6446|)\r\n'),
    connects('192.168.1.5:4002 > 198.51.100.7:6446', 'lan0'),
    talk.say('server', '229 (!!!6447!)\r\n'),
    connects('192.168.1.5:4003 > 198.51.100.7:6447', 'lan0'),
    talk.say('client', 'EPRT |1|192.168.1.5|0|\r\n'),
    talk.say('client', 'EPRT |2|::1|4001|\r\n'),
    talk.say('client', 'EPRT \r\n'),
    talk.say('server', '229 none\r\n'),
  ]),
  ftpScenario('ftp, passive answers in the forms that servers give', (talk) => [
    talk.say('server', '227 =198,51,100,7,200,11\r\n'),
    connects('192.168.1.5:4001 > 198.51.100.7:51211', 'lan0'),
    talk.say('server', '227 198,51,100,7,200,12x\r\n'),
    connects('192.168.1.5:4002 > 198.51.100.7:51212', 'lan0'),
    talk.say('server', '227 entering (198,51,100,7,0456,13)\r\n'),
    connects('192.168.1.5:4003 > 198.51.100.7:51213', 'lan0'),
    talk.say('server', '227 entering (198,51,100,7,200)\r\n'),
    talk.say('server', '227 no numbers\r\n'),
    talk.say('server', '227 (198,51,100,7,200,14'),
  ]),
  ftpScenario('ftp, other addresses than the own are not believed', (talk) => [
    talk.say('client', 'PORT 192,168,1,6,15,161\r\n'),
    connects('198.51.100.7:20 > 192.168.1.6:4001', 'wan0'),
    talk.say('server', '227 (10,0,0,1,200,10)\r\n'),
    connects('192.168.1.5:4001 > 10.0.0.1:51210', 'lan0'),
    talk.say('client', 'PORT 192,168,1,261,15,161\r\n'),
    connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
  ]),
  ftpScenario(
    'ftp, commands in pieces: half of one is dropped, one that begins in the middle of a line is not seen',
    (talk) => [
      talk.say('client', 'PO'),
      talk.say('client', 'RT 192,168,1,5,15,161\r\n'),
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
      talk.say('client', 'PORT 192,168'),
      talk.say('client', ',1,5,15,161\r\n'),
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
      talk.say('client', 'NOOP\r\nPORT 192,168,1,5,15,161\r\n'),
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
      talk.say('client', 'PORT 192,168,1,5,15,161\r\n'),
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
    ],
  ),
  ftpScenario('ftp, repeated and reordered lines', (talk) => {
    const first = talk.say('client', 'NOOP\r\n')
    const port = talk.say('client', 'PORT 192,168,1,5,15,161\r\n')
    const again = talk.repeat('client', 'PORT 192,168,1,5,15,161\r\n')
    return [
      port,
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
      first,
      again,
      again,
      connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
      connects('198.51.100.7:21 > 192.168.1.5:4001', 'wan0'),
      again,
      connects('198.51.100.7:22 > 192.168.1.5:4001', 'wan0'),
    ]
  }),
  ftpScenario('ftp, the control connection ends: what it expected is forgotten', (talk) => [
    talk.say('client', 'PORT 192,168,1,5,15,161\r\n'),
    talk.reset(),
    connects('192.168.1.5:4000 > 198.51.100.7:21', 'lan0'),
    connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
  ]),
  {
    title: 'ftp before both ends have said a line, and on a connection without its helper',
    box: ROUTER,
    rules: FTP,
    packets: ((): PlacedPacket[] => {
      const talk = ftpTalk()
      const other = new TcpTalk('192.168.1.5:4000 > 198.51.100.7:2121', '198.51.100.7:2121 > 192.168.1.5:4000')
      return [
        ...talk.open(),
        talk.say('client', 'PORT 192,168,1,5,15,161\r\n'),
        connects('198.51.100.7:20 > 192.168.1.5:4001', 'wan0'),
        talk.say('client', 'PORT 192,168,1,5,15,162\r\n'),
        connects('198.51.100.7:20 > 192.168.1.5:4002', 'wan0'),
        ...begun(other),
        other.say('client', 'PORT 192,168,1,5,15,163\r\n'),
        connects('198.51.100.7:20 > 192.168.1.5:4003', 'wan0'),
      ]
    })(),
  },
  {
    title: 'ftp over IPv6',
    box: ROUTER,
    rules6: FTP,
    packets: ((): PlacedPacket[] => {
      const client = '[2001:db8:1::5]'
      const server = '[2001:db8:9::7]'
      const talk = new TcpTalk(`${client}:4000 > ${server}:21`, `${server}:21 > ${client}:4000`, 'lan0', 'wan0')
      return [
        ...begun(talk),
        talk.say('client', 'EPRT |2|2001:db8:1::5|4001|\r\n'),
        connects(`${server}:20 > ${client}:4001`, 'wan0'),
        talk.say('client', 'EPRT |2|2001:db8:1:0::5|4002|\r\n'),
        connects(`${server}:20 > ${client}:4002`, 'wan0'),
        talk.say('client', 'EPRT |2|2001:db8:1::6|4003|\r\n'),
        connects(`${server}:20 > ${client}:4003`, 'wan0'),
        talk.say('client', 'EPRT |2|2001:db8:1::5|4003|\r\n'),
        talk.say('server', '229 Entering Extended Passive Mode (|||6446|)\r\n'),
        connects(`${client}:4002 > ${server}:6446`, 'lan0'),
        talk.say('client', 'EPRT |2|2001:db8:1::x|4003|\r\n'),
      ]
    })(),
  },
  {
    title: 'ftp of the box itself and to the box',
    box: SERVER,
    rules: FTP,
    packets: ((): PlacedPacket[] => {
      const out = new TcpTalk('10.0.0.1:4000 > 198.51.100.7:21', '198.51.100.7:21 > 10.0.0.1:4000')
      const to = new TcpTalk('198.51.100.7:4000 > 10.0.0.1:21', '10.0.0.1:21 > 198.51.100.7:4000')
      return [
        ...begun(out),
        out.say('client', 'PORT 10,0,0,1,15,161\r\n'),
        { bytes: tcp('198.51.100.7:20 > 10.0.0.1:4001', 'S') },
        ...begun(to),
        to.say('server', '227 (10,0,0,1,15,162)\r\n'),
        { bytes: tcp('198.51.100.7:4001 > 10.0.0.1:4002', 'S') },
        to.say('client', 'PORT 198,51,100,7,15,163\r\n'),
        { bytes: tcp('10.0.0.1:20 > 198.51.100.7:4003', 'S') },
        { bytes: tcp('10.0.0.1:4003 > 198.51.100.7:20', 'SA') },
      ]
    })(),
  },
  {
    title: 'tftp: the answer comes from a port of its own, and expectations are the first packet’s already',
    box: ROUTER,
    rules: helperRules('-p udp -m udp --dport 69 -j CT --helper tftp'),
    packets: [
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:69', '\0\u0001file\0octet\0')),
      on('wan0', udp('198.51.100.7:3000 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:3000', '\0\u0004\0\u0001')),
      on('wan0', udp('198.51.100.7:3001 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:69', '\0\u0002file\0octet\0')),
      on('wan0', udp('198.51.100.8:3001 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
      on('wan0', udp('198.51.100.7:69 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
      on('wan0', udp('198.51.100.7:3002 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
      on('lan0', udp('192.168.1.6:4000 > 198.51.100.7:69', '\0\u0005file\0octet\0')),
      on('lan0', udp('192.168.1.6:4000 > 198.51.100.7:69', '\0')),
      on('wan0', udp('198.51.100.7:3002 > 192.168.1.6:4000', '\0\u0003\0\u0001data')),
      on('lan0', udp('192.168.1.6:4000 > 198.51.100.7:69', '\0\u0001')),
      on('wan0', udp('198.51.100.7:3003 > 192.168.1.6:4000', '\0\u0003\0\u0001data')),
    ],
  },
  {
    title: 'tftp over IPv6',
    box: ROUTER,
    rules6: helperRules('-p udp -m udp --dport 69 -j CT --helper tftp'),
    packets: [
      on('lan0', udp('[2001:db8:1::5]:4000 > [2001:db8:9::7]:69', '\0\u0001file\0octet\0')),
      on('wan0', udp('[2001:db8:9::7]:3000 > [2001:db8:1::5]:4000', '\0\u0003\0\u0001data')),
      on('lan0', udp('[2001:db8:1::5]:4000 > [2001:db8:9::7]:3000', '\0\u0004\0\u0001')),
    ],
  },
  {
    title: 'one that is dropped on its way confirms no master, and its expectation goes with it',
    box: ROUTER,
    rules: helperRules('-p udp -m udp --dport 69 -j CT --helper tftp').replace(':FORWARD ACCEPT', ':FORWARD DROP'),
    packets: [
      on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:69', '\0\u0001file\0octet\0')),
      on('wan0', udp('198.51.100.7:3000 > 192.168.1.5:4000', '\0\u0003\0\u0001data')),
    ],
  },
  {
    title: 'many connections expect at a time, and the oldest expectation of one makes room',
    box: ROUTER,
    rules: helperRules('-p udp -m udp --dport 69 -j CT --helper tftp'),
    packets: [1, 2, 3, 4, 5].flatMap((n) => [
      on('lan0', udp(`192.168.1.${n + 1}:4000 > 198.51.100.7:69`, '\0\u0001file\0octet\0')),
      on('lan0', udp(`192.168.1.${n + 1}:4000 > 198.51.100.7:69`, '\0\u0001again\0octet\0')),
      ...(n % 2 === 0 ? [on('wan0', udp(`198.51.100.7:3000 > 192.168.1.${n}:4000`, 5))] : []),
      on('wan0', udp(`198.51.100.7:300${n} > 192.168.1.${n + 1}:4000`, 5)),
    ]),
  },
]
