/**
 * Targets that rewrite packets or tell others of them, at their edges: values that stay the same, counts that would
 * wrap, headers cut short, other protocols. What each did, the rules behind it see.
 */
import { fragmentsOf, icmp, other, tcp, tcpOptions, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER } from './boxes.js'

type Family = 4 | 6

const HOP: Readonly<Record<Family, { readonly target: string; readonly match: string }>> = {
  4: { target: 'TTL --ttl', match: 'ttl --ttl' },
  6: { target: 'HL --hl', match: 'hl --hl' },
}

function rulesOf(family: Family): string {
  const { target, match } = HOP[family]
  const ecn = `-A PREROUTING -p tcp -m tcp --dport 21 -j ECN --ecn-tcp-remove
-A PREROUTING -p tcp -m tcp --dport 22 -j ECN --ecn-tcp-ece 1 --ecn-tcp-cwr 0 --ecn-ip-ect 3
-A PREROUTING -p udp -m udp --dport 22 -j ECN --ecn-ip-ect 0
`
  return `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 60 -j TRACE
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 1 -j ${target}-set 1
-A PREROUTING -p udp -m udp --dport 2 -j ${target}-set 255
-A PREROUTING -p udp -m udp --dport 3 -j ${target}-set 0
-A PREROUTING -p udp -m udp --dport 4 -j ${target}-inc 255
-A PREROUTING -p udp -m udp --dport 5 -j ${target}-dec 63
-A PREROUTING -p udp -m udp --dport 6 -j ${target}-dec 255
-A PREROUTING -p udp -m udp --dport 7 -j ${target}-inc 191
-A PREROUTING -p udp -m udp --dport 8 -j ${target}-set 64
-A PREROUTING -m ${match}-eq 255
-A PREROUTING -m ${match}-lt 2
-A PREROUTING -m ${match}-gt 64
-A PREROUTING -p udp -m udp --dport 10 -j TOS --set-tos 0xff/0xff
-A PREROUTING -p udp -m udp --dport 11 -j TOS --set-tos 0x04/0x0c
-A PREROUTING -p udp -m udp --dport 12 -j DSCP --set-dscp 0x3f
-A PREROUTING -p udp -m udp --dport 13 -j DSCP --set-dscp 0x00
-A PREROUTING -m tos --tos 0xff/0xff
-A PREROUTING -m tos ! --tos 0x03/0xff
-A PREROUTING -m dscp --dscp 0x3f
-A PREROUTING -m dscp ! --dscp 0x00
${family === 4 ? ecn : ''}-A PREROUTING -p tcp -m tcp --dport 21 -m ecn ! --ecn-tcp-ece ! --ecn-tcp-cwr
-A PREROUTING -p tcp -m tcp --dport 22 -m ecn --ecn-tcp-ece --ecn-ip-ect 3
-A PREROUTING -p tcp -m tcp --dport 23 -j TCPOPTSTRIP --strip-options 2,3
-A PREROUTING -p tcp -m tcp --dport 24 -j TCPOPTSTRIP --strip-options 4,5,8,253
-A PREROUTING -p tcp -m tcp --tcp-option 2
-A PREROUTING -p tcp -m tcp --tcp-option 4
-A PREROUTING -p tcp -m tcp ! --tcp-option 1
-A FORWARD -p tcp -m tcp --dport 25 --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1460
-A FORWARD -p tcp -m tcp --dport 26 --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 0
-A FORWARD -p tcp -m tcp --dport 27 --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A FORWARD -p tcp -m tcpmss --mss 1460
-A FORWARD -p tcp -m tcpmss --mss 0
-A FORWARD -p tcp -m tcpmss --mss 1:1459
-A FORWARD -p udp -m udp --dport 30 -j MARK --set-xmark 0xffffffff/0x0
-A FORWARD -p udp -m udp --dport 31 -j MARK --set-xmark 0x0/0xffffffff
-A FORWARD -m mark --mark 0xffffffff
-A FORWARD -m mark ! --mark 0x0
-A FORWARD -p udp -m udp --dport 32 -j CONNMARK --set-xmark 0xff/0xf
-A FORWARD -p udp -m udp --dport 32 -j CONNMARK --save-mark --nfmask 0x0 --ctmask 0xf0
-A FORWARD -p udp -m udp --dport 32 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf
-A FORWARD -m connmark --mark 0xf
-A FORWARD -m connmark ! --mark 0x0/0xf
-A FORWARD -m mark --mark 0xf
-A FORWARD -p udp -m udp --dport 40 -j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 1 --hmark-rnd 0x00000001 --hmark-offset 7
-A FORWARD -p icmp -j HMARK --hmark-tuple src,dst --hmark-mod 4 --hmark-rnd 0x00000001 --hmark-offset 16
-A FORWARD -p ipv6-icmp -j HMARK --hmark-tuple src,dst --hmark-mod 4 --hmark-rnd 0x00000001 --hmark-offset 16
-A FORWARD -m mark --mark 0x7
-A FORWARD -m mark --mark 0x10/0xfffffffc
-A FORWARD -p udp -m udp --dport 50 -j CLASSIFY --set-class ffff:ffff
-A FORWARD -p udp -m udp --dport 51 -j AUDIT --type accept
-A FORWARD -p udp -m udp --dport 52 -j IDLETIMER --timeout 3 --label edges${family}
-A FORWARD -p udp -m udp --dport 53 -j RATEEST --rateest-name edges${family} --rateest-interval 250.0ms --rateest-ewmalog 500.0ms
-A FORWARD -p udp -m udp --dport 54 -j LOG --log-prefix "edge: " --log-ip-options
-A FORWARD -p udp -m udp --dport 55 -j NFLOG --nflog-group 65535 --nflog-size 0
-A FORWARD -p udp -m udp --dport 56 -j NFQUEUE --queue-num 65535 --queue-bypass
-A FORWARD -p udp -m udp --dport 57 -j NFQUEUE --queue-balance 65534:65535
-A FORWARD -p udp -m udp --dport 50:57
-A POSTROUTING -p udp -m udp --dport 58 -j CHECKSUM --checksum-fill
-A POSTROUTING -p udp
COMMIT
`
}

const OPTIONS = tcpOptions([{ mss: 1460 }, 'sackok', 'nop', { wscale: 7 }])

function packets(family: Family): Scenario['packets'] {
  const [lan, wan] = family === 4 ? ['192.168.1.5', '198.51.100.7'] : ['2001:db8:1::5', '2001:db8:9::7']
  const host = (address: string): string => (family === 4 ? address : `[${address}]`)
  const at = (port: number): string => `${host(lan)}:1000 > ${host(wan)}:${port}`
  const bare = `${lan} > ${wan}`
  const header = Buffer.from(tcp(at(23), 'S').subarray(family === 4 ? 20 : 40))
  const cut = (port: number, offset: number, ...options: readonly number[]): Buffer => {
    const segment = Buffer.concat([header, Buffer.from(options)])
    segment.writeUInt16BE(port, 2)
    segment[12] = offset << 4
    return other(bare, 6, segment)
  }
  return [
    ...Array.from({ length: 62 }, (_, port) => udp(at(port), 5)),
    ...[2, 63, 65, 255].flatMap((ttl) => [4, 5, 6, 8].map((port) => udp(at(port), 5, { ttl }))),
    ...[0, 3, 255].flatMap((tos) => [10, 11, 12, 13, 22].map((port) => udp(at(port), 5, { tos }))),
    ...['S', 'SEC', 'SE', 'SC'].flatMap((flags) => [21, 22].map((port) => tcp(at(port), flags, { tos: 1 }))),
    ...[23, 24, 25, 26, 27].flatMap((port) => [
      tcp(at(port), 'S', { tcpOptions: OPTIONS }),
      tcp(at(port), 'S', { tcpOptions: tcpOptions([{ mss: 1461 }]) }),
      tcp(at(port), 'S', { tcpOptions: tcpOptions([{ mss: 1 }]), data: 1 }),
      tcp(at(port), 'S'),
      tcp(at(port), 'SA', { tcpOptions: OPTIONS }),
      tcp(at(port), 'R', { tcpOptions: OPTIONS }),
      cut(port, 6, 2, 3, 1, 1),
      cut(port, 6, 2, 0, 5, 180),
      cut(port, 6, 4, 2, 2, 4),
      cut(port, 6),
      cut(port, 4),
      cut(port, 15, 2, 4, 5, 180),
    ]),
    // Of IPv6, TCPOPTSTRIP moves bytes between the fragments that are sent.
    ...(family === 4 ? fragmentsOf(tcp(at(23), 'S', { tcpOptions: OPTIONS, data: 40 }), 24) : []),
    ...[2, 1, 0].map((length) => other(bare, 17, Buffer.alloc(length, 5))),
    icmp(bare, family === 4 ? 8 : 128, 0, Buffer.from([0, 1, 0, 1])),
    icmp(bare, family === 4 ? 8 : 128, 0, Buffer.from([0, 2, 0, 1])),
  ].map((bytes) => on('lan0', bytes))
}

const SHARED =
  'TRACE TOS DSCP TCPOPTSTRIP TCPMSS MARK mark CONNMARK connmark HMARK CLASSIFY AUDIT IDLETIMER RATEEST LOG NFLOG NFQUEUE CHECKSUM'

export const TARGET_EDGES: readonly Scenario[] = ([4, 6] as const).map((family) => ({
  title: `IPv${family} targets at their edges`,
  box: ROUTER,
  edges: `${SHARED} ${family === 4 ? 'TTL ECN' : 'HL'}`.split(' '),
  ...(family === 4 ? { rules: rulesOf(4) } : { rules6: rulesOf(6) }),
  packets: packets(family),
}))
