/**
 * Protocol names and numbers, as iptables and a usual /etc/protocols know them. iptables' own names go first.
 */

/** iptables' own names; of several for one number, the first is printed. */
const OWN_NAMES: readonly (readonly [string, number])[] = [
  ['tcp', 6],
  ['sctp', 132],
  ['udp', 17],
  ['udplite', 136],
  ['icmp', 1],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['esp', 50],
  ['ah', 51],
  ['mobility-header', 135],
  ['ipv6-mh', 135],
  ['mh', 135],
  ['all', 0],
]

/** Number, name, aliases. */
const PROTOCOLS = `
0 ip IP
0 hopopt HOPOPT
1 icmp ICMP
2 igmp IGMP
3 ggp GGP
4 ipencap IP-ENCAP
5 st ST
6 tcp TCP
8 egp EGP
9 igp IGP
12 pup PUP
17 udp UDP
20 hmp HMP
22 xns-idp XNS-IDP
27 rdp RDP
29 iso-tp4 ISO-TP4
33 dccp DCCP
36 xtp XTP
37 ddp DDP
38 idpr-cmtp IDPR-CMTP
41 ipv6 IPv6
43 ipv6-route IPv6-Route
44 ipv6-frag IPv6-Frag
45 idrp IDRP
46 rsvp RSVP
47 gre GRE
50 esp IPSEC-ESP
51 ah IPSEC-AH
57 skip SKIP
58 ipv6-icmp IPv6-ICMP
59 ipv6-nonxt IPv6-NoNxt
60 ipv6-opts IPv6-Opts
73 rspf RSPF CPHB
81 vmtp VMTP
88 eigrp EIGRP
89 ospf OSPFIGP
93 ax.25 AX.25
94 ipip IPIP
97 etherip ETHERIP
98 encap ENCAP
103 pim PIM
108 ipcomp IPCOMP
112 vrrp VRRP
115 l2tp L2TP
124 isis ISIS
132 sctp SCTP
133 fc FC
135 mobility-header Mobility-Header
136 udplite UDPLite
137 mpls-in-ip MPLS-in-IP
138 manet
139 hip HIP
140 shim6 Shim6
141 wesp WESP
142 rohc ROHC
143 ethernet Ethernet
262 mptcp MPTCP
`

const numbers = new Map<string, number>()
const names = new Map<number, string>()

for (const [name, number] of OWN_NAMES) add(number, [name])
for (const line of PROTOCOLS.trim().split('\n')) {
  const [number, ...all] = line.split(' ')
  add(Number(number), all)
}

function add(number: number, all: readonly string[]): void {
  if (!names.has(number)) names.set(number, all[0])
  for (const name of all) if (!numbers.has(name)) numbers.set(name, number)
}

/** The number of a protocol's name, or null. Letters count as they are written. */
export function protocolNumber(name: string): number | null {
  return numbers.get(name) ?? null
}

/** The name by which iptables prints a protocol, or null. */
export function protocolName(number: number): string | null {
  return names.get(number) ?? null
}

export function protocolNames(): Iterable<string> {
  return numbers.keys()
}
