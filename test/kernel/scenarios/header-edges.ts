/**
 * Matches that look at headers, each at its edges: first and last value of a range and one beyond, headers cut short,
 * options that end too early, fragments, other protocols, IPv6 extension headers in front.
 */
import { fragmentsOf, icmp, other, tcp, tcpOptions, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER } from './boxes.js'

const ENDS = {
  4: { lan: '192.168.1.5', wan: '198.51.100.7' },
  6: { lan: '2001:db8:1::5', wan: '2001:db8:9::7' },
} as const
type Family = keyof typeof ENDS

const SCTP_HEADER = [0, 7, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0]
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)

function endsOf(family: Family): { at: (from: number, to: number) => string; bare: string } {
  const { lan, wan } = ENDS[family]
  const host = (address: string): string => (family === 4 ? address : `[${address}]`)
  return { at: (from, to) => `${host(lan)}:${from} > ${host(wan)}:${to}`, bare: `${lan} > ${wan}` }
}

/** A TCP segment whose header is as written, right or wrong. */
function rawTcp(family: Family, { offset = 5, length = 20, options = [] as readonly number[] }): Buffer {
  const segment = Buffer.alloc(Math.max(length, 20 + options.length))
  segment.writeUInt16BE(1000, 0)
  segment.writeUInt16BE(80, 2)
  segment[12] = offset << 4
  segment[13] = 2
  Buffer.from(options).copy(segment, 20)
  return other(endsOf(family).bare, 6, segment.subarray(0, length))
}

function tcpPackets(family: Family): Buffer[] {
  const { at } = endsOf(family)
  const whole = tcp(at(1000, 80), 'S', { data: 64, tcpOptions: tcpOptions([{ mss: 1460 }, 'sackok']) })
  return [
    ...[0, 79, 80, 81, 65535].map((port) => tcp(at(port, 80), 'S')),
    ...[0, 79, 81, 65535].map((port) => tcp(at(1000, port), 'A')),
    ...['', 'F', 'SA', 'FSRPAU', 'FSRPAUEC', 'R', 'SE', 'SC'].map((flags) => tcp(at(1000, 80), flags)),
    ...[1459, 1460, 1461].map((mss) => tcp(at(1000, 80), 'S', { tcpOptions: tcpOptions([{ mss }]) })),
    ...[19, 14, 13, 4, 3].map((length) => rawTcp(family, { length })),
    ...[0, 4, 6, 15].map((offset) => rawTcp(family, { offset })),
    ...[
      [2, 4, 5, 180],
      [2, 3, 5, 180],
      [2, 0, 0, 0],
      [1, 1, 1, 2],
      [0, 2, 4, 5],
      [8, 40, 0, 0],
    ].map((options) => rawTcp(family, { offset: 6, length: 24, options })),
    ...fragmentsOf(whole, 8),
    ...fragmentsOf(whole, 24),
    ...[0, 1, 2, 3, 255].map((tos) => tcp(at(1000, 80), 'A', { tos })),
    ...[2, 63, 64, 65, 255].map((ttl) => tcp(at(1000, 80), 'A', { ttl })),
  ]
}

function udpPackets(family: Family): Buffer[] {
  const { at, bare } = endsOf(family)
  return [
    ...[0, 52, 53, 54, 65535].map((port) => udp(at(port, port), 4)),
    ...[0, 1, 2, 1400].map((size) => udp(at(5, 6), size)),
    ...[7, 4, 3, 0].map((length) => other(bare, 17, Buffer.alloc(length, 53))),
    ...fragmentsOf(udp(at(53, 53), 40), 16),
    ...[0, 4, 8, 63, 31].map((dscp) => udp(at(1, 2), 1, { tos: dscp << 2 })),
    other(bare, 136, Buffer.from([0, 53, 0, 53, 0, 8, 0, 0])),
  ]
}

function otherPackets(family: Family): Buffer[] {
  const { bare } = endsOf(family)
  const six = family === 6
  const types: [number, number][] = six
    ? [
        [128, 0],
        [128, 1],
        [129, 0],
        [1, 3],
        [1, 4],
        [1, 5],
        [255, 255],
      ]
    : [
        [8, 0],
        [8, 1],
        [0, 0],
        [3, 0],
        [3, 1],
        [3, 4],
        [255, 255],
      ]
  const chunk = (...bytes: number[]): Buffer => other(bare, 132, Buffer.from([...SCTP_HEADER, ...bytes]))
  const dccp = (offset: number, type: number, ...options: number[]): Buffer =>
    other(bare, 33, Buffer.from([0, 7, 0, 9, offset, 0, 0, 0, (type << 1) | 1, 0, 0, 1, ...zeros(4), ...options]))
  return [
    ...types.map(([type, code]) => icmp(bare, type, code, Buffer.alloc(4))),
    ...[3, 2, 1, 0].map((length) => other(bare, six ? 58 : 1, Buffer.alloc(length, 8))),
    ...[255, 256, 257].map((spi) => other(bare, 50, Buffer.from([0, 0, spi >> 8, spi & 255, 0, 0, 0, 1]))),
    ...[7, 4, 3].map((length) => other(bare, 50, Buffer.alloc(length, 1))),
    ...[9, 10, 11].map((spi) => other(bare, 51, Buffer.from([59, 4, 0, 0, 0, 0, 0, spi, ...zeros(16)]))),
    other(bare, 51, Buffer.from([59, 4, 0, 1, 0, 0, 0, 9, ...zeros(16)])),
    ...[7, 11].map((length) => other(bare, 51, Buffer.alloc(length, 0))),
    ...[4, 5, 6].map((index) => other(bare, 108, Buffer.from([6, 0, 0, index]))),
    other(bare, 108, Buffer.from([6, 0, 0])),
    chunk(),
    chunk(0, 3, 0, 4),
    chunk(0, 3, 0, 3),
    chunk(0, 0, 0, 5, 9, 0, 0, 0, 6, 1, 0, 4),
    chunk(0, 0, 0, 5, 9, 6, 1, 0, 4),
    chunk(6, 0, 0, 4),
    chunk(1, 0),
    chunk(...Array.from({ length: 20 }, () => [3, 0, 0, 4]).flat()),
    ...[11, 4, 3].map((length) => other(bare, 132, Buffer.alloc(length, 7))),
    dccp(5, 0, 1, 44, 3, 0),
    dccp(5, 5, 44, 3, 9, 0),
    dccp(4, 9),
    dccp(2, 1),
    dccp(15, 1),
    dccp(5, 2, 44, 0, 0, 0),
    ...[11, 8, 3].map((length) => other(bare, 33, Buffer.alloc(length, 7))),
    other(bare, 47, Buffer.alloc(8)),
    other(bare, 253, Buffer.alloc(0)),
  ]
}

const TRANSPORT = `-p tcp -m tcp --sport 80
-p tcp -m tcp --sport 80:65534
-p tcp -m tcp ! --sport 1:79
-p tcp -m tcp --dport :80
-p tcp -m tcp ! --dport 80:
-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN
-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE
-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,SYN,RST,PSH,ACK,URG
-p tcp -m tcp --tcp-option 2
-p tcp -m tcp ! --tcp-option 8
-p tcp -m tcpmss --mss 1460
-p tcp -m tcpmss --mss 0:1459
-p tcp -m tcpmss ! --mss 1461:65535
-p tcp -m ecn --ecn-tcp-cwr
-p tcp -m ecn ! --ecn-tcp-ece
-p tcp -m ecn --ecn-tcp-ece
-m ecn --ecn-ip-ect 0
-m ecn ! --ecn-ip-ect 3
-p tcp -m multiport --ports 79:80,65535
-p tcp -m multiport ! --dports 81,0
-p udp -m multiport --sports 0,53
-p udplite -m multiport --dports 53
-p sctp -m multiport --dports 9
-p udp -m udp --sport 53
-p udp -m udp ! --dport 0:53
-p udp -m udp --dport 65535
-m length --length 28
-m length --length 29:30
-m length ! --length 0:40
-m length --length 48
-m length ! --length 49:60
-m tos --tos 0x01/0xff
-m tos ! --tos 0x00/0x3f
-m dscp --dscp 0x3f
-m dscp ! --dscp 0x01
-p esp -m esp --espspi 256
-p esp -m esp ! --espspi 0:256
-p ah -m ah --ahspi 10
-p ah -m ah ! --ahspi 0:9
-p ipcomp -m ipcomp --ipcompspi 5
-p ipcomp -m ipcomp ! --ipcompspi 0:5
-p sctp -m sctp --sport 7
-p sctp -m sctp ! --dport 0:9
-p sctp -m sctp --chunk-types all DATA,ABORT
-p sctp -m sctp --chunk-types any DATA:BE
-p sctp -m sctp --chunk-types only DATA
-p sctp -m sctp ! --chunk-types only SACK
-p sctp -m sctp --chunk-types any SACK
-p dccp -m dccp --sport 7
-p dccp -m dccp ! --dport 0:9
-p dccp -m dccp --dccp-types REQUEST,INVALID
-p dccp -m dccp ! --dccp-types ACK
-p dccp -m dccp --dccp-option 44
-p dccp -m dccp ! --dccp-option 44
-m u32 --u32 "0&0xffff=40"
-m u32 --u32 "40=0:0xffffffff"
-m u32 ! --u32 "0>>22&0x3C@0=0x3e80050"
-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"
-m bpf --bytecode "2,32 0 0 40,6 0 0 1"
-m string --string "dd" --algo bm --to 41
-m string --string "uuuu" --algo kmp --from 28
-m string ! --string "d" --algo bm --from 40
-m comment --comment "nothing to ask"`

const OF_FAMILY: Readonly<Record<Family, string>> = {
  4: `-f
! -f
-p icmp -m icmp --icmp-type 8
-p icmp -m icmp --icmp-type 8/0
-p icmp -m icmp --icmp-type 3/1
-p icmp -m icmp ! --icmp-type 3
-p icmp -m icmp --icmp-type any
-p icmp -m icmp --icmp-type 255/255
-m ttl --ttl-eq 63
-m ttl --ttl-lt 2
-m ttl --ttl-gt 63
-m ttl ! --ttl-eq 1
-m iprange --src-range 192.168.1.5-192.168.1.5
-m iprange --src-range 192.168.1.6-192.168.1.9
-m iprange ! --dst-range 198.51.100.0-198.51.100.6
-m iprange --dst-range 198.51.100.7-198.51.100.255
-m addrtype --src-type UNICAST --dst-type UNICAST
-m addrtype --dst-type LOCAL
-m addrtype ! --src-type LOCAL --limit-iface-in`,
  6: `-p ipv6-icmp -m icmp6 --icmpv6-type 128
-p ipv6-icmp -m icmp6 --icmpv6-type 128/0
-p ipv6-icmp -m icmp6 --icmpv6-type 1/3
-p ipv6-icmp -m icmp6 ! --icmpv6-type 1
-p ipv6-icmp -m icmp6 --icmpv6-type 255/255
-m hl --hl-eq 63
-m hl --hl-lt 2
-m hl --hl-gt 63
-m hl ! --hl-eq 1
-m iprange --src-range 2001:db8:1::5-2001:db8:1::5
-m iprange --src-range 2001:db8:1::6-2001:db8:1::9
-m iprange ! --dst-range 2001:db8:9::-2001:db8:9::6
-m iprange --dst-range 2001:db8:9::7-2001:db8:9:0:ffff::
-m addrtype --src-type UNICAST --dst-type UNICAST
-m addrtype --dst-type LOCAL
-m ah --ahspi 10 --ahlen 24 --ahres
-m ah ! --ahlen 24
-m ah --ahres
-m frag
-m frag --fragid 4660
-m frag --fragid 0:4659
-m frag --fragfirst
-m frag --fragmore
-m frag --fraglast
-m frag --fragres
-m hbh
-m hbh --hbh-len 8
-m hbh ! --hbh-len 16
-m hbh --hbh-opts 1:4
-m hbh --hbh-opts 1:3
-m dst --dst-len 8 --dst-opts 1
-m dst ! --dst-len 8
-m rt --rt-type 0
-m rt --rt-type 0 --rt-segsleft 0:0 --rt-len 8
-m rt ! --rt-segsleft 1:255
-m srh
-m srh --srh-next-hdr 6
-m srh ! --srh-next-hdr 6
-m srh --srh-hdr-len-eq 4
-m srh --srh-hdr-len-gt 3
-m srh --srh-hdr-len-gt 4
-m srh --srh-hdr-len-lt 5
-m srh ! --srh-hdr-len-lt 5
-m srh --srh-segs-left-eq 1
-m srh --srh-segs-left-gt 0
-m srh --srh-segs-left-gt 1
-m srh ! --srh-segs-left-lt 1
-m srh --srh-segs-left-gt 0 --srh-segs-left-lt 2
-m srh --srh-last-entry-eq 1
-m srh ! --srh-last-entry-gt 1
-m srh --srh-last-entry-lt 2
-m srh --srh-tag 4660
-m srh --srh-tag 13330
-m srh ! --srh-tag 13330
-m srh --srh-psid 2001:db8:a::2
-m srh ! --srh-psid 2001:db8:a::3
-m srh --srh-nsid 2001:db8:a::1
-m srh --srh-nsid 2001:db8:a::ffff/112
-m srh ! --srh-nsid 2001:db8:a::1/128
-m srh --srh-lsid 2001:db8:a::1
-m srh ! --srh-lsid 2001:db8:b::/48 --srh-segs-left-lt 3 --srh-tag 13330
-m ipv6header --header dst,protocol
-m ipv6header --header hop-by-hop --soft
-m ipv6header ! --header frag --soft
-m ipv6header --header none
-p mobility-header -m mh --mh-type 5
-p mobility-header -m mh ! --mh-type 0:5`,
}

/** A routing header of type 4 with segments 2001:db8:a::1 and following, of which `left` are to come. */
function segmentRouting(
  left: number,
  header: Partial<Record<'segments' | 'type' | 'last' | 'tag', number>> = {},
): Buffer {
  const { segments = 2, type = 4, tag = 0x1234 } = header
  const last = header.last ?? segments - 1
  const each = Array.from({ length: segments }, (_, n): number[] => [0x20, 1, 0xd, 0xb8, 0, 10, ...zeros(9), n + 1])
  return Buffer.from([6, 2 * segments, type, left, last, 0, tag >> 8, tag & 255, ...each.flat()])
}

const SEGMENT_ROUTING = [
  ...[0, 1, 2].map((left) => segmentRouting(left)),
  segmentRouting(1, { segments: 3 }),
  segmentRouting(0, { segments: 1 }),
  segmentRouting(0, { segments: 0, last: 0 }),
  // What the numbers say of segments that are not there.
  segmentRouting(3, { last: 9 }),
  segmentRouting(1, { tag: 0x3412 }),
  segmentRouting(1, { type: 3 }),
]

function extensionPackets(): Buffer[] {
  const { at, bare } = endsOf(6)
  const payload = udp(at(53, 53), 4, { extensions: ['destination'] })
  return [
    ...(
      [['hop-by-hop'], ['destination'], ['routing'], ['hop-by-hop', 'destination', 'routing', 'destination']] as const
    ).map((extensions) => tcp(at(1000, 80), 'S', { extensions })),
    icmp(bare, 128, 0, Buffer.alloc(4), { extensions: ['destination'] }),
    ...fragmentsOf(payload, 8),
    // Headers whose length goes beyond the packet, and a chain that ends in the middle of one.
    other(bare, 60, Buffer.from([17, 1, 1, 4, 0, 0, 0, 0])),
    other(bare, 60, Buffer.from([17, 0, 1, 4])),
    other(bare, 43, Buffer.from([17, 0, 0, 0, 0, 0, 0, 0])),
    other(bare, 43, Buffer.from([17, 2, 0, 1, 0, 0, 0, 0, ...zeros(16), 0, 53, 0, 53, 0, 8, 0, 0])),
    ...SEGMENT_ROUTING.map((bytes) => tcp(at(1000, 80), 'S', { extensions: [{ number: 43, bytes }] })),
    ...SEGMENT_ROUTING.map((bytes) => other(bare, 43, bytes.subarray(0, bytes.length - 8))),
    other(bare, 43, Buffer.from([6, 4, 4, 1, 1, 0])),
    other(bare, 59, Buffer.alloc(4)),
    ...[4, 5, 6].map((type) => other(bare, 135, Buffer.from([59, 0, type, 0, 0, 0, 0, 0]))),
    other(bare, 135, Buffer.from([59, 0, 5, 0])),
    other(bare, 135, Buffer.from([59, 0])),
  ]
}

const SHARED =
  'tcp tcpmss ecn multiport udp length tos dscp esp ah ipcomp sctp dccp u32 bpf string comment iprange addrtype'
const OWN: Readonly<Record<Family, string>> = { 4: 'icmp ttl', 6: 'icmp6 hl frag hbh dst rt srh ipv6header mh' }

function rulesOf(family: Family): string {
  const rules = [TRANSPORT, OF_FAMILY[family]].join('\n').split('\n')
  const chains = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`)
  return ['*mangle', ...chains, ...rules.map((rule) => `-A FORWARD ${rule}`), 'COMMIT', ''].join('\n')
}

export const HEADER_EDGES: readonly Scenario[] = ([4, 6] as const).map((family) => ({
  title: `IPv${family} headers at the edges of what matches ask for`,
  box: ROUTER,
  edges: `${SHARED} ${OWN[family]}`.split(' '),
  ...(family === 4 ? { rules: rulesOf(4) } : { rules6: rulesOf(6) }),
  packets: [
    ...tcpPackets(family),
    ...udpPackets(family),
    ...otherPackets(family),
    ...(family === 6 ? extensionPackets() : []),
  ].map((bytes) => on('lan0', bytes)),
}))
