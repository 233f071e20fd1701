/**
 * Ethernet frames: VLANs, MAC addresses, frames for others, broadcasts.
 */
import type { BoxSketch } from '../box-directory.js'
import { ethernet, tcp, udp } from '../packets.js'
import type { PlacedPacket, Scenario } from '../scenario.js'

const BOX: BoxSketch = {
  interfaces: { eth0: ['10.0.0.1/24'], 'eth0.10': ['10.0.10.1/24'] },
  macs: { eth0: '02:00:00:00:00:aa' },
  commands: ['route add default via 10.0.0.254'],
  sysctls: { 'net.ipv4.ip_forward': '1' },
}

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i eth0
-A INPUT -i eth0.10
-A INPUT -i eth0+
-A INPUT -m mac --mac-source 02:00:00:00:00:09
-A INPUT -m mac ! --mac-source 02:00:00:00:00:09
-A INPUT -m pkttype --pkt-type unicast
-A INPUT -m pkttype --pkt-type broadcast
-A INPUT -m pkttype --pkt-type multicast
-A FORWARD -m pkttype ! --pkt-type unicast
COMMIT
`

const PEER = '02:00:00:00:00:09'
const frame = (packet: Buffer, to: string, vlan?: number, from = PEER): PlacedPacket => ({
  bytes: ethernet(packet, { to, from }, vlan),
  on: 'eth0',
  ethernet: true,
})

export const LINK_LAYER: readonly Scenario[] = [
  {
    title: 'Ethernet frames: to the box, to others, to all, tagged and not',
    box: BOX,
    rules: RULES,
    packets: [
      frame(tcp('10.0.0.9:1 > 10.0.0.1:80', 'S'), '02:00:00:00:00:aa'),
      frame(tcp('10.0.0.9:1 > 10.0.0.1:80', 'S'), '02:00:00:00:00:bb'),
      frame(udp('10.0.0.9:1 > 10.0.0.255:80', 5), 'ff:ff:ff:ff:ff:ff'),
      frame(udp('10.0.0.9:1 > 224.0.0.1:80', 5), '01:00:5e:00:00:01'),
      frame(udp('10.0.0.9:1 > 10.0.0.1:80', 5), 'ff:ff:ff:ff:ff:ff'),
      frame(udp('10.0.0.9:1 > 198.51.100.1:80', 5), 'ff:ff:ff:ff:ff:ff'),
      frame(udp('10.0.0.9:1 > 198.51.100.1:80', 5), '01:00:5e:00:00:01'),
      frame(udp('10.0.0.9:1 > 198.51.100.1:80', 5), '02:00:00:00:00:aa'),
      frame(tcp('10.0.10.9:1 > 10.0.10.1:80', 'S'), '02:00:00:00:00:aa', 10),
      frame(tcp('10.0.10.9:1 > 10.0.0.9:80', 'S'), '02:00:00:00:00:aa', 10),
      { ...frame(Buffer.concat([tcp('10.0.0.9:2 > 10.0.0.1:80', 'S'), Buffer.alloc(6)]), '02:00:00:00:00:aa') },
    ],
  },
  {
    title: 'what comes by the multicast MAC address of a cluster counts as for this node',
    box: BOX,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m cluster --cluster-total-nodes 1 --cluster-local-node 1 --cluster-hash-seed 5
-A INPUT -m pkttype --pkt-type multicast
-A INPUT -j REJECT
-A OUTPUT -p icmp
COMMIT
`,
    packets: [
      frame(udp('10.0.0.9:1 > 10.0.0.1:80', 5), '01:00:5e:00:00:01'),
      frame(udp('10.0.0.9:1 > 224.0.0.1:80', 5), '01:00:5e:00:00:01'),
      frame(tcp('10.0.0.9:1 > 10.0.0.1:80', 'S'), '01:00:5e:00:00:01'),
    ],
  },
  {
    title: 'sets of MAC addresses: of either end, none of nobody, and changed by rules',
    box: BOX,
    sets: `create own bitmap:ip,mac range 10.0.0.0-10.0.0.255
add own 10.0.0.1,02:00:00:00:00:aa
create map bitmap:ip,mac range 10.0.0.0-10.0.0.255 timeout 600 counters
add map 10.0.0.9,02:00:00:00:00:0a timeout 599 packets 3 bytes 400
add map 10.0.0.10 timeout 599 packets 3 bytes 400
create learnt bitmap:ip,mac range 10.0.0.0-10.0.0.255
`,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set own dst,dst
-A INPUT -m set --match-set own dst,src
-A INPUT -m set --match-set map src,src
-A INPUT -p udp -m udp --dport 1 -j SET --add-set map src,src --exist --timeout 9
-A INPUT -p udp -m udp --dport 2 -j SET --add-set map src,src
-A INPUT -p udp -m udp --dport 3 -j SET --del-set map src,src
-A INPUT -p udp -m udp --dport 4 -j SET --add-set learnt src,src
-A INPUT -m set --match-set map src,src --packets-gt 1
-A INPUT -m set --match-set learnt src,src
COMMIT
`,
    packets: [2, 1, 5, 3, 5, 2, 5, 4, 5].flatMap((port) => [
      frame(udp(`10.0.0.9:9 > 10.0.0.1:${port}`, 5), '02:00:00:00:00:aa'),
      frame(udp(`10.0.0.10:9 > 10.0.0.1:${port}`, 5), '02:00:00:00:00:aa'),
      frame(udp(`10.0.0.9:9 > 10.0.0.1:${port}`, 5), '02:00:00:00:00:aa', undefined, '02:00:00:00:00:0a'),
      frame(udp(`10.0.0.9:9 > 10.0.0.1:${port}`, 5), '02:00:00:00:00:aa', undefined, '00:00:00:00:00:00'),
    ]),
  },
]
