/**
 * Matches and targets that look at, or rewrite, nothing but the packet: one rule each in a few dense rulesets.
 */
import { icmp, other, tcp, tcpOptions, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER } from './boxes.js'

const LAN = '192.168.1.5'
const WAN = '198.51.100.7'
const LAN6 = '2001:db8:1::5'
const WAN6 = '2001:db8:9::7'

const SYN_OPTIONS = tcpOptions([{ mss: 1460 }, 'sackok', { wscale: 7 }])
const LOW_MSS = tcpOptions([{ mss: 900 }])

function tcpPackets(from: string, to: string): Buffer[] {
  const ends = `${from} > ${to}`
  return [
    tcp(ends.replace(':1000', ':1001'), 'S', { seq: 1, tcpOptions: SYN_OPTIONS }),
    tcp(ends.replace(':1000', ':1002'), 'S', { seq: 1, tcpOptions: LOW_MSS }),
    tcp(ends.replace(':1000', ':1003'), 'S', { seq: 1 }),
    tcp(ends.replace(':1000', ':1004'), 'S', { seq: 1, data: 20 }),
    tcp(ends.replace(':1000', ':1005'), 'SEC', { seq: 1, tcpOptions: SYN_OPTIONS, tos: 2 }),
    tcp(ends.replace(':1000', ':1006'), 'PA', { seq: 9, ack: 1, data: 64, tos: 3 }),
    tcp(ends.replace(':1000', ':1007'), 'SA', { seq: 9, ack: 1, tcpOptions: tcpOptions(['nop', { mss: 1300 }]) }),
  ]
}

function others(from: string, to: string): Buffer[] {
  const ends = `${from} > ${to}`
  const sctp = (chunks: readonly number[]): Buffer => Buffer.from([0, 7, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, ...chunks])
  return [
    other(ends, 50, Buffer.from([0, 0, 1, 0, 0, 0, 0, 1])),
    other(ends, 50, Buffer.from([0, 0, 1, 1, 0, 0, 0, 1])),
    other(ends, 50, Buffer.from([0, 0, 1])),
    other(ends, 51, Buffer.from([59, 4, 0, 0, 0, 0, 0, 9, ...Array<number>(16).fill(0)])),
    other(ends, 108, Buffer.from([6, 0, 0, 5])),
    other(ends, 132, sctp([1, 0, 0, 20, ...Array<number>(16).fill(1)])),
    other(ends, 132, sctp([0, 3, 0, 5, 1, 0, 0, 0, 6, 1, 0, 4])),
    other(ends, 132, sctp([])),
    other(ends, 132, sctp([0, 0, 0, 0])),
    other(ends, 33, Buffer.from([0, 7, 0, 9, 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1, 44, 3, 0])),
    other(ends, 33, Buffer.from([0, 7, 0, 8, 3, 0, 0, 0, 4, 0, 0, 1])),
    other(ends, 47, Buffer.from([1, 2, 3, 4])),
  ]
}

const MATCHES = `-p tcp -m tcpmss --mss 1460
-p tcp -m tcpmss --mss 900:1300
-p tcp -m tcpmss ! --mss 1000:2000
-m ecn --ecn-ip-ect 2
-m ecn ! --ecn-ip-ect 0
-p tcp -m ecn --ecn-tcp-ece
-p tcp -m ecn ! --ecn-tcp-cwr
-m string --string "dddd" --algo bm
-m string --string "UUU" --algo kmp --icase
-m string ! --string "UUU" --algo bm
-m string --hex-string "|7575|" --algo bm --from 28 --to 30
-m string --hex-string "|7575|" --algo bm --from 28 --to 29
-m string --string "uuu" --algo kmp --from 60
-m u32 --u32 "0&0xffff=40:60"
-m u32 --u32 "0>>22&0x3C@0=0:0x04000000"
-m u32 ! --u32 "6&0xFF=6,17"
-m u32 --u32 "48=0:0xffffffff"
-m time --datestart 2020-01-01T00:00:00 --datestop 2036-01-01T00:00:00
-m time --datestart 2035-01-01T00:00:00
-m time --datestop 2020-01-01T00:00:00
-m bpf --bytecode "5,48 0 0 0,84 0 0 240,21 0 1 64,6 0 0 1,6 0 0 0"
-m bpf --bytecode "4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0"
-m bpf --bytecode "2,32 0 0 60,6 0 0 1"
-m bpf --bytecode "4,128 0 0 0,53 0 1 60,6 0 0 0,6 0 0 1"
-m bpf --bytecode "3,40 0 0 4294963200,21 0 0 2048,22 0 0 0"
-m policy --dir in --pol none
-m policy --dir in --pol ipsec
-m physdev --physdev-is-in
-m physdev ! --physdev-in lan0
-m physdev ! --physdev-is-bridged
-m helper --helper ftp
-m helper ! --helper ftp
-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 5
-m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 5
-m cluster --cluster-total-nodes 7 ! --cluster-local-nodemask 9 --cluster-hash-seed 3735928559
-p esp -m esp --espspi 256
-p esp -m esp ! --espspi 256
-p sctp -m sctp --sport 7 --dport 9
-p sctp -m sctp --chunk-types any INIT
-p sctp -m sctp --chunk-types all DATA,ABORT
-p sctp -m sctp --chunk-types only DATA:BE,ABORT:T
-p sctp -m sctp ! --chunk-types any DATA:b
-p dccp -m dccp --sport 7 ! --dport 8
-p dccp -m dccp --dccp-types REQUEST,RESPONSE
-p dccp -m dccp --dccp-option 44
-p 108 -m ipcomp --ipcompspi 5
-j AUDIT --type accept
-j CLASSIFY --set-class 0001:0002`.split('\n')

const rulesOf = (own: readonly string[]): string => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -m rpfilter
-A PREROUTING -m rpfilter --invert
-A PREROUTING -m rpfilter --loose --validmark
-A PREROUTING -m rpfilter --accept-local
-A PREROUTING -j TRACE
-A PREROUTING -p sctp -j CT --notrack
-A PREROUTING -p dccp -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${[...own, ...MATCHES].map((rule) => `-A FORWARD ${rule}`).join('\n')}
COMMIT
`

const EXTENSION_HEADERS = [
  '-m ipv6header --header hop-by-hop,protocol',
  '-m ipv6header ! --header protocol',
  '-m ipv6header --header ipv6-opts --soft',
  '-m ipv6header ! --header ipv6-route --soft',
  '-m hbh',
  '-m hbh --hbh-len 8',
  '-m hbh --hbh-opts 1',
  '-m hbh --hbh-opts 1:3',
  '-m dst ! --dst-len 16 --dst-opts 1:4',
  '-m rt --rt-type 0 --rt-segsleft 0',
  '-m rt ! --rt-type 0',
  '-m frag',
  '-m ah --ahspi 9 --ahlen 24 --ahres',
  '-m ah ! --ahspi 9',
  '-p mobility-header -m mh --mh-type 5',
  '-p mobility-header -m mh ! --mh-type 5',
]

const HMARK = [
  '-j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 2 --hmark-rnd 0xcafe --hmark-offset 100',
  '-m mark --mark 100',
  '-j HMARK --hmark-src-prefix 24 --hmark-sport-mask 0xff --hmark-mod 3 --hmark-rnd 7',
  '-m mark --mark 1',
  '-j HMARK --hmark-tuple ct,src,dst,sp,dp --hmark-mod 5 --hmark-rnd 9',
  '-m mark --mark 2',
]

const from = (device: string, packets: readonly Buffer[]): Scenario['packets'] =>
  packets.map((packet) => on(device, packet))

export const PACKET_EXTENSIONS: readonly Scenario[] = [
  {
    title: 'matches on IPv4 packets alone',
    box: ROUTER,
    rules: rulesOf(['-p ah -m ah --ahspi 9', '-p ah -m ah --ahspi 10:', '-m realm --realm 0x0', ...HMARK]),
    packets: [
      ...from('lan0', [...tcpPackets(`${LAN}:1000`, `${WAN}:80`), ...others(LAN, WAN)]),
      ...from('wan0', [udp(`${WAN}:53 > ${LAN}:5000`, 40), udp(`${LAN}:53 > 192.168.1.9:5000`, 1)]),
      on('lan0', udp(`${LAN}:5 > ${WAN}:6`, 3)),
      on('lan0', icmp(`${LAN} > ${WAN}`, 8, 0, Buffer.alloc(12, 1))),
    ],
  },
  {
    title: 'matches on IPv6 packets alone',
    box: ROUTER,
    rules6: rulesOf([...EXTENSION_HEADERS, ...HMARK]),
    packets: [
      ...from('lan0', [...tcpPackets(`[${LAN6}]:1000`, `[${WAN6}]:80`), ...others(LAN6, WAN6)]),
      on('lan0', udp(`[${LAN6}]:5 > [${WAN6}]:6`, 3, { extensions: ['hop-by-hop'] })),
      on('lan0', udp(`[${LAN6}]:5 > [${WAN6}]:6`, 3, { extensions: ['hop-by-hop', 'destination', 'routing'] })),
      on('lan0', udp(`[${LAN6}]:5 > [${WAN6}]:6`, 3, { extensions: ['destination'] })),
      on('lan0', other(`${LAN6} > ${WAN6}`, 135, Buffer.from([59, 0, 5, 0, 0, 0, 0, 0]))),
      on('lan0', other(`${LAN6} > ${WAN6}`, 135, Buffer.from([58, 0, 5, 0, 0, 0, 0, 0]))),
      on('wan0', udp(`[${WAN6}]:53 > [${LAN6}]:5000`, 40)),
      on('wan0', udp(`[${LAN6}]:53 > [${LAN6.replace('5', '6')}]:5000`, 40)),
    ],
  },
  ...([4, 6] as const).map((family): Scenario => {
    const rules = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --sport 1007 -j TCPOPTSTRIP --strip-options 2
-A PREROUTING -p tcp -m tcp --sport 1007 -m tcpmss --mss 1300
${family === 4 ? '-A PREROUTING -p tcp -m tcp --sport 1005 -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 1 --ecn-ip-ect 1' : ''}
-A FORWARD -p tcp -m tcp --sport 1005 -m ecn --ecn-tcp-cwr ! --ecn-tcp-ece --ecn-ip-ect 1
-A FORWARD -p tcp -m tcp --tcp-flags SYN SYN -j TCPMSS --clamp-mss-to-pmtu
-A FORWARD -p tcp -m tcpmss --mss 1360
-A FORWARD -p tcp -m tcpmss --mss 1340
-A FORWARD -p tcp -m tcpmss --mss 536
-A FORWARD -p tcp -m tcpmss --mss 1220
-A FORWARD -p tcp -m length --length 44
-A FORWARD -p tcp -m length --length 64
-A POSTROUTING -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 700
-A POSTROUTING -p tcp -m tcpmss --mss 700
-A POSTROUTING -p tcp -m tcpmss --mss 536
-A POSTROUTING -p udp -m udp --dport 9 -j NFQUEUE --queue-num 3 --queue-bypass
-A POSTROUTING -p udp -m udp --dport 10 -j NFQUEUE --queue-num 3
-A POSTROUTING
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate NEW
COMMIT
`
    const [lan, wan] = family === 4 ? [LAN, WAN] : [`[${LAN6}]`, `[${WAN6}]`]
    return {
      title: `IPv${family} packets are rewritten, and their length with them`,
      box: {
        ...ROUTER,
        commands: [
          `route add default via 203.0.113.1 mtu 1400`,
          `-6 route add default via 2001:db8:2::1 dev wan0 mtu 1400`,
        ],
      },
      ...(family === 4 ? { rules } : { rules6: rules }),
      packets: from('lan0', [
        ...tcpPackets(`${lan}:1000`, `${wan}:80`),
        udp(`${lan}:5 > ${wan}:9`, 3),
        udp(`${lan}:5 > ${wan}:10`, 3),
      ]),
    }
  }),
]
