/**
 * A server behind a ruleset as people write them, and packets of every kind that its network sends it.
 */
import { echo, icmp, icmpError, other, tcp, udp } from '../packets.js'
import type { Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const RULES = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 1900 -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 443 -j MARK --set-xmark 0x10/0xff
-A POSTROUTING -p tcp -m tcp --sport 443 -j TOS --set-tos 0x10/0xff
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ssh - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -p tcp -m tcp --dport 22 -j ssh
-A INPUT -p tcp -m multiport --dports 80,443 -m mark --mark 0x10/0xff -j ACCEPT
-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A INPUT -m addrtype --dst-type BROADCAST,MULTICAST -j DROP
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -j REJECT --reject-with icmp-port-unreachable
-A ssh -s 10.0.0.0/28 -j ACCEPT
-A ssh -m comment --comment "not from here" -j DROP
COMMIT
*security
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 22
COMMIT
`

const query = udp('10.0.0.1:3333 > 10.0.0.53:53', 30)
const web = tcp('10.0.0.1:5555 > 198.51.100.7:80', 'S', { seq: 9 })

export const SERVER_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a server: ssh, web, ping, its own queries, what nobody asked for',
    box: SERVER,
    rules: RULES,
    packets: [
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'S', { seq: 1 }),
      tcp('10.0.0.1:22 > 10.0.0.9:4000', 'SA', { seq: 7, ack: 2 }),
      tcp('10.0.0.9:4000 > 10.0.0.1:22', 'A', { seq: 2, ack: 8 }),
      tcp('10.0.0.77:4000 > 10.0.0.1:22', 'S', { seq: 1 }),
      tcp('10.0.0.77:4001 > 10.0.0.1:443', 'S', { seq: 1 }),
      tcp('10.0.0.1:443 > 10.0.0.77:4001', 'SA', { seq: 7, ack: 2 }),
      tcp('10.0.0.77:4002 > 10.0.0.1:80', 'S', { seq: 1 }),
      tcp('10.0.0.77:4003 > 10.0.0.1:81', 'S', { seq: 1 }),
      udp('10.0.0.77:4003 > 10.0.0.1:81', 5),
      udp('10.0.0.77:1900 > 10.0.0.1:1900', 5),
      echo('198.51.100.7 > 10.0.0.1', 'request', 7, 1),
      echo('10.0.0.1 > 198.51.100.7', 'reply', 7, 1),
      echo('198.51.100.7 > 10.0.0.1', 'request', 7, 2),
      echo('198.51.100.8 > 10.0.0.1', 'reply', 9, 1),
      query,
      udp('10.0.0.53:53 > 10.0.0.1:3333', 90),
      web,
      icmpError('192.0.2.1 > 10.0.0.1', 11, 0, web),
      icmpError('192.0.2.1 > 10.0.0.1', 3, 1, udp('10.0.0.1:1 > 8.8.8.8:1', 5)),
      icmp('198.51.100.7 > 10.0.0.1', 13, 0, Buffer.alloc(16)),
      other('10.0.0.9 > 10.0.0.1', 47, Buffer.from([0, 0, 8, 0])),
      other('10.0.0.9 > 10.0.0.1', 50, Buffer.alloc(20)),
    ],
  },
  {
    title: 'broadcasts, multicasts and odd addresses arrive and leave',
    box: SERVER,
    rules: RULES,
    packets: [
      udp('10.0.0.9:67 > 10.0.0.255:67', 5),
      udp('10.0.0.9:67 > 255.255.255.255:67', 5),
      { bytes: udp('0.0.0.0:68 > 255.255.255.255:67', 5), on: 'eth0' },
      udp('10.0.0.9:5353 > 224.0.0.251:5353', 5),
      udp('10.0.0.9:5353 > 224.0.0.1:5353', 5),
      udp('10.0.0.1:67 > 10.0.0.255:67', 5),
      udp('10.0.0.1:5353 > 224.0.0.251:5353', 5),
      { bytes: udp('127.0.0.1:1 > 10.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('10.0.0.9:1 > 127.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('224.0.0.9:1 > 10.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('10.0.0.255:1 > 10.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('255.255.255.255:1 > 10.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('0.0.0.5:1 > 10.0.0.1:67', 5), on: 'eth0' },
      { bytes: udp('240.0.0.5:1 > 10.0.0.1:67', 5), on: 'eth0' },
      udp('10.0.0.9:1 > 10.0.0.2:67', 5),
      udp('10.0.0.9:1 > 198.51.100.1:67', 5),
    ],
  },
  {
    title: 'the box talks to itself over lo',
    box: SERVER,
    rules: RULES,
    packets: [
      tcp('10.0.0.1:5000 > 10.0.0.1:80', 'S', { seq: 1 }),
      tcp('10.0.0.1:80 > 10.0.0.1:5000', 'SA', { seq: 9, ack: 2 }),
      tcp('10.0.0.1:5000 > 10.0.0.1:80', 'A', { seq: 2, ack: 10 }),
      udp('127.0.0.1:53 > 127.0.0.1:5353', 20),
      echo('127.0.0.1 > 127.0.0.1', 'request', 3, 1),
      echo('127.0.0.1 > 127.0.0.1', 'reply', 3, 1),
      tcp('10.0.0.1:5000 > 10.0.0.1:81', 'S', { seq: 1 }),
    ],
  },
  {
    title: 'damaged packets: before the hooks, INVALID, or cut by the snap length',
    box: SERVER,
    rules: RULES,
    packets: [
      damaged(udp('10.0.0.9:1 > 10.0.0.1:80', 5), 10, 0xff), // header checksum
      damaged(udp('10.0.0.9:1 > 10.0.0.1:80', 5), 0, 0x44), // header length
      longer(tcp('10.0.0.9:1 > 10.0.0.1:80', 'S')),
      tcp('10.0.0.9:2 > 10.0.0.1:80', 'S', { badChecksum: true }),
      udp('10.0.0.9:3 > 10.0.0.1:80', 5, { badChecksum: true }),
      other('10.0.0.9 > 10.0.0.1', 6, Buffer.alloc(10)),
      other('10.0.0.9 > 10.0.0.1', 17, Buffer.alloc(4)),
      other('10.0.0.9 > 10.0.0.1', 1, Buffer.from([8, 0])),
      { bytes: tcp('10.0.0.9:4 > 10.0.0.1:80', 'S', { data: 800 }), snap: 60 },
      { bytes: udp('10.0.0.9:5 > 10.0.0.1:80', 800), snap: 40 },
      Buffer.concat([tcp('10.0.0.9:6 > 10.0.0.1:80', 'S'), Buffer.alloc(6)]), // Ethernet padding
      tcp('10.0.0.9:7 > 10.0.0.1:80', 'S', { options: Buffer.from([7, 7, 4, 0, 0, 0, 0, 0]) }), // record route
      tcp('10.0.0.9:8 > 10.0.0.1:80', 'S', { options: Buffer.from([131, 7, 4, 10, 0, 0, 3, 0]) }), // source route
    ],
  },
]

/** `packet` with the byte at `at` changed, its header checksum left as it is. */
function damaged(packet: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(packet)
  copy[at] = value
  return copy
}

/** `packet` with an IP length that its bytes do not reach. */
function longer(packet: Buffer): Buffer {
  const copy = Buffer.from(packet)
  const length = copy.readUInt16BE(2)
  copy.writeUInt16BE(length + 10, 2)
  copy.writeUInt16BE(copy.readUInt16BE(10) - 10, 10)
  return copy
}
