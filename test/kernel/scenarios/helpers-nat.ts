/**
 * Conntrack helpers behind NAT: payloads are rewritten, what follows of a TCP connection is moved on, and foreseen
 * connections are led where their master's went.
 */
import { tcp, tcpOptions, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { TcpTalk } from '../tcp-talk.js'
import { ROUTER } from './boxes.js'
import { begun, helperRules } from './helpers.js'

const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.2/32 -p tcp -m tcp --dport 21 -j DNAT --to-destination 192.168.1.10
-A PREROUTING -d 203.0.113.2/32 -p udp -m udp --dport 69 -j DNAT --to-destination 192.168.1.10
-A PREROUTING -d 203.0.113.2/32 -p tcp -m tcp --dport 2121 -j DNAT --to-destination 192.168.1.10:21
-A POSTROUTING -o wan0 -j MASQUERADE
COMMIT
`

function translated(title: string, helpers: string, packets: readonly PlacedPacket[]): Scenario {
  return { title, box: ROUTER, rules: helperRules(helpers) + NAT, packets }
}

const FTP = '-p tcp -m multiport --dports 21,2121 -j CT --helper ftp'
const TFTP = '-p udp -m udp --dport 69 -j CT --helper tftp'

/** A client inside, masqueraded. */
function fromInside(): TcpTalk {
  return new TcpTalk('192.168.1.50:4000 > 198.51.100.7:21', '198.51.100.7:21 > 203.0.113.2:4000', 'lan0', 'wan0')
}

/** A server inside, to whom the box forwards a port. */
function toInside(port = 21): TcpTalk {
  return new TcpTalk(`198.51.100.7:4000 > 203.0.113.2:${port}`, '192.168.1.10:21 > 198.51.100.7:4000', 'wan0', 'lan0')
}

function talk(make: TcpTalk, packets: (talk: TcpTalk) => readonly (PlacedPacket | PlacedPacket[])[]): PlacedPacket[] {
  return [...begun(make), ...packets(make).flat()]
}

export const HELPERS_BEHIND_NAT: readonly Scenario[] = [
  translated(
    'a masqueraded ftp client: its PORT names the box, and what follows is moved on',
    FTP,
    talk(fromInside(), (ftp) => [
      ftp.say('client', 'PORT 192,168,1,50,15,161\r\n', -1),
      ftp.acknowledge('server'),
      ftp.say('server', '200 done\r\n'),
      ftp.acknowledge('client'),
      ftp.say('client', 'LIST\r\n'),
      ftp.say('server', '150 here it comes\r\n'),
      on('wan0', tcp('198.51.100.7:20 > 203.0.113.2:4001', 'S', { seq: 1 })),
      on('lan0', tcp('192.168.1.50:4001 > 198.51.100.7:20', 'SA', { seq: 5, ack: 2 })),
      on('wan0', tcp('198.51.100.7:20 > 203.0.113.2:4001', 'A', { seq: 2, ack: 6, data: 100 })),
      ftp.say('client', 'EPRT |1|192.168.1.50|4002|\r\n', -1),
      ftp.say('server', '200 done\r\n'),
      on('wan0', tcp('198.51.100.7:20 > 203.0.113.2:4002', 'S', { seq: 1 })),
      ftp.close(),
    ]),
  ),
  translated(
    'an ftp server behind a port forward: its answers name the box',
    FTP,
    talk(toInside(), (ftp) => [
      ftp.say('client', 'PASV\r\n'),
      ftp.say('server', '227 Entering Passive Mode (192,168,1,10,200,10).\r\n', -1),
      ftp.acknowledge('client'),
      on('wan0', tcp('198.51.100.7:4001 > 203.0.113.2:51210', 'S', { seq: 1 })),
      on('lan0', tcp('192.168.1.10:51210 > 198.51.100.7:4001', 'SA', { seq: 5, ack: 2 })),
      on('wan0', tcp('198.51.100.7:4001 > 203.0.113.2:51210', 'A', { seq: 2, ack: 6 })),
      ftp.say('client', 'EPSV\r\n'),
      ftp.say('server', '229 (|||6446|)\r\n'),
      on('wan0', tcp('198.51.100.7:4002 > 203.0.113.2:6446', 'S', { seq: 1 })),
      on('wan0', tcp('198.51.100.7:4003 > 203.0.113.2:6446', 'S', { seq: 1 })),
      ftp.close(),
    ]),
  ),
  translated(
    'an ftp server on another port outside than inside',
    FTP,
    talk(toInside(2121), (ftp) => [
      ftp.say('server', '227 (192,168,1,10,200,10).\r\n', -1),
      on('wan0', tcp('198.51.100.7:4001 > 203.0.113.2:51210', 'S', { seq: 1 })),
      ftp.say('client', 'PORT 198,51,100,7,15,161\r\n'),
      on('lan0', tcp('192.168.1.10:20 > 198.51.100.7:4001', 'S', { seq: 1 })),
      on('wan0', tcp('198.51.100.7:4001 > 203.0.113.2:20', 'SA', { seq: 1, ack: 2 })),
    ]),
  ),
  translated(
    'an ftp command that is rewritten twice, and selective acknowledgements of what was moved on',
    FTP,
    talk(fromInside(), (ftp) => [
      ftp.say('client', 'PORT 192,168,1,50,15,161\r\n', -1),
      ftp.repeat('client', 'PORT 192,168,1,50,15,161\r\n'),
      ftp.acknowledge('server'),
      ftp.say('client', 'PORT 192,168,1,50,15,162\r\n', -1),
      ftp.acknowledge('server', { tcpOptions: tcpOptions([{ sack: [[1060, 1070]] }]) }),
      ftp.acknowledge('server', { tcpOptions: Buffer.from([1, 5, 10, 0, 0, 4, 36, 0, 0, 4, 46, 1]) }),
      ftp.acknowledge('server', { tcpOptions: Buffer.from([1, 1, 1, 5]) }),
      ftp.acknowledge('server', { tcpOptions: Buffer.from([8, 40, 1, 1]) }),
      ftp.say('server', '200 done\r\n'),
      ftp.say('client', 'QUIT\r\n'),
      ftp.close(),
    ]),
  ),
  translated('ports that two clients expect', FTP, [
    ...talk(fromInside(), (ftp) => [ftp.say('client', 'PORT 192,168,1,50,15,161\r\n', -1)]),
    ...talk(
      new TcpTalk('192.168.1.51:4000 > 198.51.100.8:21', '198.51.100.8:21 > 203.0.113.2:4000', 'lan0', 'wan0'),
      (ftp) => [ftp.say('client', 'PORT 192,168,1,51,15,161\r\n', -1)],
    ),
    on('wan0', tcp('198.51.100.8:20 > 203.0.113.2:4001', 'S', { seq: 1 })),
    on('wan0', tcp('198.51.100.7:20 > 203.0.113.2:4001', 'S', { seq: 1 })),
  ]),
  translated('a masqueraded tftp client, and a server behind a port forward', TFTP, [
    on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:69', '\0\u0001file\0octet\0')),
    on('wan0', udp('198.51.100.7:3000 > 203.0.113.2:4000', '\0\u0003\0\u0001data')),
    on('lan0', udp('192.168.1.5:4000 > 198.51.100.7:3000', '\0\u0004\0\u0001')),
    on('wan0', udp('198.51.100.9:4000 > 203.0.113.2:69', '\0\u0001file\0octet\0')),
    on('lan0', udp('192.168.1.10:3000 > 198.51.100.9:4000', '\0\u0003\0\u0001data')),
    on('wan0', udp('198.51.100.9:4000 > 203.0.113.2:3000', '\0\u0004\0\u0001')),
  ]),
]
